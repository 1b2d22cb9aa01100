"""JSON: an object a line, a list of objects, or an object of lists."""

import json
from collections.abc import Iterator
from typing import Any

from ganwright.core.errors import UserError
from ganwright.health.foreign.table import Table, table_of, to_number

DEEPEST = 6


def read(text: str, where: str) -> Table:
    """Read numbers by their names, inner ones as "outer/inner"; an object with a "mean" counts as its mean.

    A line that is no JSON (the last one of a killed program) is left out. Raises UserError where no object is found.
    """
    whole = _parsed(text)
    if isinstance(whole, list):
        rows = [dict(_flat(row)) for row in whole if isinstance(row, dict)]
    elif isinstance(whole, dict) and any(isinstance(v, list) for v in whole.values()):
        return _of_lists(whole)
    else:
        parsed = (_parsed(line) for line in text.splitlines())
        rows = [dict(_flat(row)) for row in parsed if isinstance(row, dict)]
        if not rows and isinstance(whole, dict):
            rows = [dict(_flat(whole))]
    if not any(rows):
        raise UserError(f"{where} holds no JSON objects with numbers; one a line is read, or one list of them")
    return table_of(rows)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _of_lists(whole: dict[str, Any]) -> Table:
    """Columns, as Keras keeps its history."""
    lists = {str(n): list(map(_number, v)) for n, v in whole.items() if isinstance(v, list)}
    longest = max(map(len, lists.values()), default=0)
    return Table({n: v + [None] * (longest - len(v)) for n, v in lists.items()})


def _flat(row: dict[str, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, float | None]]:
    for name, value in row.items():
        if isinstance(value, dict):
            if _number(value.get("mean")) is not None:
                yield f"{prefix}{name}", _number(value["mean"])
            elif depth < DEEPEST:
                yield from _flat(value, f"{prefix}{name}/", depth + 1)
        else:
            yield f"{prefix}{name}", _number(value)


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        try:
            return float(value)
        except OverflowError:
            return float("inf") if value > 0 else float("-inf")
    return to_number(value) if isinstance(value, str) else None
