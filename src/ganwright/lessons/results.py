"""What was measured in a run, read from its log alone."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ganwright.core.errors import UserError, nearest

Value = float | list[float]

TRAINING_SECONDS = "training_seconds"
"""The seconds that a run has been trained for, panels and measures apart, as they are logged with the losses."""


@dataclass(frozen=True)
class Curve:
    """One measure over a run.

    images: images seen at each moment, increasing. values: numbers, or lists of numbers, at these moments.
    """

    images: tuple[int, ...]
    values: tuple[Value, ...]

    @property
    def numbers(self) -> tuple[float, ...]:
        """The values, for a measure that is one number."""
        return tuple(v for v in self.values if not isinstance(v, list))

    @property
    def lists(self) -> tuple[list[float], ...]:
        """The values, for a measure that is a list."""
        return tuple(v for v in self.values if isinstance(v, list))

    @property
    def first(self) -> float:
        """Before the first step."""
        return self.numbers[0]

    @property
    def last(self) -> float:
        """At the end."""
        return self.numbers[-1]

    @property
    def highest(self) -> float:
        """The largest value of the run; infinity where one is not finite."""
        return max((n if math.isfinite(n) else math.inf for n in self.numbers), default=math.nan)

    @property
    def lowest(self) -> float:
        """The smallest finite value of the run."""
        return min((n for n in self.numbers if math.isfinite(n)), default=math.nan)

    def late(self, share: float = 0.25) -> float:
        """The mean over the moments of the last `share` of the run's images; above 0, at most 1."""
        return self.part(1 - share, 1)

    def at(self, images: float) -> float:
        """The value at so many images, on the straight line between two moments; at the ends the nearest."""
        places, values = self.images, self.numbers
        after = next((i for i, place in enumerate(places) if place >= images), len(places) - 1)
        if after == 0 or places[after] <= images:
            return values[after]
        share = (images - places[after - 1]) / (places[after] - places[after - 1])
        return values[after - 1] + share * (values[after] - values[after - 1])

    def part(self, start: float, end: float) -> float:
        """The mean over the moments from `start` to `end`, as shares of the run's images; the nearest where none is."""
        total = self.images[-1]
        chosen = [n for i, n in zip(self.images, self.numbers, strict=True) if start * total <= i <= end * total]
        middle = (start + end) / 2 * total
        nearest_one = min(zip(self.images, self.numbers, strict=True), key=lambda pair: abs(pair[0] - middle))[1]
        return sum(chosen) / len(chosen) if chosen else nearest_one


class Record(Mapping[str, Curve]):
    """What was measured in one run, by measure.

    failure: why the run could not go on; "" where it reached its end.
    """

    def __init__(self, curves: Mapping[str, Curve], failure: str = "") -> None:
        self._curves, self.failure = dict(curves), failure

    def __getitem__(self, name: str) -> Curve:
        if name not in self._curves:
            raise UserError(f"'{name}' was not measured; {nearest(name, self._curves)}")
        return self._curves[name]

    def __contains__(self, name: object) -> bool:
        return name in self._curves

    def __iter__(self) -> Iterator[str]:
        return iter(self._curves)

    def __len__(self) -> int:
        return len(self._curves)


def record_of(events: Sequence[Mapping[str, Any]]) -> Record:
    """Gather the `measurements`, the scalars of `log` events and the seconds of training (TRAINING_SECONDS).

    A moment written twice counts once, as it was last.
    """
    found: dict[str, dict[int, Value]] = {}
    fields = {"measurements": "values", "log": "scalars"}
    for event in events:
        if "training_seconds" in event:
            found.setdefault(TRAINING_SECONDS, {0: 0.0})[event["num_images"]] = float(event["training_seconds"])
        for name, value in event.get(fields.get(event["type"], ""), {}).items():
            found.setdefault(name, {})[event["num_images"]] = _read(value)
    failures = [e for e in events if e["type"] == "failed"]
    curves = {name: Curve(tuple(moments), tuple(moments.values())) for name, moments in found.items()}
    return Record(curves, str(failures[-1].get("reason", "")) if failures else "")


def _read(value: Any) -> Value:
    """Non-finite numbers inside lists are written as words."""
    return [float(v) for v in value] if isinstance(value, list) else float(value)
