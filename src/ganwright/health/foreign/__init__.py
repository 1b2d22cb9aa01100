"""Logs of other programs: which form one has, by what is in it rather than by its name."""

from collections.abc import Callable
from dataclasses import dataclass

from ganwright.core.errors import UserError
from ganwright.health.foreign import csv_files, json_files, text_files
from ganwright.health.foreign.columns import guess
from ganwright.health.foreign.table import Table

NUM_LOOKED_AT = 60


@dataclass(frozen=True)
class Format:
    """about: what it is. fits: whether these first lines have it. read: text, name of the file -> table."""

    about: str
    fits: Callable[[list[str]], bool]
    read: Callable[[str, str], Table]


def _is_json(lines: list[str]) -> bool:
    return lines[0].lstrip()[:1] in ("{", "[") and ('"' in lines[0] or lines[0].strip() in ("{", "["))


def _is_printed(lines: list[str]) -> bool:
    found = [guess(text_files.pairs(line)) for line in lines]
    return any(roles.keys() & {"d_loss", "g_loss", "d_loss_real"} for roles in found)


FORMATS: dict[str, Format] = {
    "json": Format("JSON lines, or one JSON list or object", _is_json, json_files.read),
    "text": Format("lines that a training script printed", _is_printed, text_files.read),
    "csv": Format("a table with a line of names", lambda lines: True, csv_files.read),
}
"""In the order in which they are tried."""


def read(data: bytes, where: str) -> Table:
    """Read a log's text. Raises UserError where it is empty or no text."""
    text = _decoded(data, where)
    lines = [line for line in text[:200_000].splitlines() if line.strip()][:NUM_LOOKED_AT]
    if not lines:
        raise UserError(f"{where} is empty")
    return next(form for form in FORMATS.values() if form.fits(lines)).read(text, where)


def _decoded(data: bytes, where: str) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    if b"\0" in data[:4096]:
        raise UserError(f"{where} is neither text nor an event file of TensorBoard; export the log as CSV")
    return data.decode("utf-8-sig", "replace")
