"""Whether a run truly failed, and since when: its outcome against that of the same cell and seed without sabotage.

Nothing here looks at a signal. Every margin was fixed before a detector was judged by it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean

from ganwright.bench.health.cells import Standard
from ganwright.bench.health.outcome import is_finite
from ganwright.core.events import Event

Values = Mapping[str, float]


@dataclass(frozen=True)
class Margin:
    """How much worse than its twin a run must be, in its unit, and why so much."""

    value: float
    unit: str
    reason: str


MARGINS: dict[str, Margin] = {
    "fid_ratio": Margin(
        2.0, "times the twin's", "seeds of one healthy cell differ by up to half: twice is no accident"
    ),
    "fid_extra": Margin(1.5, "above that", "below this a ratio says little: held-out items have about 0.2 themselves"),
    "classes_fewer": Margin(2, "classes", "a class near the border of 2% comes and goes; two do not go together"),
    "modes_ratio": Margin(
        0.75, "of the twin's", "2 of 8 or 6 of 25 modes are lost, and a point misses one by accident"
    ),
    "quality_ratio": Margin(0.5, "of the twin's", "half the samples that were good are no longer near any mode"),
    "copies": Margin(0.5, "share of samples", "most of what it makes is copied"),
    "copies_twin": Margin(
        0.1, "share of samples, at most", "a twin that copies too says that the data lie close together"
    ),
    "last_points": Margin(3, "points", "what counts as the end is the mean of these, since one point is a sample"),
    "recovered_fid": Margin(1.25, "times the twin's", "the goal of recoveries: about what another seed might give"),
}


@dataclass(frozen=True)
class Point:
    """What samples were worth at one moment."""

    num_images: int
    values: Values

    @property
    def finite(self) -> bool:
        """Whether every number was finite."""
        return is_finite(self.values)


@dataclass(frozen=True)
class Course:
    """A run by its outcome.

    points: in order. broke: images at which the run ended because numbers were not finite, or None.
    """

    points: tuple[Point, ...]
    broke: int | None = None

    @classmethod
    def of(cls, events: Sequence[Event]) -> "Course":
        """What the events tell of it."""
        points = tuple(Point(e["num_images"], e["values"]) for e in events if e["type"] == "outcome")
        broke = [e["num_images"] for e in events if e["type"] == "failed"]
        return cls(points, broke[-1] if broke else None)

    def smooth(self, index: int) -> Values:
        """The mean of a point and its neighbours; not finite where one of them is not."""
        return mean_of(self.points[max(0, index - 1) : index + 2])

    @property
    def end(self) -> Values:
        """The mean of the last points; not finite where the run broke or one of them is not."""
        return {"finite": 0.0} if self.broke is not None else mean_of(self.points[-int(MARGINS["last_points"].value) :])


@dataclass(frozen=True)
class Truth:
    """What became of a run.

    reasons: in which respects it fell short at its end; none: it did not fail.
    onset_images: since when it has fallen short without a break, or None.
    """

    reasons: tuple[str, ...] = field(default=())
    onset_images: int | None = None

    @property
    def failed(self) -> bool:
        """Whether it failed."""
        return bool(self.reasons)


def mean_of(points: Sequence[Point]) -> Values:
    """Mean figures; not finite where there is no point or one of them is not."""
    if not points or not all(p.finite for p in points):
        return {"finite": 0.0}
    return {name: fmean(p.values[name] for p in points) for name in points[0].values}


def shortcomings(values: Values, twin: Values) -> tuple[str, ...]:
    """In which respects figures fall short of the twin's, which are finite."""
    if not is_finite(values):
        return ("not finite",)
    at = {name: margin.value for name, margin in MARGINS.items()}
    found = {
        "fid": "fid" in values and values["fid"] > at["fid_ratio"] * twin["fid"] + at["fid_extra"],
        "classes": "classes" in values and values["classes"] <= twin["classes"] - at["classes_fewer"],
        "modes": "modes" in values and values["modes"] <= at["modes_ratio"] * twin["modes"] and twin["modes"] > 0,
        "high quality": "high_quality" in values
        and values["high_quality"] < at["quality_ratio"] * twin["high_quality"],
        "copies": "copies" in values and values["copies"] > at["copies"] and twin["copies"] < at["copies_twin"],
    }
    return tuple(name for name, short in found.items() if short)


def truth_of(run: Course, twin: Course, begins_images: int = 0) -> Truth:
    """Judge a run by its twin, which reached its end with finite numbers.

    begins_images: when the sabotage began; no onset is earlier. The onset is the first of the points, each taken with
    its neighbours, from which on all fall short; where only the end does, the last point.
    """
    reasons = shortcomings(run.end, twin.end)
    if not reasons:
        return Truth()
    onset = run.broke
    for index in range(min(len(run.points), len(twin.points)) - 1, -1, -1):
        beside = twin.smooth(index)
        if not is_finite(beside) or not shortcomings(run.smooth(index), beside):
            break
        onset = run.points[index].num_images
    if onset is None:
        onset = run.points[-1].num_images
    return Truth(reasons, max(onset, begins_images))


def is_healthy(run: Course, standard: Standard) -> bool:
    """Whether a run without sabotage ended as its cell should."""
    end = run.end
    if not is_finite(end):
        return False
    return (
        end.get("modes", standard.modes) >= standard.modes
        and end.get("high_quality", standard.high_quality) >= standard.high_quality
        and end.get("fid", standard.fid) <= standard.fid
        and end.get("classes", standard.classes) >= standard.classes
    )


def has_recovered(run: Course, twin: Course) -> bool:
    """Whether a run ended within a quarter of its twin's FID, or with every mode that the twin covers, and falls short
    of it in no other respect.
    """
    end, goal = run.end, twin.end
    if shortcomings(end, goal):
        return False
    if "fid" in end:
        return end["fid"] <= MARGINS["recovered_fid"].value * goal["fid"]
    return round(end["modes"]) >= round(goal["modes"])
