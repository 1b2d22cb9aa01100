"""What a lesson is made of, as data: trainings, measures, figures and the claims they are held against.

Nothing heavy is imported here, so that the lessons can be listed at once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ganwright.lessons.results import Record

Runs = Mapping[str, Record]
"""What was measured, by the names of a lesson's runs."""


@dataclass(frozen=True)
class Training:
    """One run of a lesson.

    title: as legends name it.
    options: dotted names and values, over those of the stage.
    recipe: None: the stage's.
    starts_from: the name of an earlier run from whose last weights this one starts; None: from fresh ones.
    length: share of the stage's images that it is trained for.
    may_fail: True where numbers that stop being finite are a result and not the end of the lesson.
    measures: those of the lesson's that make sense for this run; None: all of them.
    """

    title: str
    options: Mapping[str, Any] = field(default_factory=dict)
    recipe: str | None = None
    starts_from: str | None = None
    length: float = 1.0
    may_fail: bool = False
    measures: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Stage:
    """What a lesson is shown on.

    data: as `parse_data` reads it. recipe: of every run without one of its own.
    images: length of a run. options: dotted names and values for all runs.
    num_threads: of the processor. One for small networks: more do not help them, a busy machine does not slow it down,
        and the numbers do not depend on how many cores there are. None: as many as there are.
    """

    data: str
    recipe: str
    images: int
    options: Mapping[str, Any] = field(default_factory=dict)
    num_threads: int | None = 1


@dataclass(frozen=True)
class Curves:
    """Measures over the images seen: a line for every run and measure.

    measures: names of probes, or of logged scalars such as "discriminator/loss".
    labels: what legends call the measures, where there are several; empty: their own names.
    runs: which; empty: all.
    axis: what the upright axis says. logarithmic: its scale. limits: its lowest and highest value; None: by the data.
    references: horizontal lines: a number, or the name of a measure that does not change, and what to call it.
    by_time: over the seconds of training (panels and measures apart) instead.
    """

    title: str
    caption: str
    measures: tuple[str, ...]
    labels: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    axis: str = ""
    logarithmic: bool = False
    by_time: bool = False
    limits: tuple[float | None, float | None] | None = None
    references: tuple[tuple[float | str, str], ...] = ()


@dataclass(frozen=True)
class Panels:
    """Samples from the same latents at several moments; images as a row a moment, points as pictures of their own.

    runs: which; empty: all. moments: how many, evenly spaced in the run; 1: the end.
    """

    title: str
    caption: str
    runs: tuple[str, ...] = ()
    moments: int = 6


@dataclass(frozen=True)
class Profiles:
    """Functions on a line: measures that are lists, against another one that holds the places.

    x: the measure with the places. lines: measures to draw over it, and what legends call them.
    areas: those of `lines` that are drawn filled, on a scale of their own (densities behind probabilities).
    moments: how many, evenly spaced; 1: the last alone, for what does not change. animated: True shows every moment,
        one after another.
    axis, x_axis: what the axes say. limits: lowest and highest value of the lines; None: by the data.
    references: horizontal lines: a number and what to call it.
    """

    title: str
    caption: str
    x: str
    lines: tuple[tuple[str, str], ...]
    areas: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    moments: int = 4
    animated: bool = False
    axis: str = ""
    x_axis: str = ""
    limits: tuple[float, float] | None = None
    references: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True)
class Bars:
    """A measure at the end of every run: a bar a run, or for a list a group of bars a run.

    categories: names of a list's entries; empty: their numbers.
    reference: a measure of the same form, drawn as lines across the bars, and what to call it; None: none.
    """

    title: str
    caption: str
    measure: str
    runs: tuple[str, ...] = ()
    axis: str = ""
    categories: tuple[str, ...] = ()
    reference: tuple[float | str, str] | None = None


@dataclass(frozen=True)
class Maps:
    """Likeness of every place of a square grid to every other: for each place, where it lies, a small map of the grid.

    measure: a list of side^4 numbers: for each place, row by row, a number for each place.
    runs: which; empty: all. moments: how many, evenly spaced, the first and the last among them.
    limits: the values at both ends of the colours.
    """

    title: str
    caption: str
    measure: str
    runs: tuple[str, ...] = ()
    moments: int = 2
    limits: tuple[float, float] = (-1.0, 1.0)


@dataclass(frozen=True)
class Clouds:
    """Points of a plane and manifolds: samples in balls around real items, and real items in balls around samples.

    real: a measure with 2N numbers, the places of real items. fakes: measures with those of samples, and their names.
    neighbours: balls reach to the k-th nearest other point. runs: one; empty: the first. Of its last moment.
    """

    title: str
    caption: str
    real: str
    fakes: tuple[tuple[str, str], ...]
    neighbours: int = 2
    runs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Grades:
    """Measures that are lists of one length, each a small chart of its own with the values written out: a table to see.

    measures: and what to call them. categories: names of a list's entries, the last one real data.
    runs: one; empty: the first. Of its last moment.
    """

    title: str
    caption: str
    measures: tuple[tuple[str, str], ...]
    categories: tuple[str, ...]
    runs: tuple[str, ...] = ()


Figure = Curves | Panels | Profiles | Bars | Maps | Clouds | Grades


@dataclass(frozen=True)
class Claim:
    """One thing that a lesson says will happen, held against what did.

    holds: whether it happened. sentence: the claim, the numbers and the border between holding and not.
    """

    holds: bool
    sentence: str


@dataclass(frozen=True)
class Lesson:
    """A demonstration that trains for real and is judged by its own numbers.

    name: as the command line takes it. title, question: what it is about, and what it asks.
    explanation: what is expected and why. Paragraphs are parted by empty lines; one indented by four spaces is an
        equation.
    stages: by data set; the first is the one that is shown unless another is asked for.
    runs: in the order in which they are trained.
    measures: names of probes, taken before the first step and at every tick.
    figures: in the order of the page.
    no_images: why there is no version on images, as a clause; empty: there is one.
    claims: the verdict: what is said to happen, judged on the measures. The lesson holds where all of them do.
    """

    name: str
    title: str
    question: str
    explanation: str
    stages: Mapping[str, Stage]
    runs: Mapping[str, Training]
    measures: tuple[str, ...]
    figures: tuple[Figure, ...]
    claims: Callable[[Runs], Sequence[Claim]]
    no_images: str = ""


def said(value: float) -> str:
    """A number as claims word it, with two significant digits: "0.023", "1.4", "58", "7,600"."""
    rounded = float(f"{value:.2g}")
    return f"{rounded:,.0f}" if 100 <= abs(rounded) < 1e9 else f"{value:.2g}"


def rank_correlation(first: Sequence[float], second: Sequence[float]) -> float:
    """Spearman's: how far two lists rise and fall together, -1 to 1, whatever their scales; 0 where one is constant."""
    a, b = _ranks(first), _ranks(second)
    middle = (len(a) - 1) / 2
    above = sum((x - middle) * (y - middle) for x, y in zip(a, b, strict=True))
    spreads = [sum((x - middle) ** 2 for x in ranks) for ranks in (a, b)]
    return above / (spreads[0] * spreads[1]) ** 0.5 if min(spreads) > 0 else 0.0


def _ranks(values: Sequence[float]) -> list[float]:
    """Place of each value in order, from 0; equal ones share their mean place."""
    return [sum(other < v for other in values) + (sum(other == v for other in values) - 1) / 2 for v in values]
