"""What detectors may know of a run, as its events tell it: signals, logs and unusual settings. Never the truth."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ganwright.core.events import Event
from ganwright.health.series import Series

MOST = 400
"""Looks that are remembered; of logged scalars four times as many."""

HEARD = ("started", "settings", "log", "signals", "nonfinite", "recovery")
"""Types of the events that a history takes in."""


STEP, PATH = "update_generator", "path"
"""The signal that the path is made of, and its name among the values of a look."""


@dataclass(frozen=True)
class Moment:
    """Numbers that were measured at one time; those that could not be measured are left out."""

    num_images: int
    values: Mapping[str, float]


@dataclass
class History:
    """Grows by one event after another.

    Of long runs every second look is forgotten whenever there are `MOST` of them, and those between are no longer taken
    in, so that asking costs the same however long the run is.

    looks: the signals, by their names in SIGNALS. logs: the scalars of the log, e.g. "discriminator/loss".
    nonfinite: what was not finite, and when. total_images: length of the run, None where it is not known.
    path: how far the generator's weights have gone, in their own length: the sum over looks of the relative length of
    its steps times their number since the look before; None where its steps are not known. unusual, explains: what is
    unusual in the settings and which ailments that leads to, as the watcher wrote it; nothing after a recovery, since
    what remedies made is not asked.
    After a recovery what was seen between the state that it went back to and the recovery is forgotten: detectors look
    at the run as it goes on.
    """

    looks: list[Moment] = field(default_factory=list)
    logs: list[Moment] = field(default_factory=list)
    nonfinite: list[tuple[int, str]] = field(default_factory=list)
    total_images: int | None = None
    begun: int = 0
    path: float | None = None
    unusual: tuple[str, ...] = ()
    explains: frozenset[str] = frozenset()
    iteration: int = 0
    stride: int = 1
    num_told: int = 0

    @classmethod
    def of(cls, events: Iterable[Event], total_images: int | None = None) -> "History":
        """All that these events tell."""
        history = cls(total_images=total_images)
        for event in events:
            history.add(event)
        return history

    def add(self, event: Event) -> bool:
        """Take in an event; those of other types tell nothing. False for a look that was passed over."""
        num = event["num_images"]
        match event["type"]:
            case "signals":
                self.num_told += 1
                told = _numbers(event["values"])
                self._walk(told.get(STEP), event.get("iteration", 0))
                if self.num_told % self.stride:
                    return False
                self.looks.append(Moment(num, told if self.path is None else {**told, PATH: self.path}))
                self._thin()
            case "log":
                self.logs.append(Moment(num, _numbers(event["scalars"])))
            case "nonfinite":
                self.nonfinite.append((num, str(event["what"])))
            case "settings" if not self.begun:
                self.settle(event)
            case "recovery":
                self.iteration = event.get("iteration", 0)
                self._go_back(event["back_to_images"], num)
        return True

    def settle(self, settings: Mapping[str, Any]) -> None:
        """Take in what is unusual in the settings."""
        self.unusual, self.explains = tuple(settings.get("unusual", ())), frozenset(settings.get("explains", ()))

    def _walk(self, step: float | None, iteration: int) -> None:
        if step is not None and math.isfinite(step):
            self.path = (self.path or 0.0) + step * max(0, iteration - self.iteration)
        self.iteration = iteration

    def _thin(self) -> None:
        if len(self.looks) >= MOST:
            self.looks[:] = self.looks[1::2]
            self.stride *= 2
        if len(self.logs) >= 4 * MOST:
            self.logs[:] = self.logs[1::2]

    def knows(self, name: str) -> bool:
        """True where a signal or scalar of this name was measured at least once."""
        return any(name in moment.values for part in (self.looks, self.logs) for moment in reversed(part))

    def signal(self, name: str) -> Series:
        """A signal over time."""
        return _series(self.looks, name)

    def scalar(self, name: str) -> Series:
        """A scalar of the log over time."""
        return _series(self.logs, name)

    @property
    def num_images(self) -> int:
        """The newest moment of which it knows."""
        times = [*(part[-1].num_images for part in (self.looks, self.logs) if part), *(n for n, _ in self.nonfinite)]
        return max(times, default=0)

    def _go_back(self, to: int, now: int) -> None:
        for part in (self.looks, self.logs):
            part[:] = [moment for moment in part if moment.num_images <= to]
        self.nonfinite.clear()
        self.begun, self.unusual, self.explains = now, (), frozenset()
        self.path = self.looks[-1].values.get(PATH) if self.looks else None


def _numbers(values: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in values.items() if isinstance(value, (int, float))}


def _series(moments: list[Moment], name: str) -> Series:
    told = [(m.num_images, m.values[name]) for m in moments if name in m.values]
    return Series(tuple(n for n, _ in told), tuple(v for _, v in told))
