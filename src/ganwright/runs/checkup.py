"""What a diagnosis after the fact comes to: verdict, evidence, cause, advice, and all that was found on the way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rich.text import Text

from ganwright.health.detectors import DETECTORS
from ganwright.health.detectors.losses_only import D_LOSS, G_LOSS, limit
from ganwright.health.detectors.reading import ready
from ganwright.health.history import History
from ganwright.health.replay import by_losses
from ganwright.health.series import Series
from ganwright.runs import checkup_text
from ganwright.runs.course import Course, Episode

USUAL = (D_LOSS, G_LOSS, "rank_real_fake", "distance", "coverage_averaged", "diversity_averaged")
MOST_SHOWN = 6

Verdict = Literal["young", "healthy", "watch", "failing"]


@dataclass(frozen=True)
class Origin:
    """What was looked at. kind: run, log or samples. about: in a few words. unit: what times count.

    state: how a run stands, a sentence; empty for others.
    """

    kind: Literal["run", "log", "samples"]
    path: str
    about: str
    unit: str
    state: str = ""


@dataclass(frozen=True)
class Checkup:
    """The result of `diagnose`; `print` it, or take `plain()`.

    course: what was found when, and what was done. history: what the detectors knew at the end.
    num_moments: how often they were asked. silent: kinds of which nothing can be said -> why.
    notes: what was assumed, one sentence each. columns: role -> column of another program's log.
    """

    origin: Origin
    course: Course
    history: History
    num_moments: int
    silent: Mapping[str, str]
    notes: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """How it stands at the end; healthy: those that could look see nothing; young: it is too early for them all."""
        primary = self.primary
        if primary is None:
            return "young" if self.waiting and set(self.waiting) == self._patient else "healthy"
        return "failing" if primary.now == "failing" else "watch"

    @property
    def primary(self) -> Episode | None:
        """The likeliest root of the trouble at the end; None where there is none."""
        order = list(DETECTORS)
        lasting = self.course.lasting
        worst = [e for e in lasting if e.now == lasting[0].now]
        rank = {kind: (kind not in self.history.explains, at) for at, kind in enumerate(order)}
        return min(worst, key=lambda e: rank.get(e.kind, (True, len(order))), default=None)

    @property
    def num_images(self) -> int:
        """The newest moment, in `origin.unit`."""
        return self.history.num_images

    @property
    def by_losses(self) -> list[str]:
        """Kinds of which only the losses tell."""
        return by_losses(self.history)

    @property
    def waiting(self) -> list[str]:
        """Kinds that can be told of once there are more looks, or more moments of a log, than now."""
        looks_short = not ready(self.history, ())
        losses_short = len(self.history.scalar(D_LOSS)) < limit("warm_up_moments")
        losses = self.by_losses
        return [
            kind for kind in DETECTORS if kind in self._patient and (losses_short if kind in losses else looks_short)
        ]

    @property
    def _patient(self) -> set[str]:
        """Kinds that can be told of and that need a course: all but numbers that are not finite."""
        return set(DETECTORS) - set(self.silent) - {"non-finite"}

    def decisive(self) -> dict[str, Series]:
        """The numbers that say most: those that the primary diagnosis rests on, then the usual ones."""
        needs = DETECTORS[self.primary.kind].needs if self.primary and self.primary.kind in DETECTORS else ()
        found: dict[str, Series] = {}
        for name in (*needs, *USUAL):
            series = self.history.scalar(name)
            series = series if len(series) else self.history.signal(name)
            if len(series) > 1:
                found[name] = series
        return dict(list(found.items())[:MOST_SHOWN])

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        primary = self.primary
        told = self.course.plain() or {"diagnoses": [], "recoveries": []}
        return {
            self.origin.kind: self.origin.path,
            "verdict": self.verdict,
            "primary": None if primary is None else primary.kind,
            "unit": self.origin.unit,
            "num_images": self.num_images,
            "num_moments": self.num_moments,
            "diagnoses": told["diagnoses"],
            "recoveries": told["recoveries"],
            "silent": dict(self.silent),
            "by_losses": self.by_losses,
            "waiting": self.waiting,
            "columns": dict(self.columns),
            "notes": list(self.notes),
        }

    def text(self, width: int = 80, ascii_only: bool = False) -> Text:
        """As people read it. width: of a line that is drawn; ascii_only: for terminals without other characters."""
        return checkup_text.text(self, width, ascii_only)

    def __str__(self) -> str:
        return self.text().plain
