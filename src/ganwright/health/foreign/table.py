"""What a log of another program holds: columns of numbers with gaps."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Cells = list[float | None]

_TENSOR = re.compile(r"^tensor\(\s*([^\s,()]+)\s*(?:,.*)?\)$")


@dataclass(frozen=True)
class Table:
    """Columns by name, all of one length, in the order of the file. None: nothing was written there."""

    columns: Mapping[str, Cells]

    @property
    def num_rows(self) -> int:
        """Rows; 0 where there is no column."""
        return len(next(iter(self.columns.values()), []))

    @property
    def numeric(self) -> list[str]:
        """Names of the columns that hold at least one number."""
        return [name for name, cells in self.columns.items() if any(c is not None for c in cells)]


def table_of(rows: Iterable[Mapping[str, float | None]]) -> Table:
    """Rows of named numbers, which need not have the same names, as columns."""
    columns: dict[str, Cells] = {}
    num = 0
    for row in rows:
        for name, value in row.items():
            column = columns.setdefault(name, [])
            if len(column) < num:
                column.extend([None] * (num - len(column)))
            column.append(value)
        num += 1
    for column in columns.values():
        column.extend([None] * (num - len(column)))
    return Table(columns)


def to_number(text: str) -> float | None:
    """Read a cell: a number, "nan", "inf", or what printing a tensor of one leaves; None for anything else."""
    try:
        return float(text)
    except ValueError:
        pass
    stripped = text.strip()
    inner = _TENSOR.match(stripped) if stripped.startswith("tensor(") else None
    try:
        return float(inner[1]) if inner else None
    except ValueError:
        return None
