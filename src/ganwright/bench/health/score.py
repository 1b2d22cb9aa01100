"""How well the detectors did on recorded runs: confusion, detection, false alarms and delay, from truth and replay."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any, Literal

from ganwright.bench.health.cells import CELLS
from ganwright.bench.health.record import HEALTHY, Job
from ganwright.bench.health.replay import Alarm, alarm_of
from ganwright.bench.health.sabotages import SABOTAGES
from ganwright.bench.health.truth import Course, is_healthy, truth_of
from ganwright.core.errors import UserError
from ganwright.core.events import Event, read_events
from ganwright.health.watcher import settings
from ganwright.metrics.two_sample import wilson_interval
from ganwright.recipes.catalog import origin

Label = Literal["healthy", "failed", "kept up", "unfit"]
"""healthy: not sabotaged, and as good as its cell should be. failed: sabotaged, and by its outcome worse than its twin.
kept up: sabotaged, yet as good. unfit: not sabotaged and not as good as it should be, or sabotaged with such a twin."""

NONE = "none"


@dataclass(frozen=True)
class Verdict:
    """One run: what was true of it, and what the detectors said.

    reasons: in which respects it fell short. onset_images: since when. alarm: the first one, or None.
    images: the run's length.
    """

    cell: str
    sabotage: str
    seed: int
    label: Label
    images: int
    reasons: tuple[str, ...] = ()
    onset_images: int | None = None
    alarm: Alarm | None = None

    @property
    def kind(self) -> str:
        """What was done to it: the primary diagnosis, or healthy."""
        return HEALTHY if self.sabotage == HEALTHY else SABOTAGES[self.sabotage].right[0]

    @property
    def said(self) -> str:
        """What was named first at the first alarm, or none."""
        return self.alarm.kind if self.alarm else NONE

    @property
    def right(self) -> bool:
        """Whether that is one of the diagnoses that count as right."""
        return self.alarm is not None and self.alarm.kind in SABOTAGES[self.sabotage].right

    @property
    def right_in_the_end(self) -> bool:
        """The same of what is named first at the end of the run."""
        return self.alarm is not None and self.alarm.last in SABOTAGES[self.sabotage].right

    @property
    def delay(self) -> float | None:
        """From the true onset to the first alarm, as a share of the run; 0 for an alarm before; None without both."""
        if self.alarm is None or self.onset_images is None:
            return None
        return max(0, self.alarm.num_images - self.onset_images) / self.images

    def plain(self) -> dict[str, Any]:
        """All of it as plain data for JSON."""
        return {**asdict(self), "kind": self.kind, "said": self.said, "delay": self.delay}


@dataclass(frozen=True)
class Rate:
    """A share of `total`, with Wilson's 95% interval; None of both where there is nothing to count."""

    count: int
    total: int

    @property
    def share(self) -> float | None:
        """count / total."""
        return self.count / self.total if self.total else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Where the true share lies."""
        return wilson_interval(self.count / self.total, self.total) if self.total else None

    def plain(self) -> dict[str, Any]:
        """As plain data for JSON."""
        return {"count": self.count, "total": self.total, "share": self.share, "interval": self.interval}


@dataclass(frozen=True)
class Score:
    """All verdicts, and what they add up to."""

    verdicts: tuple[Verdict, ...]

    def of(self, label: Label) -> list[Verdict]:
        """Those with this label."""
        return [v for v in self.verdicts if v.label == label]

    @property
    def detection(self) -> Rate:
        """Sabotaged runs that truly failed and for which there was an alarm."""
        return _rate(self.of("failed"), lambda v: v.alarm is not None)

    @property
    def right(self) -> Rate:
        """Sabotaged runs that truly failed and whose first alarm named a right diagnosis first."""
        return _rate(self.of("failed"), lambda v: v.right)

    @property
    def right_in_the_end(self) -> Rate:
        """The same of what was named first at the end."""
        return _rate(self.of("failed"), lambda v: v.right_in_the_end)

    @property
    def false_alarms(self) -> Rate:
        """Healthy runs with an alarm, at any time."""
        return _rate(self.of("healthy"), lambda v: v.alarm is not None)

    @property
    def delay(self) -> float | None:
        """Median, over detected failures, as a share of the run."""
        delays = [v.delay for v in self.of("failed") if v.delay is not None]
        return median(delays) if delays else None

    @property
    def num_early(self) -> int:
        """Failures that were detected before the outcome showed them."""
        return sum(
            v.alarm is not None and v.onset_images is not None and v.alarm.num_images < v.onset_images
            for v in self.of("failed")
        )

    @property
    def confusion(self) -> dict[str, Counter[str]]:
        """What was said, by what was done: failures by their primary diagnosis, and healthy runs."""
        table: dict[str, Counter[str]] = {}
        for verdict in (*self.of("failed"), *self.of("healthy")):
            table.setdefault(verdict.kind, Counter())[verdict.said] += 1
        return table

    @property
    def by_sabotage(self) -> dict[str, "Score"]:
        """The same for each sabotage alone, in the order of the table."""
        return {
            name: Score(own) for name in SABOTAGES if (own := tuple(v for v in self.verdicts if v.sabotage == name))
        }

    def plain(self) -> dict[str, Any]:
        """All figures and verdicts as plain data for JSON."""
        labels = Counter(v.label for v in self.verdicts)
        return {
            "runs": dict(labels),
            "detection": self.detection.plain(),
            "right": self.right.plain(),
            "right_in_the_end": self.right_in_the_end.plain(),
            "false_alarms": self.false_alarms.plain(),
            "median_delay": self.delay,
            "early": self.num_early,
            "confusion": {kind: dict(said) for kind, said in self.confusion.items()},
            "verdicts": [v.plain() for v in self.verdicts],
        }


def _rate(verdicts: Sequence[Verdict], counts: Callable[[Verdict], bool]) -> Rate:
    return Rate(sum(map(counts, verdicts)), len(verdicts))


def score(jobs: Iterable[Job], report: Callable[[int, int], None] | None = None) -> Score:
    """Judge the runs of these jobs that are done. Raises UserError where none is, and for one without its twin."""
    done = [job for job in jobs if job.done and job.on_failure == "warn"]
    if not done:
        raise UserError("there is no recorded run to judge; record some first")
    events = EventsOf()
    verdicts = []
    for count, job in enumerate(done, 1):
        verdicts.append(verdict_of(job, events))
        if report is not None:
            report(count, len(done))
    return Score(tuple(verdicts))


class EventsOf:
    """Reads the events of runs; those of twins are kept as courses, since several runs are judged by each."""

    def __init__(self) -> None:
        self._twins: dict[Path, Course] = {}

    def run(self, job: Job) -> list[Event]:
        """The events of a run, with what is unusual in its settings as it would be told today."""
        events = [event for event in read_events(job.folder / "events.jsonl") if event["type"] != "settings"]
        if told := settings_of(job):
            events.insert(next((i for i, e in enumerate(events, 1) if e["type"] == "started"), 0), told)
        return events

    def twin(self, job: Job) -> Course:
        """The course of the run of the same cell and seed without sabotage."""
        twin = job.twin
        if not twin.done:
            raise UserError(f"{job.name} cannot be judged without its healthy twin, which is not recorded; record it")
        if twin.folder not in self._twins:
            self._twins[twin.folder] = Course.of(self.run(twin))
        return self._twins[twin.folder]


def settings_of(job: Job) -> Event | None:
    """What a watcher writes of the settings that the run begins with; None where nothing is unusual.

    Of options that a sabotage changes later in the run it is not told: no user's options change under way.
    """
    config = CELLS[job.cell].config(job.seed)
    sabotage = SABOTAGES.get(job.sabotage)
    if sabotage is not None and not sabotage.begins:
        config = config.override(sabotage.changes(config))
    told = settings(config, origin(config))
    return {"type": "settings", "iteration": 0, "num_images": 0, **told} if told["unusual"] else None


def verdict_of(job: Job, read: EventsOf) -> Verdict:
    """Judge one recorded run."""
    cell, events = CELLS[job.cell], read.run(job)
    twin_is_fit = is_healthy(read.twin(job), cell.standard)
    common: Mapping[str, Any] = {"cell": job.cell, "sabotage": job.sabotage, "seed": job.seed, "images": cell.images}
    if job.sabotage == HEALTHY:
        return Verdict(**common, label="healthy" if twin_is_fit else "unfit", alarm=alarm_of(events, cell.images))
    begins = round(SABOTAGES[job.sabotage].begins * cell.images)
    alarm = alarm_of(events, cell.images, begins)
    if not twin_is_fit:
        return Verdict(**common, label="unfit", alarm=alarm)
    truth = truth_of(Course.of(events), read.twin(job), begins)
    label: Label = "failed" if truth.failed else "kept up"
    return Verdict(**common, label=label, reasons=truth.reasons, onset_images=truth.onset_images, alarm=alarm)
