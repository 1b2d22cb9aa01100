"""Limits of memory and time for a process and those it starts, which hold without whoever started it.

`python -m ganwright.core.limits LIMITS FILE COMMAND...` becomes the command. A child of it looks after it: where a
limit is passed it says so in the file and sends SIGTERM, so that a training saves and ends. What goes on for long after
that, or takes MOST_OVER times its memory, is killed.
"""

import json
import math
import os
import signal
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, NoReturn

from ganwright.core.processes import family_of

MOST_OVER = 1.25
_LOOK_SECONDS = 1.0


@dataclass(frozen=True)
class Limits:
    """What a process may take.

    memory_bytes: of main memory in which it and all that it started reside. seconds: since it began.
    grace_seconds: how long it may go on after it was asked to end.
    """

    memory_bytes: float
    seconds: float
    grace_seconds: float = 120.0


@dataclass(frozen=True)
class Passed:
    """A limit that was passed. taken: bytes or seconds by then. killed: it did not end when it was asked to."""

    limit: Literal["memory", "time"]
    taken: float
    killed: bool = False

    @classmethod
    def read(cls, file: Path) -> "Passed | None":
        """What the file says; None where no limit was passed."""
        try:
            told = cls(**json.loads(file.read_text(encoding="utf-8")))
            return told if told.limit in ("memory", "time") and math.isfinite(told.taken) else None
        except (OSError, ValueError, TypeError):
            return None


def within(limits: Limits, command: Sequence[str], file: Path) -> list[str]:
    """The command line that runs a command within limits. file: where it is said that one was passed, if one is."""
    return [sys.executable, "-P", "-m", "ganwright.core.limits", json.dumps(asdict(limits)), str(file), *command]


def look_after(process: int, limits: Limits, file: Path) -> None:
    """Look after the process that started this one until it has ended."""
    began = time.monotonic()
    asked, passed = math.inf, None
    while os.getppid() == process:
        time.sleep(_LOOK_SECONDS)
        family = family_of(process)
        family.pop(os.getpid(), None)
        memory, seconds = sum(family.values()), time.monotonic() - began
        if passed is None and (memory > limits.memory_bytes or seconds > limits.seconds):
            over = memory > limits.memory_bytes
            passed, asked = Passed("memory" if over else "time", memory if over else seconds), seconds
            _end([process], signal.SIGTERM, passed, file)
        elif passed is not None and not passed.killed and seconds - asked > limits.grace_seconds:
            passed = Passed(passed.limit, passed.taken, killed=True)
            _end(family, signal.SIGKILL, passed, file)
        elif memory > MOST_OVER * limits.memory_bytes:
            passed = Passed("memory", memory, killed=True)
            _end(family, signal.SIGKILL, passed, file)


def _end(processes: Iterable[int], number: signal.Signals, passed: Passed, file: Path) -> None:
    with suppress(OSError):  # a full disk does not keep it from being ended
        file.write_text(json.dumps(asdict(passed)), encoding="utf-8")
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, number)


def _main(limits: str, file: str, *command: str) -> NoReturn:
    process = os.getpid()
    if os.fork() == 0:
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nothing, stream)  # whoever reads the command's output does not wait for this one
        look_after(process, Limits(**json.loads(limits)), Path(file))
        os._exit(0)
    os.execvp(command[0], command)


if __name__ == "__main__":
    _main(*sys.argv[1:])
