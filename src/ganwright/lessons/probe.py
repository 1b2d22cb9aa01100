"""What a probe is: a measure of a run at one moment, with words for axes and tables."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from ganwright.lessons.results import Value
from ganwright.lessons.scene import Scene


@dataclass(frozen=True)
class Probe:
    """A row of the table.

    title: as axes and tables name it. description: one line: meaning, range. measure: gives its value in a scene.
    """

    title: str
    description: str
    measure: Callable[[Scene], Value]


def points(values: Tensor) -> list[float]:
    """Five digits are enough for a figure, and keep the log small."""
    return [float(f"{v:.5g}") for v in values.tolist()]
