"""What an evaluation found: figures, each with its error, real data's, its floor and its protocol."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from torch import Tensor

from ganwright.core.wording import figure_lines, protocol_lines

SAFE_NUM_ITEMS = 5000  # below it FID's bias is of the size of the differences people read from it


@dataclass(frozen=True)
class Figure:
    """One measured number.

    name: its row in METRICS. value: of the samples. unit: empty for pure numbers.
    error: standard error of the value, in its unit; None where none is known. error_from: how it was found.
    real: the same of real data; None for distances.
    floor: for distances, that of other real data of the same size: what perfect samples would score. Else None.
    remark: what must be said beside it, such as too few items; empty if nothing.
    details: what else was found: curves, values of each class, intervals.
    protocol: everything that must be equal for two figures to be comparable.
    """

    name: str
    value: float
    error: float | None
    error_from: str
    real: float | None
    floor: float | None
    unit: str
    remark: str
    details: dict[str, Any]
    protocol: dict[str, Any]


@dataclass(frozen=True)
class Evaluation:
    """All figures of one evaluation. `plain` is what goes into events and JSON, `lines` what people read.

    pictures: uint8 images (C, H, W) that show what figures found, by name, such as the closest pairs.
    """

    figures: tuple[Figure, ...]
    notes: tuple[str, ...]
    seconds: float
    pictures: Mapping[str, Tensor] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Figure:
        """Return the figure of that name. Raises KeyError where it was not measured."""
        for figure in self.figures:
            if figure.name == name:
                return figure
        raise KeyError(name)

    def __contains__(self, name: str) -> bool:
        return any(figure.name == name for figure in self.figures)

    def plain(self) -> dict[str, Any]:
        """Return the evaluation as plain data, without its pictures."""
        return {
            "figures": [asdict(f) for f in self.figures],
            "notes": list(self.notes),
            "seconds": round(self.seconds, 3),
        }

    def lines(self) -> list[str]:
        """Return a table, the protocols and the notes as lines of text."""
        figures = [asdict(f) for f in self.figures]
        return [*figure_lines(figures), *protocol_lines(figures), *(f"note: {n}" for n in self.notes)]
