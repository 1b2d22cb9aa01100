"""Which logged numbers are drawn together, and as what."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ganwright.core.events import Event
from ganwright.core.wording import number, title_of
from ganwright.metrics import METRICS
from ganwright.runs.report_facts import RunFacts, figure_over_time, figures_of

_MOST_POINTS = 4000  # of a line; more than a screen can show, and what keeps the page small
_COLOURS = ("indigo", "orange", "teal", "plum", "slate")
_OWN_COLOURS = {"discriminator": "indigo", "generator": "orange", "real": "teal", "samples": "orange"}


@dataclass(frozen=True)
class Series:
    """One line: its label, its values over the chart's x (None is a gap) and the name of its colour."""

    label: str
    values: list[float | None]
    colour: str
    dash: bool = False


@dataclass(frozen=True)
class Chart:
    """Lines over one axis.

    id: for the page. explained: a line of help. unit: label of the y axis.
    range: ends of the y axis; a None in it fits that end, None fits both. guides: values that get a horizontal line.
    x: thousand images seen at each value, where they are not those of the log.
    bad: places in x where a value was not finite.
    """

    id: str
    title: str
    explained: str
    unit: str
    series: list[Series]
    range: tuple[float, float | None] | None = None
    guides: tuple[float, ...] = ()
    x: list[float] | None = None
    bad: list[int] = field(default_factory=list)

    def summary(self) -> str:
        """The chart in words, for those who cannot see it."""
        said = []
        for series in self.series:
            known = [v for v in series.values if v is not None]
            if known:
                ends = f"from {number(known[0])} to {number(known[-1])}"
                said.append(f"{series.label} {ends}, lowest {number(min(known))}, highest {number(max(known))}")
        return f"{self.title}: " + ("; ".join(said) or "no finite values") + "."


@dataclass(frozen=True)
class Layout:
    """A chart before its values: lines are names of scalars with their labels and colours."""

    id: str
    title: str
    explained: str
    unit: str
    range: tuple[float, float | None] | None
    guides: tuple[float, ...]
    lines: tuple[tuple[str, str, str], ...]


def layouts_of(names: Iterable[str]) -> tuple[list[Layout], list[Layout]]:
    """Every logged scalar in one chart or another: the most telling, and the rest with how fast it goes."""
    left = list(names)

    def take(kinds: Iterable[_Kind]) -> Iterator[Layout]:
        for kind in kinds:
            held = [n for n in left if kind.holds(n)]
            if held:
                left[:] = [n for n in left if n not in held]
                yield _layout(kind, held)

    meanings, means = list(take(_MEANINGS)), list(take(_MEANS))
    owners: dict[str, list[str]] = {}
    for name in left:
        owners.setdefault(name.split("/")[0], []).append(name)
    others = [_layout(_Kind(f"other-{o}", f"Other terms: {o}", *_OTHER), named) for o, named in owners.items()]
    return meanings, [*others, *means]


def charts_of(facts: RunFacts) -> list[Chart]:
    """Every logged scalar in one chart or another, the most telling first."""
    known = {name: values for name, values in facts.scalars.items() if any(v is not None for v in values)}
    meanings, means = layouts_of(known)
    return [
        *(_chart(layout, known) for layout in meanings),
        *evaluation_charts(facts.events("metrics")),
        *(_chart(layout, known) for layout in means),
    ]


def plain_charts(facts: RunFacts, charts: Sequence[Chart]) -> dict[str, Any]:
    """The charts as JSON-ready data: shared x in thousand images, lines, resumes. Long lines are thinned evenly."""
    x = [n / 1000 for n in facts.log_images]
    keep = _kept(len(x))
    plain = []
    for chart in charts:
        kept = range(len(chart.x)) if chart.x is not None else keep
        index_of = {k: i for i, k in enumerate(kept)}
        plain.append(
            {
                "id": chart.id,
                "unit": chart.unit,
                "range": chart.range,
                "guides": chart.guides,
                "x": chart.x,
                "bad": [index_of.get(k, index_of.get(k - k % _stride(len(x)), 0)) for k in chart.bad],
                "series": [
                    {
                        "label": s.label,
                        "colour": s.colour,
                        "dash": s.dash,
                        "values": [_digits(s.values[k]) for k in kept],
                    }
                    for s in chart.series
                ],
            }
        )
    resumed = [e["num_images"] / 1000 for e in facts.events("resumed")]
    return {"x": [x[k] for k in keep], "charts": plain, "resumed": resumed}


