"""What verbs print: results to stdout, progress and messages to stderr, colour only on a terminal."""

import json
import math
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

_NO_TERMINAL_WIDTH = 100_000  # piped lines are never wrapped, so that grep and cut see whole rows
_LEAST_ROOM = 40  # characters for the last column of a table on a terminal


class _Console(Console):
    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def make_console(file: TextIO, wrap: bool = False) -> Console:
    """Return a console that prints text as it is: no markup or guessed colours, wrapped in a pipe only with `wrap`."""
    console = _Console(file=file, markup=False, highlight=False, emoji=False)
    if not (console.is_terminal or wrap):
        console.width = _NO_TERMINAL_WIDTH
    return console


def messages(quiet: bool = False) -> Console:
    """The console of progress and messages: stderr, or nothing where `quiet`."""
    console = make_console(sys.stderr)
    console.quiet = quiet
    return console


def print_result(as_json: bool, plain: Mapping[str, Any], lines: Iterable[RenderableType]) -> None:
    """Print a verb's result to stdout: `plain` as one JSON object, or `lines` for people."""
    if as_json:
        print(json.dumps(to_plain(plain), allow_nan=False, ensure_ascii=False))
        return
    console = make_console(sys.stdout)
    for line in lines:
        console.print(line, soft_wrap=isinstance(line, str))


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[RenderableType]:
    """Lay rows out as something to print.

    On a terminal the last column is wrapped, or set below the others where little room is left for it; elsewhere every
    row is a line.
    """
    console = make_console(sys.stdout)
    widths = [max(len(row[i]) for row in [columns, *rows]) for i in range(len(columns))]
    if not console.is_terminal:
        return [
            Text("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()) for row in [columns, *rows]
        ]
    if console.width - sum(w + 2 for w in widths[:-1]) < _LEAST_ROOM:
        return [line for row in rows for line in _stacked(row)]
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        grid.add_column(column, no_wrap=column != columns[-1])
    for row in rows:
        grid.add_row(*map(Text, row))
    return [grid]


def _stacked(row: Sequence[str]) -> list[RenderableType]:
    first, *others, last = row
    head = Text("  ".join([first, *filter(None, others)]), no_wrap=True, overflow="ellipsis")
    head.stylize("bold", 0, len(first))
    return [head, Padding(Text(last), (0, 0, 0, 4))] if last else [head]


def to_plain(value: Any) -> Any:
    """Return data that JSON can hold: paths as text, tuples as lists, non-finite numbers as "nan", "inf", "-inf"."""
    if isinstance(value, Mapping):
        return {str(k): to_plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_plain(v) for v in value]
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def toml_value(value: Any) -> str:
    """Return a value as TOML writes it."""
    plain = to_plain(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(plain)
    return json.dumps(plain, ensure_ascii=False)


def use_lenient_streams() -> None:
    """Let a stream that cannot show a character show a question mark, and one that was closed (>&-) take nothing."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115  lives as long as the process
        stream = getattr(sys, name)
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def silence_stdout() -> None:
    """Point stdout at nothing, so that closing it after its reader has gone does not fail again."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # stdout is no file of the system, or closed: nothing to be flushed
        return


def size(num_bytes: float) -> str:
    """Bytes as people write them, in powers of 1000: "512 bytes", "1.2 MB"."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if num_bytes < 1000:
            return f"{num_bytes:.0f} bytes" if unit == "bytes" else f"{num_bytes:.1f} {unit}"
        num_bytes /= 1000
    return f"{num_bytes:.1f} TB"
