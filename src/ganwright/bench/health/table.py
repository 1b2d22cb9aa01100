"""A health bench as lines for a terminal."""

from collections.abc import Sequence

from ganwright.bench.health.picture import ordered
from ganwright.bench.health.proof import Proof
from ganwright.bench.health.recover import Recoveries
from ganwright.bench.health.score import Rate, Score

Row = Sequence[str]


def lines(proof: Proof) -> list[str]:
    """Confusion, sabotages one by one, and the sums."""
    score = proof.score
    shown = ["what was done, and what the first alarm named first", "", *laid(confusion(score))]
    shown += ["", *laid(sabotages(score)), "", *sums(score)]
    return shown + (["", *gains(proof.recoveries)] if proof.recoveries else [])


def confusion(score: Score) -> list[Row]:
    """The matrix, with its head."""
    rows, columns = ordered(score)
    table = score.confusion
    return [["", *columns], *([row, *(str(table[row][column] or "") for column in columns)] for row in rows)]


def sabotages(score: Score) -> list[Row]:
    """A line for each sabotage: what truly failed, what was found of it, how late, and what was named."""
    table: list[Row] = [["sabotage", "runs", "failed", "found", "right", "delay", "named"]]
    for name, own in score.by_sabotage.items():
        failed = own.of("failed")
        said = [f"{kind} {num}" for own_kinds in own.confusion.values() for kind, num in own_kinds.most_common()]
        found, right = (str(rate.count) if failed else "" for rate in (own.detection, own.right))
        delay = "" if own.delay is None else f"{own.delay:.0%}"
        table.append([name, str(len(own.verdicts)), str(len(failed)), found, right, delay, ", ".join(said)])
    return table


def sums(score: Score) -> list[str]:
    """The figures that goals are set for, and what was left out of them."""
    delay = "-" if score.delay is None else f"{score.delay:.1%}"
    return [
        f"found            {said(score.detection)} of the sabotaged runs that truly failed",
        f"right diagnosis  {said(score.right)} of these, by the first alarm; {said(score.right_in_the_end)} by the end",
        f"false alarms     {said(score.false_alarms)} of the healthy runs",
        f"median delay     {delay} of the run; {score.num_early} found before the outcome showed it",
        f"left out         {len(score.of('kept up'))} sabotaged runs that did as well as their twins, "
        f"{len(score.of('unfit'))} whose healthy twin did not work, or that were one",
    ]


def gains(found: Recoveries) -> list[str]:
    """What recovery gained, and whether it did harm."""
    return [
        f"recovered        {said(found.rate)} of the recoverable runs that truly failed",
        f"unharmed         {said(found.unharmed)} of the healthy runs, with recovery on",
    ]


def said(rate: Rate) -> str:
    """A share with its interval and its counts."""
    if rate.share is None or rate.interval is None:
        return "none"
    low, high = rate.interval
    return f"{rate.share:.1%} ({low:.1%} to {high:.1%}; {rate.count}/{rate.total})"


def laid(table: Sequence[Row]) -> list[str]:
    """Columns side by side, the first and the last to the left, the others to the right."""
    last = len(table[0]) - 1
    widths = [max(len(row[i]) for row in table) for i in range(last + 1)]
    return [
        "  ".join(
            text.rjust(width) if 0 < i < last or (i == last and text.isdigit()) else text.ljust(width)
            for i, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]
