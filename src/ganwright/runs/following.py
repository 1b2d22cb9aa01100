"""A run's log as it grows: each look reads only what is new, and scalars are columns, so long logs stay fast."""

import math
import re
import threading
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ganwright.core.events import Event, EventTail, parse_event, supersedes
from ganwright.runs.report_facts import BESIDE

_LOG = re.compile(rb'\{"type": "log", "iteration": (\d{1,15}), "num_images": (\d{1,15}), ')
"""How the lines of `log` events begin, as they are written; others are read whole at once."""

_NOT_FINITE = math.inf
"""How a column holds a number that was logged and is not finite; NaN: none was logged."""


@dataclass
class Columns:
    """The `log` events: images seen, time (seconds since the epoch) and each scalar, one place an event."""

    images: array = field(default_factory=lambda: array("q"))
    times: array = field(default_factory=lambda: array("d"))
    scalars: dict[str, array] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.images)

    def add(self, event: Event) -> None:
        """Append one event."""
        num, columns = len(self.images), self.scalars
        self.images.append(event["num_images"])
        self.times.append(_time(event))
        named, added = event.get("scalars"), 0
        both = named if isinstance(named, dict) else {}
        for name, value in (*both.items(), *((n, event[n]) for n in BESIDE if n in event)):
            if type(value) is not float and type(value) is not int:
                continue
            column = columns.get(name)
            if column is None:
                column = columns[name] = array("d", [math.nan]) * num
            column.append(value if -math.inf < value < math.inf else _NOT_FINITE)
            added += 1
        if added < len(columns):
            for column in columns.values():
                if len(column) == num:
                    column.append(math.nan)

    def values(self, name: str, start: int = 0, end: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """A scalar's values, NaN where there is no finite one, and where one was logged that is not finite."""
        column = np.array(self.scalars[name][start:end], np.float64)
        bad = np.isinf(column)
        column[bad] = math.nan
        return column, bad

    def kept(self, places: list[int]) -> "Columns":
        """Only some of the events."""
        scalars = {name: array("d", [column[i] for i in places]) for name, column in self.scalars.items()}
        return Columns(
            array("q", [self.images[i] for i in places]),
            array("d", [self.times[i] for i in places]),
            {name: column for name, column in scalars.items() if not all(map(math.isnan, column))},
        )


@dataclass(frozen=True, slots=True)
class _Line:
    """Where an event stands in the file, and what decides whether it still counts."""

    place: int
    type: str
    iteration: int
    final: bool


class Following:
    """Follows one run folder's events.jsonl.

    events: all that are not `log` events, in order. log: those, as columns; their lines are read when columns are
    asked for, since most that follow a run do not ask.
    generation: grows whenever something that was told before holds no more; else log and events only get longer.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = threading.RLock()
        self.generation = 0
        self._tail = EventTail(folder / "events.jsonl")
        self._forget()

    def _forget(self) -> None:
        self.events: list[Event] = []
        self._columns = Columns()
        self._lines: list[_Line] = []
        self._logs = array("q")
        self._last: tuple[int, Event | None] = (-1, None)
        self._newest_log = 0

    @property
    def num_events(self) -> int:
        """All events that count."""
        return len(self._lines)

    @property
    def num_log(self) -> int:
        """How many of them are `log` events."""
        return len(self._logs)

    @property
    def num_images(self) -> int:
        """Images seen so far."""
        return max(self._newest_log, self.events[-1]["num_images"] if self.events else 0)

    @property
    def log(self) -> Columns:
        """The `log` events."""
        with self.lock:
            columns = self._columns
            for event in self._read(self._logs[len(columns) :]):
                columns.add(event)
            return columns

    @property
    def last_log(self) -> Event | None:
        """The newest `log` event, as it is."""
        with self.lock:
            place = self._logs[-1] if self._logs else -1
            if place != self._last[0]:
                self._last = (place, next(self._read([place]), None))
            return self._last[1]

    def look(self) -> None:
        """Read what is new."""
        with self.lock:
            found, anew = self._tail.read()
            if anew:
                self._forget()
                self.generation += 1
            for place, line in found:
                if (told := _LOG.match(line)) and line.count(b"{") == line.count(b"}"):
                    self._lines.append(_Line(place, "log", int(told[1]), b'"final": true' in line))
                    self._logs.append(place)
                    self._newest_log = int(told[2])
                    continue
                event = parse_event(line)
                if event is None or event["num_images"] < 0:
                    continue
                if event["type"] == "resumed":
                    self._go_back(event)
                self._lines.append(_Line(place, event["type"], event["iteration"], bool(event.get("final"))))
                if event["type"] == "log":
                    self._logs.append(place)
                    self._newest_log = event["num_images"]
                else:
                    self.events.append(event)

    def _go_back(self, resumed: Event) -> None:
        """Drop what a `resumed` event supersedes."""
        kept = [
            not supersedes(resumed, {"type": line.type, "iteration": line.iteration, "final": line.final})
            for line in self._lines
        ]
        if all(kept):
            return
        self.generation += 1
        logs = [keep for keep, line in zip(kept, self._lines, strict=True) if line.type == "log"]
        others = [keep for keep, line in zip(kept, self._lines, strict=True) if line.type != "log"]
        if not all(logs):
            self._columns = self._columns.kept([i for i in range(len(self._columns)) if logs[i]])
            self._logs = array("q", [place for keep, place in zip(logs, self._logs, strict=True) if keep])
            self._newest_log = (self.last_log or {"num_images": 0})["num_images"]
        self.events = [event for keep, event in zip(others, self.events, strict=True) if keep]
        self._lines = [line for keep, line in zip(kept, self._lines, strict=True) if keep]

    def types(self) -> dict[str, int]:
        """How many events there are of each type."""
        with self.lock:
            return dict(Counter(line.type for line in self._lines))

    def page(self, offset: int, limit: int, type: str | None = None, newest: bool = False) -> tuple[int, list[Event]]:
        """How many events there are (of a type), and `limit` of them from `offset`; newest: from the end backwards."""
        with self.lock:
            places = [line.place for line in self._lines if type is None or line.type == type]
            chosen = (places[::-1] if newest else places)[offset : offset + limit]
            return len(places), list(self._read(chosen))

    def _read(self, places: Sequence[int]) -> Iterator[Event]:
        """The events that begin at these bytes of the file; none where it has just gone."""
        if not places:
            return
        try:
            file = self._tail.path.open("rb")
        except OSError:
            return
        with file:
            at = -1
            for place in places:
                if place != at:
                    file.seek(place)
                line = file.readline()
                at = place + len(line)
                event = parse_event(line)
                yield event if event is not None else {"type": "log", "iteration": 0, "num_images": 0}

    def speed(self, most: int = 20) -> float | None:
        """Images per second of late by the clock, everything included; None where too little was logged."""
        with self.lock:
            newest = [(e["num_images"], _time(e)) for e in self._read(self._logs[-most:])]
        resumed = max((_time(e) for e in self.events if e["type"] in ("resumed", "started")), default=-math.inf)
        sitting = [(n, t) for n, t in newest if t >= resumed]
        if len(sitting) < 2 or sitting[-1][1] <= sitting[0][1]:
            return None
        return (sitting[-1][0] - sitting[0][0]) / (sitting[-1][1] - sitting[0][1])


def _time(event: Mapping[str, object]) -> float:
    told = event.get("time")
    return float(told) if isinstance(told, (int, float)) and not isinstance(told, bool) else math.nan
