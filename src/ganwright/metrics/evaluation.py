"""What an evaluation found: figures, each with real data's, its floor and its protocol."""

from dataclasses import asdict, dataclass
from typing import Any

from ganwright.core.wording import figure_lines, protocol_lines

SAFE_NUM_ITEMS = 5000  # below it FID's bias is of the size of the differences people read from it


@dataclass(frozen=True)
class Figure:
    """One measured number.

    name: its row in METRICS. value: of the samples. unit: empty for pure numbers.
    real: the same of real data; None for distances.
    floor: for distances, that of other real data of the same size: what perfect samples would score. Else None.
    protocol: everything that must be equal for two figures to be comparable.
    """

    name: str
    value: float
    real: float | None
    floor: float | None
    unit: str
    protocol: dict[str, Any]


@dataclass(frozen=True)
class Evaluation:
    """All figures of one evaluation. `plain` is what goes into events and JSON, `lines` what people read."""

    figures: tuple[Figure, ...]
    notes: tuple[str, ...]
    seconds: float

    def __getitem__(self, name: str) -> Figure:
        """Return the figure of that name. Raises KeyError where it was not measured."""
        for figure in self.figures:
            if figure.name == name:
                return figure
        raise KeyError(name)

    def plain(self) -> dict[str, Any]:
        """Return the evaluation as plain data."""
        return {
            "figures": [asdict(f) for f in self.figures],
            "notes": list(self.notes),
            "seconds": round(self.seconds, 3),
        }

    def lines(self) -> list[str]:
        """Return a table, the protocols and the notes as lines of text."""
        figures = [asdict(f) for f in self.figures]
        return [*figure_lines(figures), *protocol_lines(figures), *(f"note: {n}" for n in self.notes)]
