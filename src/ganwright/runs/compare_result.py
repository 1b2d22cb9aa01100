"""What a comparison of runs found, as data and as lines for a terminal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganwright.core.wording import error_text, number, protocol_lines
from ganwright.runs.compare_groups import Group
from ganwright.runs.compare_rows import LEVEL, Cell, Row
from ganwright.runs.compare_statistics import NORMAL, STUDENT, WELCH, Kind

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_WIDEST_LABEL = 16  # characters at the head of a column
_WIDEST_TABLE = 100
_SIDES = {"lower": "lower is better", "higher": "higher is better", "near real": "best near real data's", "none": ""}
_TESTS: dict[Kind, str] = {
    WELCH: "Welch's t-test over seeds",
    STUDENT: "Student's t-test of one seed against several, taken to spread alike",
    NORMAL: "z-test from standard errors: it speaks of these samples only, not of other seeds",
}


@dataclass(frozen=True)
class Comparison:
    """Groups of runs side by side. `plain` is for JSON, `lines` and `draw` for people.

    rows: a figure each, in the order of the metrics' table. notes: what else must be said.
    """

    groups: tuple[Group, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]

    def __getitem__(self, name: str) -> Row:
        """Return the figure of that name. Raises KeyError where no run has it."""
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(name)

    @property
    def short_labels(self) -> tuple[str, ...]:
        """Names for the groups that fit above a column: their labels, or letters where these are too long."""
        labels = [group.label for group in self.groups]
        if max(map(len, labels)) <= _WIDEST_LABEL:
            return tuple(labels)
        return tuple(_LETTERS[i] if i < len(_LETTERS) else f"#{i + 1}" for i in range(len(labels)))

    def draw(self, out: str | Path) -> Path:
        """Write a PNG with a panel for each figure and return its place; another ending than .png gets that added.

        Raises UserError where the file cannot be written.
        """
        from ganwright.runs.compare_picture import draw_comparison

        return draw_comparison(self, Path(out))

    def plain(self) -> dict[str, Any]:
        """All of it as plain data for JSON."""
        labels = [group.label for group in self.groups]
        return {
            "groups": [group.plain() for group in self.groups],
            "metrics": [row.plain(labels) for row in self.rows],
            "level": LEVEL,
            "correction": "Holm, over all pairs of groups in all metrics that could be compared",
            "notes": list(self.notes),
        }

    def lines(self) -> list[str]:
        """The groups, a table (groups as columns) or a block for each figure (groups as rows), and what it means."""
        table = _table(self) if len(self.groups) < 3 else []
        if not table or max(map(len, table)) > _WIDEST_TABLE:
            table = _blocks(self)
        return [*_legend(self), "", *table, "", *_explained(self), *(f"note: {note}" for note in self.notes)]


def _legend(found: Comparison) -> list[str]:
    rows = []
    for short, group in zip(found.short_labels, found.groups, strict=True):
        name = group.label if short == group.label else f"{short}  {group.label}"
        seeds = ", ".join(str(run.config.seed) for run in group.runs)
        rows.append((name, f"{'seeds' if len(group.runs) > 1 else 'seed'} {seeds}"))
    return ["  ".join(parts) for parts in zip(_padded([name for name, _ in rows]), (s for _, s in rows), strict=True)]


def _table(found: Comparison) -> list[str]:
    """A line for each figure."""
    targets = ["target", *(number(row.floor if row.real is None else row.real) for row in found.rows)]
    columns = [
        _padded(["", *(row.title for row in found.rows)]),
        *(_column(short, [row.cells[i] for row in found.rows]) for i, short in enumerate(found.short_labels)),
        *([_padded(targets, right=True)] if set(targets[1:]) != {"-"} else []),
        ["", *map(_verdict_text, found.rows)],
    ]
    return ["  ".join(parts).rstrip() for parts in zip(*columns, strict=True)]


def _column(head: str, cells: Sequence[Cell]) -> list[str]:
    """The means, with what is known of their spread beside them and a star at the best."""
    means = _padded([number(cell.mean) for cell in cells], right=True)
    spreads = _padded([error_text(cell.spread) for cell in cells])
    stars = ["*" if cell.best else " " for cell in cells]
    texts = [" ".join(filter(str.strip, [m, s])) + f" {star}" for m, s, star in zip(means, spreads, stars, strict=True)]
    if any(map(str.strip, spreads)):
        texts = [f"{m} {s} {star}" for m, s, star in zip(means, spreads, stars, strict=True)]
    return _padded([head, *texts], right=True) if head else texts


def _verdict_text(row: Row) -> str:
    """What a row of at most two groups comes to."""
    texts = [cell.verdict.words(brief=True) for cell in row.cells if cell.verdict]
    texts += [cell.remark for cell in row.cells if cell.remark]
    if not texts and len(row.cells) > 1 and all(cell.best for cell in row.cells):
        return "equal"
    return "; ".join(dict.fromkeys(texts))


def _blocks(found: Comparison) -> list[str]:
    labels = [group.label for group in found.groups]
    shown = [s if s == label else f"{s}  {label}" for s, label in zip(found.short_labels, labels, strict=True)]
    names = shown if max(map(len, shown)) <= 2 * _WIDEST_LABEL else list(found.short_labels)
    lines: list[str] = []
    width = max(map(len, names))
    for row in found.rows:
        told = [("", row.unit), ("", _SIDES[row.better]), ("real", row.real), ("floor", row.floor)]
        beside = [f"{what} {number(v)}".strip() if what else str(v) for what, v in told if v not in (None, "")]
        lines += ["", f"{row.title}: {', '.join(beside)}" if beside else row.title]
        values = _column("", row.cells)
        for name, value, cell in zip(names, values, row.cells, strict=True):
            words = "; ".join(filter(None, [cell.verdict.words() if cell.verdict else "", cell.remark]))
            lines.append(f"  {name.ljust(width)}  {value}  {words}".rstrip())
    return lines[1:]


def _explained(found: Comparison) -> Iterator[str]:
    cells = [cell for row in found.rows for cell in row.cells]
    if len(found.groups) < 3 and any(row.floor is not None or row.real is not None for row in found.rows):
        yield "target: what real data scores; of distances their floor, real data against other real data"
    spreads = [
        ("standard deviation over seeds", any(cell.std is not None for cell in cells)),
        ("standard error where there is one seed", any(cell.std is None and cell.error is not None for cell in cells)),
    ]
    if told := [text for text, is_so in spreads if is_so]:
        yield f"±: {'; '.join(told)}"
    if any(cell.best for cell in cells):
        near = any(row.better == "near real" and not row.problem for row in found.rows)
        apart = "; where near real data's is best, the smallest mean distance from it, run by run" if near else ""
        yield f"*: the best mean, or several equal ones{apart}"
    verdicts = [(row.title, cell.verdict.test.kind) for row in found.rows for cell in row.cells if cell.verdict]
    used: dict[Kind, list[str]] = {kind: [title for title, other in verdicts if other == kind] for kind in _TESTS}
    used = {kind: titles for kind, titles in used.items() if titles}
    for kind, titles in used.items():
        where = f" ({', '.join(titles)})" if len(used) > 1 and len(found.groups) < 3 else ""
        yield f"p: {_TESTS[kind]}{where}"
    if used:
        pairs = "all pairs of groups in all figures compared" if len(found.groups) > 2 else "all figures compared"
        yield f"p is corrected for {pairs} (Holm); a difference is one below {LEVEL:g}"
    if len(found.groups) > 1:
        yield from _not_compared(found.rows)
    yield from protocol_lines([{"name": row.name, "protocol": row.protocol} for row in found.rows])


def _not_compared(rows: Sequence[Row]) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for row in rows:
        if row.problem:
            reasons.setdefault(row.problem, []).append(row.title)
    for reason, titles in reasons.items():
        yield f"not compared, {reason}: {', '.join(titles)}"
    if any(row.apart for row in rows):
        yield "--evaluate judges all runs in one way"


def _padded(texts: Sequence[str], right: bool = False) -> list[str]:
    width = max(map(len, texts))
    return [text.rjust(width) if right else text.ljust(width) for text in texts]