def num_left_out(facts: RunFacts) -> int:
    """How many log entries thinning leaves out."""
    return len(facts.log_images) - len(_kept(len(facts.log_images)))


_OTHER = ("As they were logged.", "value", "")


@dataclass(frozen=True)
class _Kind:
    """A chart's looks and its scalars: those whose names end in `ending`, or begin with it if it ends in a slash."""

    id: str
    title: str
    explained: str
    unit: str
    ending: str
    range: tuple[float, float | None] | None = None
    guides: tuple[float, ...] = ()

    def holds(self, name: str) -> bool:
        return name.startswith(self.ending) if self.ending.endswith("/") else name.endswith(self.ending)


_MEANINGS = (
    _Kind("losses", "Losses", "They balance each other; low is not good by itself.", "loss", "/loss"),
    _Kind(
        "probabilities",
        "D's verdict",
        "How real the discriminator finds each kind; 0.5 is undecided.",
        "probability",
        "_probability",
        (0, 1),
        (0.5,),
    ),
    _Kind("scores", "D's scores", "What D says of each kind; the distance between them counts.", "score", "_score"),
    _Kind(
        "gradients", "Gradient norms", "Near 0 nothing is learnt; without bound it diverges.", "norm", "gradient_norm/"
    ),
)
_MEANS = (
    _Kind("speed", "Speed", "Training alone.", "images per second", "images_per_second", (0, None)),
    _Kind("rates", "Learning rates", "As the optimisers used them.", "learning rate", "learning_rate/", (0, None)),
    _Kind("memory", "Memory", "As logged.", "bytes", "memory", (0, None)),
)


def _layout(kind: _Kind, names: list[str]) -> Layout:
    labels = [_label(name, kind.id) for name in names]
    free = iter(c for c in _COLOURS * 9 if c not in {_OWN_COLOURS.get(label) for label in labels})
    lines = [(n, label, _OWN_COLOURS.get(label) or next(free)) for n, label in zip(names, labels, strict=True)]
    return Layout(kind.id, kind.title, kind.explained, kind.unit, kind.range, kind.guides, tuple(lines))


def _chart(layout: Layout, known: Mapping[str, list[float | None]]) -> Chart:
    named = [known[name] for name, _, _ in layout.lines]
    bad = sorted({i for values in named for i, v in enumerate(values) if v is not None and not math.isfinite(v)})
    series = [
        Series(label, [v if v is not None and math.isfinite(v) else None for v in known[name]], colour)
        for name, label, colour in layout.lines
    ]
    about = (layout.id, layout.title, layout.explained, layout.unit)
    return Chart(*about, series, layout.range, layout.guides, bad=bad)


def _label(name: str, chart: str) -> str:
    owner, _, term = name.partition("/")
    if chart in ("probabilities", "scores"):
        kind = term.rsplit("_", 1)[0]
        return {"fake": "samples"}.get(kind, kind).replace("_", " ")
    if not term:
        return owner.replace("_", " ")
    return (owner if term == "loss" else term).replace("_", " ")


_BETTER = {"lower": "Lower is better.", "higher": "Higher is better.", "near real": "Best near real data's."}


def evaluation_charts(evaluations: Sequence[Event]) -> Iterator[Chart]:
    """Figures with a floor over time, each with its floor, where the run was judged more than once."""
    for name in dict.fromkeys(f["name"] for e in evaluations for f in figures_of(e)):
        told = figure_over_time(evaluations, name)
        if len(told) < 2 or not any(floor is not None for _, _, floor in told):
            continue
        series = [
            Series("samples", [v for _, v, _ in told], "orange"),
            Series("floor: real against real", [f for _, _, f in told], "teal", dash=True),
        ]
        x = [n / 1000 for n, _, _ in told]
        row = METRICS.get(name)
        better = _BETTER.get(row.better, "") if row else ""
        axis = (row.unit if row else "") or title_of(name)
        yield Chart(f"figure-{name}", title_of(name), better, axis, series, (0, None), x=x)


def _stride(num: int) -> int:
    return max(1, math.ceil(num / _MOST_POINTS))


def _kept(num: int) -> list[int]:
    return list(range(0, num, _stride(num)))


def _digits(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")
