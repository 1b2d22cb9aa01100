"""How long a training would take, measured on a few real iterations in a process of its own."""

import json
import os
import signal
import subprocess
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganwright.core.limits import Limits, within
from ganwright.studio.jobs.job import PROGRAM
from ganwright.studio.jobs.limits import warnings
from ganwright.studio.state import Studio

WAIT_SECONDS = 2.0
"""How long a call waits for the answer; who asks again gets it."""

MOST_SECONDS = 300
MOST_AT_ONCE = 2
_MOST_KEPT = 64


@dataclass
class _Run:
    """A measurement. told: what came of it; None while it goes on."""

    child: subprocess.Popen[bytes]
    done: threading.Event
    told: dict[str, Any] | None = None


class Estimates:
    """The measurements of a studio, by their arguments. The oldest that goes on gives way to a new one."""

    def __init__(self, studio: Studio) -> None:
        self._limits = studio.limits
        self._lock = threading.Lock()
        self._runs: OrderedDict[tuple[str, ...], _Run] = OrderedDict()

    def ask(self, arguments: list[str]) -> dict[str, Any]:
        """The estimate of `ganwright train ...`, or that it is still worked on."""
        key = tuple(arguments)
        with self._lock:
            run = self._runs.get(key)
            if run is None:
                going = [k for k, r in self._runs.items() if r.told is None]
                for old in going[: len(going) - MOST_AT_ONCE + 1]:
                    self._runs.pop(old).child.kill()
                run = self._runs[key] = self._start(arguments)
                while len(self._runs) > _MOST_KEPT:
                    self._runs.popitem(last=False)[1].child.kill()
        run.done.wait(WAIT_SECONDS)
        return run.told or {"state": "working"}

    def close(self) -> None:
        """End what goes on."""
        with self._lock:
            for run in self._runs.values():
                run.child.kill()
        for run in self._runs.values():
            run.done.wait(10)

    def _start(self, arguments: list[str]) -> _Run:
        trial = Limits(self._limits.memory_bytes, 2 * MOST_SECONDS)
        child = subprocess.Popen(
            within(trial, [*PROGRAM, *arguments, "--dry-run", "--json"], Path(os.devnull)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        run = _Run(child, threading.Event())
        threading.Thread(target=_wait, args=(run, self._limits), daemon=True).start()
        return run


def _wait(run: _Run, limits: Limits) -> None:
    try:
        out, _ = run.child.communicate(timeout=MOST_SECONDS)
        told = json.loads(out or b"{}")
        run.told = _told(told if isinstance(told, dict) else {}, limits)
        if not out and run.child.returncode in (-signal.SIGTERM, -signal.SIGKILL):
            most = f"{limits.memory_bytes / 1e9:.3g} GB"
            run.told = _failed(f"a trial took more memory than a job may take, {most}; a smaller batch_size takes less")
    except subprocess.TimeoutExpired:
        run.child.kill()
        run.child.communicate()
        run.told = _failed(f"it took more than {MOST_SECONDS} seconds to try out; large data is best packed first")
    except ValueError:
        run.told = _failed("the trial ended without an answer")
    finally:
        run.done.set()


def _told(told: dict[str, Any], limits: Limits) -> dict[str, Any]:
    if "config" not in told:
        return _failed(str(told.get("error") or "the trial was ended"))
    names = ("images_per_second", "seconds", "parameters", "memory_bytes", "notes", "config", "auto")
    config = told["config"]
    return {
        "state": "done",
        "error": None,
        "recipe": config.get("recipe"),
        "images": config.get("images"),
        "warnings": warnings(limits, told.get("seconds"), told.get("peak_bytes")),
        **{name: told.get(name) for name in names},
    }


def _failed(error: str) -> dict[str, Any]:
    return {"state": "failed", "error": error}
