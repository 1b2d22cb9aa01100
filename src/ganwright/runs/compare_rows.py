"""One figure over all groups: means, which is the best, and whether the others are seen to differ from it."""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from ganwright.core.wording import number, title_of
from ganwright.metrics import METRICS
from ganwright.metrics.base import Better
from ganwright.runs.compare_groups import Group, Judged
from ganwright.runs.compare_statistics import NORMAL, Sample, Test, difference_test, holm

LEVEL = 0.05
"""A difference is called one where its corrected p-value is below this."""

NO_SIDE = "neither side is better"

_NOT_PROTOCOL = ("seed", "data", "content_hash")
"""Entries that may differ: the seed draws another sample of the same thing; the data is known to be the same."""


@dataclass(frozen=True)
class Verdict:
    """A group beside the best one.

    test: of this group less the best one, in what is to be small: the figure, its negative where more is better, its
        distance from real data's where that is what counts.
    p: after Holm's correction; None where the test could not be made.
    """

    test: Test
    p: float | None

    @property
    def differs(self) -> bool:
        """Whether the group is called worse."""
        return self.p is not None and self.p < LEVEL

    def words(self, brief: bool = False) -> str:
        """What it comes to. brief: without saying what a z-test speaks of."""
        if self.p is None:
            return f"no test: {self.test.problem}"
        if not self.differs:
            return f"no difference seen, {p_text(self.p)}"
        return f"worse{'' if brief or self.test.kind != NORMAL else ' on these samples'}, {p_text(self.p)}"


@dataclass(frozen=True)
class Cell:
    """One figure of one group.

    values: of each run, in the group's order; None where it was not measured.
    mean, std: over the finite values; std over n - 1, None for a single one. error: the standard error of a single
        run's figure, None where there are several or none is known.
    best: whether no other group is better. verdict: against the best; None for the best, and where nothing is compared.
    remark: what must be said beside it, such as seeds that are not finite.
    """

    values: tuple[float | None, ...]
    mean: float | None
    std: float | None
    error: float | None
    best: bool = False
    verdict: Verdict | None = None
    remark: str = ""

    @property
    def spread(self) -> float | None:
        """What stands behind "±": the standard deviation over seeds, or the standard error of a single figure."""
        return self.error if self.std is None else self.std


@dataclass(frozen=True)
class Row:
    """One figure of all groups, a cell for each.

    real, floor: means over runs of what real data scores; None where the figure has none.
    protocol: what the figures of all runs share. apart: the entries in which they differ, in words.
    problem: why the groups are not compared; empty where they are.
    """

    name: str
    unit: str
    better: Better
    real: float | None
    floor: float | None
    protocol: dict[str, Any]
    cells: tuple[Cell, ...]
    apart: str = ""
    problem: str = ""

    @property
    def title(self) -> str:
        """The figure's name as people read it."""
        return title_of(self.name)

    def plain(self, labels: Sequence[str]) -> dict[str, Any]:
        """All of it as plain data for JSON."""
        return {
            "name": self.name,
            "unit": self.unit,
            "better": self.better,
            "real": self.real,
            "floor": self.floor,
            "protocol": self.protocol,
            "not_compared": self.problem,
            "groups": [_plain(label, cell) for label, cell in zip(labels, self.cells, strict=True)],
        }


def _plain(label: str, cell: Cell) -> dict[str, Any]:
    verdict = cell.verdict
    return {
        "label": label,
        "values": list(cell.values),
        "mean": cell.mean,
        "std": cell.std,
        "error": cell.error,
        "best": cell.best,
        "remark": cell.remark,
        "against_best": verdict and {**verdict.test.plain(), "p_holm": verdict.p, "verdict": verdict.words()},
    }


@dataclass(frozen=True)
class _Contest:
    """A row whose groups can be compared: of each that takes part its place and its sample, small being better."""

    row: int
    samples: dict[int, Sample]

    @property
    def best(self) -> list[int]:
        lowest = min(sample.mean for sample in self.samples.values())
        return [place for place, sample in self.samples.items() if sample.mean == lowest]


def rows_of(names: Sequence[str], groups: Sequence[Group]) -> tuple[Row, ...]:
    """Make the rows of these figures and compare the groups in each.

    Which group is the best is seen from the figures themselves, so each could have been compared with each other one:
    Holm's correction counts all pairs of all rows, though only those with the best are told.
    """
    rows, contests = [], []
    for name in names:
        row, samples = _row(name, groups)
        if not row.problem and len(samples) > 1:
            contests.append(_Contest(len(rows), samples))
        rows.append(row)
    tests: dict[tuple[int, ...], Test] = {
        (contest.row, a, b): difference_test(contest.samples[a], contest.samples[b])
        for contest in contests
        for a, b in combinations(contest.samples, 2)
    }
    made = {key: test.p for key, test in tests.items() if test.p is not None}
    corrected = dict(zip(made, holm(list(made.values())), strict=True))
    for contest in contests:
        cells = list(rows[contest.row].cells)
        for place in contest.samples:
            if place in contest.best:
                cells[place] = replace(cells[place], best=True)
                continue
            key = contest.row, *sorted((contest.best[0], place))
            test, p = tests[key] if place == key[1] else tests[key].swapped(), corrected.get(key)
            cells[place] = replace(cells[place], verdict=Verdict(test, p))
        rows[contest.row] = replace(rows[contest.row], cells=tuple(cells))
    return tuple(rows)


