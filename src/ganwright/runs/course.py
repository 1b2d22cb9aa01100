"""How a run's health went, as its events tell it: what was found when, whether it went away, and what was done."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeGuard

from ganwright.core.events import Event
from ganwright.core.wording import number
from ganwright.health.detectors import DETECTORS
from ganwright.health.detectors.reading import looks_needed
from ganwright.health.diagnosis import DIAGNOSES, Ailment
from ganwright.health.remedies.settings import SETTINGS

SEVERITIES = ("watch", "failing")
"""From bad to worse."""

SAID = {"young": "Too early to say", "healthy": "Healthy", "watch": "To be watched", "failing": "Failing"}
"""Verdicts and severities as people read them."""

NOT_SEEN = "Not seen to fail"
"""What is said instead of healthy where settings are unusual."""


@dataclass(frozen=True)
class Stage:
    """A stretch of one severity. end: images at which it was over; None: it lasts."""

    severity: str
    start: int
    end: int | None = None

    @property
    def text(self) -> str:
        """As in "failing from 32,000 to 60,000 images"."""
        if self.end is None:
            return f"{SAID[self.severity].lower()} since {self.start:,} images"
        return f"{SAID[self.severity].lower()} from {self.start:,} to {self.end:,} images"


@dataclass(frozen=True)
class Episode:
    """One ailment from when it was found to when it was gone.

    evidence: numbers of the newest finding of the worst severity it reached. found_images: when it was first told.
    gone_images: when it was told that it is over; None: it lasts.
    """

    kind: str
    ailment: Ailment
    evidence: Mapping[str, float]
    stages: tuple[Stage, ...]
    found_images: int
    gone_images: int | None = None

    @property
    def severity(self) -> str:
        """The worst that it reached."""
        return max((stage.severity for stage in self.stages), key=SEVERITIES.index)

    @property
    def now(self) -> str:
        """How it stands at the end: its severity, or "gone"."""
        return self.stages[-1].severity if self.gone_images is None else "gone"

    @property
    def onset_images(self) -> int:
        """Since when it was there."""
        return self.stages[0].start

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "kind": self.kind,
            "title": self.ailment.title,
            "severity": self.severity,
            "state": self.now,
            "onset_images": self.onset_images,
            "found_images": self.found_images,
            "gone_images": self.gone_images,
            "evidence": dict(self.evidence),
            "cause": self.ailment.cause,
            "advice": self.ailment.advice,
        }


@dataclass(frozen=True)
class Recovery:
    """One step of a recovery: at from_images, because of `kind`, back to the state of back_to_images, with a remedy.

    remedy: its name. about: what it does and why, in a sentence; empty where that was not told.
    changes: dotted options and their new values. attempt: counted from 1; 0: it was not told.
    """

    kind: str
    from_images: int
    back_to_images: int
    remedy: str
    about: str
    changes: Mapping[str, Any]
    attempt: int

    def text(self, most: int | None = None) -> str:
        """What was done, as in "went back to 30,000 images with the remedy lower-rates (attempt 1 of 6)"."""
        remedy = f" with the remedy {self.remedy}" if self.remedy else ""
        of = f" of {most}" if most else ""
        attempt = f" (attempt {self.attempt}{of})" if self.attempt else ""
        return f"went back to {self.back_to_images:,} images{remedy}{attempt}"

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "kind": self.kind,
            "from_images": self.from_images,
            "back_to_images": self.back_to_images,
            "remedy": self.remedy,
            "about": self.about,
            "changes": dict(self.changes),
            "attempt": self.attempt,
        }


@dataclass(frozen=True)
class Fork:
    """The run that took over at num_images. out: its folder. recipe: what its config is called."""

    num_images: int
    out: str
    recipe: str

    def text(self) -> str:
        """As in "its fork runs/x-fork (recipe 'rescued') takes over"."""
        return f"its fork {self.out} (recipe '{self.recipe}') takes over"


@dataclass
class Course:
    """All episodes and recoveries of a run, in the order in which they were told.

    num_moments: how often the detectors were asked; num_since: since the last step back.
    most: recoveries at most, as the config has it, where it is known. unusual: clauses on settings that are unusual and
    that no recovery has changed. gained: sentences on each step back, written at
    the run's end. fork: the run that took over, if one did.
    Events are taken as they come: what is missing or odd in one is passed over.
    """

    episodes: list[Episode] = field(default_factory=list)
    recoveries: list[Recovery] = field(default_factory=list)
    num_moments: int = 0
    num_since: int = 0
    most: int | None = None
    unusual: list[str] = field(default_factory=list)
    gained: list[str] = field(default_factory=list)
    fork: Fork | None = None

    @classmethod
    def of(cls, events: Iterable[Event], most: int | None = None) -> "Course":
        """What these events tell."""
        course = cls(most=most)
        for event in events:
            match event["type"]:
                case "signals":
                    course.num_moments += 1
                    course.num_since += 1
                case "diagnosis":
                    course._take(event)
                case "recovery":
                    course.recoveries.append(recovery_of(event))
                    course.num_since = 0
                    if event.get("remedy") == SETTINGS:
                        course.unusual = []
                case "settings":
                    told = event.get("unusual")
                    course.unusual = [str(clause) for clause in told] if isinstance(told, list) else []
                case "recovered":
                    told = event.get("lines")
                    course.gained = [str(line) for line in told] if isinstance(told, list) else []
                case "fork":
                    course.fork = fork_of(event)
        return course

    @property
    def watched(self) -> bool:
        """False where nothing was measured and nothing found."""
        return bool(self.num_moments or self.episodes or self.recoveries)

    @property
    def lasting(self) -> list[Episode]:
        """What the run suffers from at the end, the worst first, then by onset."""
        there = [episode for episode in self.episodes if episode.gone_images is None]
        return sorted(there, key=lambda e: (-SEVERITIES.index(e.now), e.onset_images))

    @property
    def verdict(self) -> str:
        """The state at the end: "failing", "watch" or "healthy"; "young" before detectors judge; "unwatched" where
        nobody looked.
        """
        if not self.watched:
            return "unwatched"
        if self.lasting:
            return self.lasting[0].now
        return "young" if self.num_since < self.num_needed else "healthy"

    @property
    def num_needed(self) -> int:
        """Looks that the detectors wait for; of unusual settings they know nothing any more after a step back."""
        return looks_needed(bool(self.unusual) and not self.recoveries)

    @property
    def title(self) -> str:
        """The verdict as people read it."""
        return NOT_SEEN if self.verdict == "healthy" and self.unusual else SAID[self.verdict]

    def sentence(self) -> str:
        """The verdict in one sentence; empty where nobody looked."""
        if not self.watched:
            return ""
        back = f"it went back {times(len(self.recoveries))}" if self.recoveries else ""
        if not self.lasting:
            return self._healthy(back)
        worst, *others = self.lasting
        since = f"{_lowered(worst.ailment.title)}, since {worst.stages[-1].start:,} images"
        more = f"; also {'; '.join(_lowered(e.ailment.title) for e in others)}" if others else ""
        return f"{SAID[worst.now]}: {since}{more}.{f' {back.capitalize()}.' if back else ''}"

    def _healthy(self, back: str) -> str:
        odd = f" Its settings are unusual: {'; '.join(self.unusual)}." if self.unusual else ""
        if self.verdict == "young":
            looks = f"{counted(self.num_since, 'look')} of the {self.num_needed} that detectors wait for"
            return f"{self.title}: {f'{back}, and since then ' if back else ''}{looks}.{odd}"
        if self.episodes:
            earlier = "; ".join(dict.fromkeys(_lowered(e.ailment.title) for e in self.episodes))
            at_end = f"{self.title} at the end{f', after {back}' if back else ''}"
            return f"{at_end}; found earlier and gone: {earlier}.{odd}"
        detectors, moments = counted(len(DETECTORS), "detector"), counted(self.num_moments, "moment")
        seen = f"no failure was seen by {detectors} at {moments}"
        return f"{self.title}{f' after {back}' if back else ''}: {seen}.{odd}"

    def lines(self) -> list[str]:
        """The verdict, what to do about what fails at the end, each step back and what it gained; empty where nobody
        looked.
        """
        if not self.watched:
            return []
        advice = list(dict.fromkeys(e.ailment.advice for e in self.lasting if e.now == "failing" and e.ailment.advice))
        steps = [f"at {r.from_images:,} images it {r.text(self.most)}" for r in self.recoveries]
        fork = [f"at {self.fork.num_images:,} images {self.fork.text()}"] if self.fork else []
        return [self.sentence(), *advice, *(self.gained or steps), *fork]

    def plain(self) -> dict[str, Any] | None:
        """As JSON has it; None where nobody looked."""
        if not self.watched:
            return None
        return {
            "verdict": self.verdict,
            "diagnoses": [episode.plain() for episode in self.episodes],
            "recoveries": [recovery.plain() for recovery in self.recoveries],
            "gained": self.gained,
            "fork": self.fork.out if self.fork else None,
        }

    def _take(self, event: Event) -> None:
        kind, num = str(event.get("kind") or "unknown"), event["num_images"]
        place = next((i for i, e in enumerate(self.episodes) if e.kind == kind and e.gone_images is None), None)
        if event.get("state") == "gone":
            if place is not None:
                self.episodes[place] = _ended(self.episodes[place], num)
            return
        severity = str(event.get("severity")) if event.get("severity") in SEVERITIES else SEVERITIES[0]
        told = event.get("onset_images")
        onset = min(told, num) if _is_count(told) else num
        evidence = _numbers(event.get("evidence"))
        if place is None:
            stages = (Stage(severity, onset),)
            self.episodes.append(Episode(kind, _ailment_of(kind, event), evidence, stages, num))
            return
        before = self.episodes[place]
        keep = SEVERITIES.index(severity) < SEVERITIES.index(before.severity)
        stages = _changed(before.stages, severity, onset, num)
        self.episodes[place] = replace(before, stages=stages, evidence=before.evidence if keep else evidence)


def recovery_of(event: Event) -> Recovery:
    """What an event `recovery` tells."""
    back, attempt, changes = (event.get(name) for name in ("back_to_images", "attempt", "changes"))
    return Recovery(
        str(event.get("kind") or "unknown"),
        event["num_images"],
        back if _is_count(back) else event["num_images"],
        str(event.get("remedy") or ""),
        str(event.get("about") or ""),
        {str(k): v for k, v in changes.items()} if isinstance(changes, dict) else {},
        attempt if _is_count(attempt) else 0,
    )


def fork_of(event: Event) -> Fork:
    """What an event `fork` tells."""
    return Fork(event["num_images"], str(event.get("out") or ""), str(event.get("recipe") or ""))


def told_live(event: Event, most: int | None = None) -> str:
    """A line for those who watch the run train; empty for events that need none. most: how often it may go back."""
    at = f"at {event['num_images']:,} images: "
    if event["type"] == "recovery":
        recovery = recovery_of(event)
        return at + recovery.text(most) + (f": {recovery.about}" if recovery.about else "")
    if event["type"] == "fork":
        return at + fork_of(event).text()
    if event["type"] != "diagnosis":
        return ""
    title, since = event["title"], f"since {event['onset_images']:,} images"
    if event["state"] == "gone":
        return f"{at}{title}: gone"
    evidence = f": {told}" if (told := evidence_text(event["evidence"])) else ""
    if event["severity"] == "failing":
        return f"{at}{title} (failing {since}){evidence}. {event['advice']}"
    eased = "no longer failing, to be watched" if event["state"] == "changed" else f"to be watched {since}"
    return f"{at}{title} ({eased}){evidence}"


def evidence_text(evidence: Mapping[str, float]) -> str:
    """As in "distinct samples = 0.03; coverage = 0.1"."""
    return "; ".join(f"{name} = {number(value)}" for name, value in evidence.items())


def counted(num: int, what: str) -> str:
    """As in "1 moment", "2 moments"."""
    return f"{num:,} {what}{'' if num == 1 else 's'}"


def times(num: int) -> str:
    """As in "once", "twice", "3 times"."""
    return {1: "once", 2: "twice"}.get(num, f"{num} times")


def _changed(stages: tuple[Stage, ...], severity: str, onset: int, told: int) -> tuple[Stage, ...]:
    """Worse counts from its onset; better from when it was told, since its onset may lie before the worst."""
    last = stages[-1]
    if severity == last.severity:
        return stages
    worse = SEVERITIES.index(severity) > SEVERITIES.index(last.severity)
    start = max(onset if worse else told, last.start)
    ended = (*stages[:-1], replace(last, end=start)) if start > last.start else stages[:-1]
    return (*ended, Stage(severity, start))


def _ended(episode: Episode, at: int) -> Episode:
    *stages, last = episode.stages
    return replace(episode, stages=(*stages, replace(last, end=at)), gone_images=at)


def _ailment_of(kind: str, event: Event) -> Ailment:
    known = DIAGNOSES.get(kind, Ailment(kind, "", ""))
    return Ailment(*(str(event.get(name) or getattr(known, name)) for name in ("title", "cause", "advice")))


def _lowered(title: str) -> str:
    return title[:1].lower() + title[1:]


def _numbers(told: Any) -> dict[str, float]:
    named = told if isinstance(told, dict) else {}
    return {str(n): float(v) for n, v in named.items() if isinstance(v, (int, float)) and not isinstance(v, bool)}


def _is_count(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
