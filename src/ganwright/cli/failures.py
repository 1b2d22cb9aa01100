"""Every way a command can end badly, as one line and an exit code."""

import os
import sys
import tempfile
import traceback
from collections.abc import Iterable
from pathlib import Path

from cyclopts import CycloptsError
from cyclopts.exceptions import (
    CoercionError,
    MissingArgumentError,
    UnknownCommandError,
    UnknownOptionError,
    UnusedCliTokensError,
)

from ganwright.core.errors import UserError, nearest

USER_ERROR, BUG, BROKEN_PIPE = 2, 1, 141


class Stopped(Exception):
    """A command ended early on purpose.

    line: what to tell.
    code: the exit code.
    """

    def __init__(self, line: str, code: int) -> None:
        super().__init__(line)
        self.line, self.code = line, code


def describe(error: BaseException) -> tuple[str, int]:
    """Return the line to print (without the program's name) and the exit code. Unknown errors are bugs."""
    match error:
        case Stopped():
            return error.line, error.code
        case UserError():
            return one_line(error), USER_ERROR
        case CycloptsError():
            return _of_parsing(error), USER_ERROR
        case KeyboardInterrupt():
            return "interrupted", 130
    if _is_out_of_memory(error):
        reason = f" ({one_line(error)})" if str(error) else ""
        return f"out of memory{reason}; try a smaller --batch-size or --data.size", USER_ERROR
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return f"{place}{error.strerror or one_line(error)}", USER_ERROR
    return _of_bug(error), BUG


def one_line(error: object) -> str:
    """The text of an error with its line ends and runs of spaces made single spaces."""
    return " ".join(str(error).split())


def _is_out_of_memory(error: BaseException) -> bool:
    """True for Python's own error and for torch's, which are plain RuntimeErrors on a CPU."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    signs = ("can't allocate memory", "not enough memory", "out of memory")
    return isinstance(error, RuntimeError) and any(sign in str(error).lower() for sign in signs)


def _of_bug(error: BaseException) -> str:
    """Keep the traceback in a file, or print it where GANWRIGHT_DEBUG=1 asks for it."""
    trace = "".join(traceback.format_exception(error))
    summary = f"this is a bug in ganwright ({type(error).__name__}: {one_line(error)[:200]}); please report it"
    if os.environ.get("GANWRIGHT_DEBUG") == "1":
        print(trace, file=sys.stderr, end="")
        return summary
    try:
        handle, name = tempfile.mkstemp(prefix="ganwright-bug-", suffix=".txt")
        os.close(handle)
        Path(name).write_text(f"arguments: {sys.argv[1:]}\npython: {sys.version}\n{trace}", encoding="utf-8")
    except OSError:
        return f"{summary}; GANWRIGHT_DEBUG=1 shows where it happened"
    return f"{summary} with {name}"


def _of_parsing(error: CycloptsError) -> str:
    match error:
        case UnknownCommandError():
            return unknown("command", (error.unused_tokens or ["?"])[0], _commands(error))
        case UnknownOptionError():
            name = (error.token.keyword or error.token.value or "?").split("=")[0]
            names = {n for a in error.argument_collection if a.parse and a.show for n in a.names if n.startswith("-")}
            return unknown("flag", name, names)
        case UnusedCliTokensError():
            extra = " ".join(error.unused_tokens or [])
            return f"unexpected '{extra}'; {_see_help(error)}"
        case MissingArgumentError() if error.argument is not None and not error.argument.tokens:
            if error.keyword is not None:
                return f"{error.keyword} needs a value; {_see_help(error)}"
            return f"{error.argument.name} is missing; {_see_help(error)}"
        case CoercionError() if error.token is not None and error.argument is not None:
            place = f"{error.token.keyword or error.argument.name} is '{error.token.value}'"
            if choices := error.argument.get_choices():
                return f"{place}; {nearest(error.token.value, choices)}"
            if error.msg is not None or error.target_type in _KINDS:
                return f"{place}: {error.msg or _KINDS[error.target_type]}"
    text = one_line(error).rstrip(".")
    return text[:1].lower() + text[1:] + f"; {_see_help(error)}"


_KINDS: dict[type | None, str] = {float: "not a number", bool: "neither true nor false"}


def unknown(what: str, name: str, names: Iterable[str]) -> str:
    """Return the line for a name that does not exist, with the nearest that do."""
    return f"unknown {what} '{name}'; {nearest(name, names)}"


def _commands(error: CycloptsError) -> list[str]:
    return [name for name in error.app or () if not name.startswith("-")]


def _see_help(error: CycloptsError) -> str:
    return f"see {' '.join(['ganwright', *(error.command_chain or ())])} --help"
