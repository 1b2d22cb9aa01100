"""Look a name up in one of the explicit tables."""

from collections.abc import Mapping
from typing import TypeVar

from ganwright.core.errors import UserError, nearest

Row = TypeVar("Row")


def look_up(table: Mapping[str, Row], name: str, what: str) -> Row:
    """Return the row called `name`. Raises UserError with the nearest names; `what` says what the table holds."""
    if name not in table:
        raise UserError(f"unknown {what} '{name}'; {nearest(name, table)}")
    return table[name]