def p_text(p: float) -> str:
    """Return a p-value as people write it: "p 0.21", "p 0.0031", "p < 0.001"."""
    if p < 0.001:
        return "p < 0.001"
    return f"p {p:.2f}" if p >= 0.095 else f"p {p:.2g}"


def _row(name: str, groups: Sequence[Group]) -> tuple[Row, dict[int, Sample]]:
    """The row without marks and verdicts, and by place of each group that can take part what it is ranked by."""
    figures = [run.figures[name] for group in groups for run in group.runs if name in run.figures]
    better = METRICS[name].better if name in METRICS else "none"
    protocols = [dict(figure.get("protocol") or {}) for figure in figures]
    apart = _difference(protocols)
    problem = f"judged in different ways: {apart}" if apart else ""
    if not problem and better == "none":
        problem = NO_SIDE
    if not problem and better == "near real" and any(figure.get("real") is None for figure in figures):
        problem = "there is no value of real data to be near to"
    cells = tuple(_cell(name, group, bool(apart and _difference(_protocols(name, group)))) for group in groups)
    cost = _cost(better)
    samples = {}
    for place, group in enumerate(groups):
        found = [run.figures[name] for run in group.runs if name in run.figures]
        costs = [] if problem else [cost(figure) for figure in found]
        if costs and all(map(math.isfinite, costs)):
            samples[place] = Sample(tuple(costs), tuple(figure.get("error") for figure in found))
    row = Row(
        name=name,
        unit=figures[0].get("unit", ""),
        better=better,
        real=_mean([figure.get("real") for figure in figures]),
        floor=_mean([figure.get("floor") for figure in figures]),
        protocol={k: v for k, v in protocols[0].items() if all(p.get(k) == v for p in protocols)},
        cells=cells,
        apart=apart,
        problem=problem,
    )
    return row, samples


def _cost(better: Better) -> Callable[[Any], float]:
    """What is small where a figure is good; for those near to real data's, the distance from it."""
    if better == "near real":
        return lambda figure: abs(figure["value"] - figure["real"])
    sign = -1.0 if better == "higher" else 1.0
    return lambda figure: sign * figure["value"]


def _protocols(name: str, group: Group) -> list[dict[str, Any]]:
    return [dict(run.figures[name].get("protocol") or {}) for run in group.runs if name in run.figures]


def _cell(name: str, group: Group, mixed: bool) -> Cell:
    """mixed: whether its own runs were judged in different ways, so that a mean means nothing."""
    found = [run.figures.get(name) for run in group.runs]
    values = tuple(None if figure is None else float(figure["value"]) for figure in found)
    there = [value for value in values if value is not None]
    finite = [value for value in there if math.isfinite(value)]
    remarks = []
    if there and len(there) < len(values):
        remarks.append(f"measured in {len(there)} of {len(values)} runs")
    if len(finite) < len(there):
        remarks.append(f"{len(there) - len(finite)} of {len(there)} not finite")
    if mixed:
        return Cell(values, None, None, None, remark="; ".join([*remarks, "its runs were judged in different ways"]))
    errors = [figure.get("error") for figure in found if figure is not None]
    return Cell(
        values,
        statistics.fmean(finite) if finite else None,
        statistics.stdev(finite) if len(finite) > 1 else None,
        errors[0] if len(there) == len(finite) == 1 else None,
        remark="; ".join(remarks),
    )


def _difference(protocols: Sequence[dict[str, Any]]) -> str:
    """Return the entries in which protocols differ, as "n fake 750 and 5,000"; empty where they are alike."""
    names = dict.fromkeys(name for protocol in protocols for name in protocol if name not in _NOT_PROTOCOL)
    texts = []
    for name in names:
        values = dict.fromkeys(_entry(protocol.get(name)) for protocol in protocols)
        if len(values) > 1:
            texts.append(f"{name.replace('_', ' ')} {' and '.join(values)}")
    return ", ".join(texts)


def _entry(value: Any) -> str:
    if value is None:
        return "not told"
    return f"{value:,}" if isinstance(value, int) else number(value) if isinstance(value, float) else str(value)


def _mean(values: Sequence[float | None]) -> float | None:
    finite = [value for value in values if value is not None and math.isfinite(value)]
    return statistics.fmean(finite) if finite else None


def seeds_of_reference(runs: Sequence[Judged]) -> list[int]:
    """The seeds by which the real items of the runs' evaluations were drawn."""
    found = {(figure.get("protocol") or {}).get("seed") for run in runs for figure in run.figures.values()}
    return sorted(seed for seed in found if isinstance(seed, int))
