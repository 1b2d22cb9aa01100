"""Tables as text: CSV with any common delimiter."""

import csv
import io

from ganwright.core.errors import UserError
from ganwright.health.foreign.table import Cells, Table, to_number

DELIMITERS = ",;\t|"


def read(text: str, where: str) -> Table:
    """Read a table whose first line names the columns; lines that begin with # before it are left out.

    The delimiter is the one of comma, semicolon, tab and bar that the first line has most of, else spaces. A last line
    that was cut short counts as far as it goes. Raises UserError where there are no rows or no names.
    """
    lines = _without_comments(text)
    header = lines[0] if lines else ""
    delimiter = max(DELIMITERS, key=header.count)
    try:
        if header.count(delimiter):
            rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter, skipinitialspace=True))
        else:
            rows = [line.split() for line in lines]
    except csv.Error as error:
        raise UserError(f"{where} cannot be read as CSV: {error}") from error
    rows = [row for row in rows if any(map(str.strip, row))]
    if not rows:
        raise UserError(f"{where} is empty")
    names = [name.strip() for name in rows[0]]
    comma = delimiter == ";" and "." not in text
    if any(_cell(name, comma) is not None for name in names):
        rows, names = [[], *rows], [str(i + 1) for i in range(len(names))]
    if len(rows) == 1:
        raise UserError(f"{where} has a header ({_shown(names)}) but no rows")
    columns: dict[str, Cells] = {}
    for at, name in enumerate(names):
        if name in columns or not name:
            name = f"{name or 'column'} ({at + 1})"
        columns[name] = [_cell(row[at], comma) if at < len(row) else None for row in rows[1:]]
    return Table(columns)


def _without_comments(text: str) -> list[str]:
    """The lines; one that begins with # and names what follows (as numpy writes it) is the header."""
    lines = [line for line in text.splitlines() if line.strip()]
    num = next((i for i, line in enumerate(lines) if not line.lstrip().startswith("#")), len(lines))
    first = lines[num] if num < len(lines) else ""
    if num and any(c.isdigit() for c in first) and to_number(_first_cell(first)) is not None:
        return [lines[num - 1].lstrip().lstrip("#").strip(), *lines[num:]]
    return lines[num:]


def _first_cell(line: str) -> str:
    for delimiter in DELIMITERS:
        line = line.split(delimiter)[0]
    return line.split()[0] if line.split() else ""


def _cell(text: str, comma: bool) -> float | None:
    return to_number(text.replace(",", ".") if comma else text)


def _shown(names: list[str]) -> str:
    shown = ", ".join(name[:40] for name in names[:12])
    return shown + (", ..." if len(names) > 12 else "")
