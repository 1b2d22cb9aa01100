"""Lessons under way: one at a time, each a process of its own that outlives the server and is found again."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from ganwright.core.files import write_text
from ganwright.core.processes import started_at
from ganwright.studio.replies import Conflict
from ganwright.studio.state import Studio

SAME_SECONDS = 3.0
"""Clocks of processes and of files agree to so much."""

LOG_LINES = 20
_LOG_BYTES = 20_000


@dataclass(frozen=True)
class Child:
    """The process that runs a lesson.

    place: the folder of its runs and page. began: seconds since the epoch. asked_to_stop: once; again kills it.
    """

    lesson: str
    data: str
    seed: int
    place: str
    process: int
    began: float
    asked_to_stop: bool = False

    @property
    def is_alive(self) -> bool:
        """True while it is this very process that has the number."""
        began = started_at(self.process)
        return began is not None and abs(began - self.began) < SAME_SECONDS


class Children:
    """The studio's service: starts, finds and stops the process of a lesson."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self._folder = studio.own_dir / "lessons"
        self._lock = threading.RLock()
        self._child: subprocess.Popen[bytes] | None = None

    def close(self) -> None:
        """Leave it to itself: it goes on without the server."""
        if self._child is not None:
            self._child.returncode = self._child.poll() or 0  # so that nobody waits for it, or warns of it

    def running(self) -> Child | None:
        """The lesson under way; None where there is none."""
        with self._lock:
            if self._child is not None:
                self._child.poll()
            child = self._last()
            return child if child is not None and child.is_alive else None

    def start(self, lesson: str, data: str, seed: int, place: Path) -> None:
        """Start a lesson, or go on with it. Raises Conflict while one is under way."""
        with self._lock:
            if (now := self.running()) is not None:
                raise Conflict(f"lesson {now.lesson} is under way; wait for its end, or stop it")
            command = [sys.executable, "-m", "ganwright", "lesson", lesson, "--data", data, "--seed", str(seed)]
            command += ["--out", str(place.parent), "--json"]
            if self.studio.data_dir is not None:
                command += ["--data-dir", str(self.studio.data_dir)]
            self._folder.mkdir(parents=True, exist_ok=True)
            with self.log_file(lesson, data, seed).open("wb") as log:
                self._child = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=log,
                    start_new_session=True,
                    env=os.environ | {"PYTHONUNBUFFERED": "1", "NO_COLOR": "1"},
                )
            began = started_at(self._child.pid) or time.time()
            self._write(Child(lesson, data, seed, str(place), self._child.pid, began))

    def stop(self, lesson: str) -> None:
        """Let it save and end; asked again, kill it. Raises Conflict where it is not under way."""
        with self._lock:
            now = self.running()
            if now is None or now.lesson != lesson:
                raise Conflict(f"lesson {lesson} is not under way")
            os.killpg(now.process, signal.SIGKILL if now.asked_to_stop else signal.SIGTERM)
            self._write(Child(**{**asdict(now), "asked_to_stop": True}))

    def last_words(self, lesson: str, data: str, seed: int) -> list[str]:
        """The last lines that the process of a lesson has written."""
        try:
            with self.log_file(lesson, data, seed).open("rb") as log:
                log.seek(max(0, log.seek(0, os.SEEK_END) - _LOG_BYTES))
                text = log.read().decode("utf-8", "replace")
        except OSError:
            return []
        lines = [line.rpartition("\r")[2].rstrip() for line in text.splitlines()]
        return [line for line in lines if line][-LOG_LINES:]

    def log_file(self, lesson: str, data: str, seed: int) -> Path:
        """Where a lesson's process writes."""
        return self._folder / f"{lesson}-{data}-{seed}.log"

    def _last(self) -> Child | None:
        try:
            return Child(**json.loads((self._folder / "child.json").read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def _write(self, child: Child) -> None:
        write_text(self._folder / "child.json", json.dumps(asdict(child)))
