"""How long a training would take, measured on a few real iterations in a process of its own."""

import json
import subprocess
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from ganwright.studio.jobs.job import PROGRAM
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
        child = subprocess.Popen(
            [*PROGRAM, *arguments, "--dry-run", "--json"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        run = _Run(child, threading.Event())
        threading.Thread(target=_wait, args=(run,), daemon=True).start()
        return run


def _wait(run: _Run) -> None:
    try:
        out, _ = run.child.communicate(timeout=MOST_SECONDS)
        told = json.loads(out or b"{}")
        run.told = _told(told if isinstance(told, dict) else {})
    except subprocess.TimeoutExpired:
        run.child.kill()
        run.child.communicate()
        run.told = _failed(f"it took more than {MOST_SECONDS} seconds to try out; large data is best packed first")
    except ValueError:
        run.told = _failed("the trial ended without an answer")
    finally:
        run.done.set()


def _told(told: dict[str, Any]) -> dict[str, Any]:
    if "config" not in told:
        return _failed(str(told.get("error") or "the trial was ended"))
    names = ("images_per_second", "seconds", "parameters", "memory_bytes", "notes", "config", "auto")
    config = told["config"]
    return {
        "state": "done",
        "error": None,
        "recipe": config.get("recipe"),
        "images": config.get("images"),
        **{name: told.get(name) for name in names},
    }


def _failed(error: str) -> dict[str, Any]:
    return {"state": "failed", "error": error}
