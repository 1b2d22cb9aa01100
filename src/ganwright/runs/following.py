"""A run's log as it grows: each look reads only what is new, and scalars are columns, so long logs stay fast."""

import math
import threading
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ganwright.core.events import Event, EventTail, parse_event, supersedes
from ganwright.runs.report_facts import scalars_of

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
        num = len(self.images)
        self.images.append(event["num_images"])
        self.times.append(_time(event))
        for name, value in scalars_of(event).items():
            column = self.scalars.get(name)
            if column is None:
                column = self.scalars[name] = array("d", [math.nan]) * num
            column.append(value if math.isfinite(value) else _NOT_FINITE)
        for column in self.scalars.values():
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

    log: the `log` events as columns. events: all others, in order. last_log: the newest `log` event as it is.
    generation: grows whenever something that was told before holds no more; else log and events only get longer.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = threading.RLock()
        self.generation = 0
        self._tail = EventTail(folder / "events.jsonl")
        self._forget()

    def _forget(self) -> None:
        self.log = Columns()
        self.events: list[Event] = []
        self.last_log: Event | None = None
        self._lines: list[_Line] = []

    @property
    def num_events(self) -> int:
        """All events that count."""
        return len(self._lines)

    @property
    def num_images(self) -> int:
        """Images seen so far."""
        newest = [e["num_images"] for e in (*self.events[-1:], *([self.last_log] if self.last_log else []))]
        return max(newest, default=0)

    def look(self) -> None:
        """Read what is new."""
        with self.lock:
            found, anew = self._tail.read()
            if anew:
                self._forget()
                self.generation += 1
            for place, event in found:
                if event["num_images"] < 0:
                    continue
                if event["type"] == "resumed":
                    self._go_back(event)
                self._lines.append(_Line(place, event["type"], event["iteration"], bool(event.get("final"))))
                if event["type"] == "log":
                    self.log.add(event)
                    self.last_log = event
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
        if not all(logs):
            self.log = self.log.kept([i for i, keep in enumerate(logs) if keep])
            self.last_log = self._last_log(kept)
        others = [keep for keep, line in zip(kept, self._lines, strict=True) if line.type != "log"]
        self.events = [event for keep, event in zip(others, self.events, strict=True) if keep]
        self._lines = [line for keep, line in zip(kept, self._lines, strict=True) if keep]

    def _last_log(self, kept: list[bool]) -> Event | None:
        places = [line.place for keep, line in zip(kept, self._lines, strict=True) if keep and line.type == "log"]
        return next(self._read(places[-1:]), None)

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

    def _read(self, places: list[int]) -> Iterator[Event]:
        """The events that begin at these bytes of the file."""
        if not places:
            return
        with self._tail.path.open("rb") as file:
            for place in places:
                file.seek(place)
                event = parse_event(file.readline().decode("utf-8", "replace"))
                if event is not None:
                    yield event

    def speed(self, most: int = 20) -> float | None:
        """Images per second of late by the clock, everything included; None where too little was logged."""
        with self.lock:
            images, times = self.log.images[-most:], self.log.times[-most:]
        resumed = max((_time(e) for e in self.events if e["type"] in ("resumed", "started")), default=-math.inf)
        sitting = [(n, t) for n, t in zip(images, times, strict=True) if t >= resumed]
        if len(sitting) < 2 or sitting[-1][1] <= sitting[0][1]:
            return None
        return (sitting[-1][0] - sitting[0][0]) / (sitting[-1][1] - sitting[0][1])


def _time(event: Mapping[str, object]) -> float:
    told = event.get("time")
    return float(told) if isinstance(told, (int, float)) and not isinstance(told, bool) else math.nan
