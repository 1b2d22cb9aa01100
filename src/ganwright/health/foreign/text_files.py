"""What training scripts print: lines such as "[0/5][50/1583]  Loss_D: 0.40  Loss_G: 5.1  D(x): 0.8"."""

import re

from ganwright.core.errors import UserError
from ganwright.health.foreign.table import Table, table_of, to_number

LONGEST_LINE = 2_000

_NUMBER = r"[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|nan|inf)(?![\w.])"
_WORD = r"[A-Za-z][\w./@-]{0,40}(?:\([A-Za-z](?:\([a-z]\))?\))?"
_PAIR = re.compile(rf"(?<![\w.])({_WORD}(?: {_WORD}){{0,2}}?)\s*[:=]?\s*[\[(]?\s*({_NUMBER})", re.IGNORECASE)
_EPOCH_AND_ITERATION = re.compile(r"^\s*\[\s*(\d+)\s*/\s*\d+\s*\]\s*\[\s*(\d+)\s*/\s*\d+\s*\]")
_LEADING = re.compile(r"^\s*\[?(\d+)\]?[\s:/,]")


def pairs(line: str) -> dict[str, float | None]:
    """The named numbers of a line; of several of a name the first. Counts without a name at its start are steps."""
    line = line[:LONGEST_LINE]
    found: dict[str, float | None] = {}
    if counts := _EPOCH_AND_ITERATION.match(line):
        found = {"epoch": float(counts[1]), "iteration": float(counts[2])}
    for name, value in _PAIR.findall(line):
        found.setdefault(name.strip(" ./-"), to_number(value))
    if found and not counts and (leading := _LEADING.match(line)):
        found.setdefault("step", float(leading[1]))
    return found


def read(text: str, where: str) -> Table:
    """Read the lines that hold named numbers. Raises UserError where none does."""
    rows = [row for row in map(pairs, text.splitlines()) if row]
    if not rows:
        raise UserError(f"{where} holds no lines with named numbers")
    return table_of(rows)
