"""What recovery gains: sabotaged runs that may help themselves, beside those that were left alone; and healthy ones."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from ganwright.bench.health.record import HEALTHY, Job
from ganwright.bench.health.sabotages import SABOTAGES
from ganwright.bench.health.score import EventsOf, Rate, verdict_of
from ganwright.bench.health.truth import Course, has_recovered
from ganwright.core.events import Event, read_events

_MEASURED = ("log", "signals", "outcome")
"""Events that must be the same in a healthy run, whether or not it may recover."""


@dataclass(frozen=True)
class Recovered:
    """One sabotaged run that was trained again with recovery.

    failed: whether it truly failed when it was left alone. recovered: whether it ended as its healthy twin did.
    num_steps: how often it went back. forked: whether a fork took over.
    """

    cell: str
    sabotage: str
    seed: int
    failed: bool
    recovered: bool
    num_steps: int
    forked: bool


@dataclass(frozen=True)
class Unharmed:
    """One healthy run that was trained again with recovery.

    alarmed: whether it went back at all. same: whether every number that was measured is the same.
    as_good: whether it ended as the one that was left alone did.
    """

    cell: str
    seed: int
    alarmed: bool
    same: bool
    as_good: bool


@dataclass(frozen=True)
class Recoveries:
    """All of them, and what they add up to."""

    sabotaged: tuple[Recovered, ...]
    healthy: tuple[Unharmed, ...]

    @property
    def rate(self) -> Rate:
        """Of the recoverable sabotages that truly failed, those that ended as their twins did."""
        failed = [r for r in self.sabotaged if r.failed]
        return Rate(sum(r.recovered for r in failed), len(failed))

    @property
    def unharmed(self) -> Rate:
        """Of the healthy runs, those that are identical, or in which an alarm made a difference that did no harm."""
        return Rate(sum(h.same or (h.alarmed and h.as_good) for h in self.healthy), len(self.healthy))

    def plain(self) -> dict[str, Any]:
        """All of it as plain data for JSON."""
        return {
            "recovered": self.rate.plain(),
            "unharmed": self.unharmed.plain(),
            "sabotaged": [asdict(r) for r in self.sabotaged],
            "healthy": [asdict(h) for h in self.healthy],
        }


def recovery_jobs(jobs: Iterable[Job]) -> list[Job]:
    """The runs that are trained again with recovery: recoverable sabotages, and the twins of their seeds."""
    jobs = list(jobs)
    chosen = [job for job in jobs if job.sabotage != HEALTHY and SABOTAGES[job.sabotage].recoverable]
    healthy = [job for job in jobs if job.sabotage == HEALTHY]
    return [replace(job, on_failure="recover") for job in (*chosen, *healthy)]


def recoveries(jobs: Iterable[Job]) -> Recoveries:
    """Compare the runs of these jobs, trained with recovery, with those that were left alone."""
    read = EventsOf()
    sabotaged, healthy = [], []
    for job in jobs:
        plain = replace(job, on_failure="warn")
        if not (job.done and plain.done):
            continue
        if job.sabotage == HEALTHY:
            healthy.append(_unharmed(job, plain, read))
        else:
            sabotaged.append(_recovered(job, plain, read))
    return Recoveries(tuple(sabotaged), tuple(healthy))


def _recovered(job: Job, plain: Job, read: EventsOf) -> Recovered:
    events, forked = read.run(job), job.fork.exists()
    course = Course.of(read_events(job.fork / "events.jsonl") if forked else events)
    return Recovered(
        job.cell,
        job.sabotage,
        job.seed,
        failed=verdict_of(plain, read).label == "failed",
        recovered=has_recovered(course, read.twin(job)),
        num_steps=sum(e["type"] == "recovery" for e in events),
        forked=forked,
    )


def _unharmed(job: Job, plain: Job, read: EventsOf) -> Unharmed:
    mine, theirs = read.run(job), read.run(plain)
    return Unharmed(
        job.cell,
        job.seed,
        alarmed=any(e["type"] in ("recovery", "fork") for e in mine),
        same=_measured(mine) == _measured(theirs),
        as_good=has_recovered(Course.of(mine), Course.of(theirs)),
    )


def _measured(events: Sequence[Event]) -> list[Event]:
    """What was measured, without what the clock on the wall said; NaN, which equals nothing, by its name."""
    return [
        {key: _named(value) for key, value in event.items() if not _of_the_clock(key)}
        for event in events
        if event["type"] in _MEASURED
    ]


def _of_the_clock(key: str) -> bool:
    return key in ("time", "seconds") or key.endswith(("_seconds", "_per_second"))


def _named(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _named(v) for k, v in value.items()}
    return "nan" if isinstance(value, float) and value != value else value
