"""A mode bench as lines for a terminal, or as a table in Markdown."""

from collections.abc import Sequence

from ganwright.bench.judges import GOAL_SHARE, GOAL_STDS
from ganwright.bench.published import Published
from ganwright.bench.results import Modes, Result, Statistic
from ganwright.core.wording import duration

Row = tuple[str, ...]


def lines(found: Modes) -> list[str]:
    """What people read: our figures, the ceiling, the papers', what the columns mean, and the protocol."""
    table = [_header(found), *(_ours(found, result) for result in found.results), _ceiling(found)]
    papers = [_paper(found, row) for row in found.published]
    widths = [max(len(row[i]) for row in [*table, *papers]) for i in range(len(table[0]))]

    def laid(row: Row) -> str:
        cells = [row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))]
        return "  ".join(cells).rstrip()

    shown = [laid(row) for row in table]
    if papers:
        shown += ["", "published, not measured here", *(laid(row) for row in papers)]
        shown += [f"  {names}: {source}" for source, names in _sources(found.published)]
    return [*shown, "", *(f"{name}: {text}" for name, text in _explained(found))]


def markdown(found: Modes) -> list[str]:
    """The same as a Markdown table with its protocol as a list."""
    header = _header(found)
    rows = [
        *(_ours(found, r) for r in found.results),
        _ceiling(found),
        *(_paper(found, row) for row in found.published),
    ]
    alignment = ["---", *["--:"] * (len(header) - 1)]
    table = [f"| {' | '.join(row)} |" for row in [header, alignment, *rows]]
    notes = [(f"Published, {names}", source) for source, names in _sources(found.published)]
    return [*table, "", *(f"- {name}: {text}" for name, text in [*notes, *_explained(found)])]


def _on_points(found: Modes) -> bool:
    return "high_quality_share" in found.names


def _header(found: Modes) -> Row:
    quality = ("high quality",) if _on_points(found) else ()
    spread = ("std / true", "goal") if _on_points(found) else ()
    return (found.data, "modes", *quality, "reverse KL", *spread, "diverged", "images", "time")


def _ours(found: Modes, result: Result) -> Row:
    num = len(result.seeds)
    modes, kl = result.statistic("modes_covered"), result.statistic("reverse_kl")
    quality, spread, goal = (), (), ()
    if _on_points(found):
        share = result.statistic("high_quality_share")
        quality = (_spread(share, 1, 100) + "%" if share else "-",)
        spread = (_ratios(result),)
        goal = (f"{result.num_goals}/{num}",)
    return (
        result.entry.name,
        _spread(modes, 1),
        *quality,
        _spread(kl, 3),
        *spread,
        *goal,
        f"{result.num_diverged}/{num}",
        f"{result.images:,}",
        duration(result.seconds),
    )


def _ceiling(found: Modes) -> Row:
    best = found.ceiling
    modes, kl = f"{best['modes_covered']:.1f}", f"{best['reverse_kl']:.3f}"
    if _on_points(found):
        quality, spread = f"{best['high_quality_share']:.1%}", f"{best['std_ratio_mean']:.2f}"
        return ("perfect sampler", modes, quality, kl, spread, "", "", "", "")
    return ("real test stacks", modes, kl, "", "", "")


def _paper(found: Modes, row: Published) -> Row:
    kl = "-" if row.reverse_kl is None else f"{row.reverse_kl:g}"
    if _on_points(found):
        quality = "-" if row.high_quality_share is None else f"{row.high_quality_share:.1%}"
        return (row.name, f"{row.modes_covered:.1f}", quality, kl, "-", "", "", "", "")
    return (row.name, f"{row.modes_covered:.1f}", kl, "", "", "")


def _spread(found: Statistic | None, digits: int, scale: float = 1.0) -> str:
    if found is None:
        return "-"
    mean = f"{scale * found.mean:.{digits}f}"
    return mean if found.std is None else f"{mean} ± {scale * found.std:.{digits}f}"


def _ratios(result: Result) -> str:
    low, mean, high = (result.statistic(f"std_ratio_{name}") for name in ("min", "mean", "max"))
    if low is None or mean is None or high is None:
        return "-"
    return f"{low.lowest:.2f}  {mean.mean:.2f}  {high.highest:.2f}"


def _sources(rows: Sequence[Published]) -> list[tuple[str, str]]:
    """Each source and the names of its rows."""
    sources = {row.source: [other.name for other in rows if other.source == row.source] for row in rows}
    return [(source, ", ".join(names)) for source, names in sources.items()]


def _explained(found: Modes) -> list[tuple[str, str]]:
    seeds = [seed.seed for seed in found.results[0].seeds]
    over = f"seeds {seeds[0]} to {seeds[-1]}" if len(seeds) > 1 else f"seed {seeds[0]}"
    shown = [("figures", f"mean ± standard deviation over {over}; a diverged seed counts as 0 modes")]
    protocol = {name.replace("_", " "): f"{value:,}" if isinstance(value, int) else str(value)
                for name, value in found.protocol.items()}  # fmt: skip
    if _on_points(found):
        low, high = GOAL_STDS
        protocol["std / true"] += "; lowest of all seeds, mean, highest of all seeds"
        shown.append(
            ("goal", f"seeds with every mode, {GOAL_SHARE:.0%} of high quality and all standard deviations "
             f"{low} to {high} of the true one")
        )  # fmt: skip
    else:
        best = found.ceiling
        shown.append(
            ("real test stacks", f"{best['num_samples']:,} of them; the judge gets all three digits of "
             f"{best['judge_accuracy']:.1%} right; even perfect samples are expected at reverse KL {best['floor']:.3f}")
        )  # fmt: skip
    return [*shown, *protocol.items()]
