"""events.jsonl: the append-only log of a run, one JSON object a line, one schema.

Every event has `type`, `iteration`, `num_images` and `time` (seconds since the epoch, the only wall-clock field beside
those whose name ends in `_seconds` or `_per_second`). A `resumed` event supersedes all earlier events of later
iterations, and those that closed the run before it.
"""

import json
import math
import time
from pathlib import Path
from typing import Any

from ganwright.core.errors import UserError

Event = dict[str, Any]


class EventWriter:
    """Appends events to a file, which is opened for each one, so that a killed run loses none it has written.

    Raises UserError where the file cannot be written to.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if path.exists() and path.stat().st_size and not _ends_with_newline(path):
            self._append("\n")  # a write was cut short by a kill: close the torn line

    def write(self, type: str, iteration: int, num_images: int, **fields: Any) -> Event:
        """Append one event and return it. Non-finite numbers are written as the strings "nan", "inf" and "-inf"."""
        event = {"type": type, "iteration": iteration, "num_images": num_images, "time": time.time(), **fields}
        self._append(json.dumps(_plain(event), allow_nan=False) + "\n")
        return event

    def _append(self, text: str) -> None:
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            raise UserError(
                f"cannot write {self.path}: {error.strerror}; free some space or choose another folder with --out"
            ) from error


def read_events(path: Path, superseded: bool = False) -> list[Event]:
    """Read a run's events in order.

    superseded: True keeps the entries that a later `resumed` event replaced; by default they are dropped.
    A line torn by a kill, or one that is no event, is skipped. A file that does not exist holds no events.
    """
    if not path.exists():
        return []
    events: list[Event] = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        event = parse_event(line)
        if event is None:
            continue
        if event["type"] == "resumed" and not superseded:
            events = [e for e in events if not supersedes(event, e)]
        events.append(event)
    return events


def parse_event(line: str | bytes) -> Event | None:
    """Read one line of a log; None where it is no event."""
    if isinstance(line, bytes):
        line = line.decode("utf-8", "replace")
    odd = '"nan"' in line or 'inf"' in line
    try:
        event = json.loads(line, object_hook=_numbers if odd else None)  # the hook takes most of the time
    except (ValueError, RecursionError):
        return None
    if not isinstance(event, dict) or not all(isinstance(event.get(k), t) for k, t in _ALWAYS.items()):
        return None
    return event


def supersedes(resumed: Event, event: Event) -> bool:
    """Whether a `resumed` event replaces one that stands before it."""
    return event["iteration"] > resumed["iteration"] or _closes_a_run(event)


_HEAD_BYTES = 512
"""By so many bytes at its beginning, times among them, a file is known to be the one that was read before."""


class EventTail:
    """Reads the lines of a log as it grows: each call returns what was appended since the last one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._place = 0
        self._head = b""
        self._seen = (0, 0)

    def read(self) -> tuple[list[tuple[int, bytes]], bool]:
        """New lines, each with the byte it begins at, and whether the file was replaced and is read anew.

        A line without its end is left for the next call. A file that is gone, or cannot be read, holds nothing.
        """
        try:
            facts = self.path.stat()
            if (facts.st_size, facts.st_mtime_ns) == self._seen:
                return [], False
            with self.path.open("rb") as file:
                head = file.read(_HEAD_BYTES)
                anew = facts.st_size < self._place or not head.startswith(self._head)
                if anew:
                    self._place = 0
                file.seek(self._place)
                text = file.read()
        except OSError:
            anew = self._place > 0
            self._place, self._head, self._seen = 0, b"", (0, 0)
            return [], anew
        self._seen = (facts.st_size, facts.st_mtime_ns)
        found: list[tuple[int, bytes]] = []
        for line in text.split(b"\n")[:-1]:
            found.append((self._place, line))
            self._place += len(line) + 1
        self._head = head[: self._place]
        return found, anew


_ALWAYS = {"type": str, "iteration": int, "num_images": int}
_ENDINGS = {"interrupted", "failed", "finished"}


def _closes_a_run(event: Event) -> bool:
    """Events written because the run stopped there; one that goes on would not have them (`final` ticks included)."""
    return event["type"] in _ENDINGS or bool(event.get("final"))


_NON_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _numbers(event: dict[str, Any]) -> dict[str, Any]:
    for name, value in event.items():
        if isinstance(value, str) and value in _NON_FINITE:
            event[name] = _NON_FINITE[value]
    return event


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read(1) == b"\n"
