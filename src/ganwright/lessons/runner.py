"""Runs lessons: trains what is not trained yet, reads the logs, judges the claims and writes the page."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ganwright.core.errors import UserError, nearest
from ganwright.lessons.base import Claim, Lesson, Stage, Training
from ganwright.lessons.probes import Measuring
from ganwright.lessons.results import Record, record_of
from ganwright.runs.folder import RunFolder
from ganwright.runs.plan import Plan, plan
from ganwright.runs.train import train_plan
from ganwright.training import Callback
from ganwright.training.precision import flushed_denormals

COMMON: dict[str, Any] = {"ema.half_life_images": 0, "keep_checkpoints": 1, "panel_size": 60}
"""Options of every run, unless the lesson says otherwise: samples show the generator as it is, not its average."""

Watch = Callable[[str, Plan], AbstractContextManager[Callback | None]]
"""Makes the display of one run, by its title and plan."""


@dataclass(frozen=True)
class Outcome:
    """A lesson on one seed: what was trained, measured and found.

    folder: of the lesson and seed, with a run folder for each run. page: the lesson's page there.
    """

    lesson: Lesson
    stage: Stage
    seed: int
    folder: Path
    records: Mapping[str, Record]
    claims: tuple[Claim, ...]

    @property
    def holds(self) -> bool:
        """True where every claim does."""
        return all(claim.holds for claim in self.claims)

    @property
    def page(self) -> Path:
        """lesson.html."""
        return self.folder / "lesson.html"

    def run_folder(self, name: str) -> RunFolder:
        """The folder of one of its runs."""
        return RunFolder(self.folder / name)

    def plain(self) -> dict[str, Any]:
        """What there is to know for a program: verdict, claims, and each scalar measure's first and last value."""
        numbers = {
            name: {measure: [record[measure].first, record[measure].last] for measure in scalars(self.lesson, record)}
            for name, record in self.records.items()
        }
        return {
            "lesson": self.lesson.name,
            "data": self.stage.data,
            "seed": self.seed,
            "holds": self.holds,
            "claims": [{"holds": c.holds, "sentence": c.sentence} for c in self.claims],
            "numbers": numbers,
            "failures": {name: record.failure for name, record in self.records.items() if record.failure},
            "folder": self.folder,
            "page": self.page,
        }


def scalars(lesson: Lesson, record: Record) -> list[str]:
    """The lesson's measures that are numbers in a record."""
    return [m for m in lesson.measures if m in record and record[m].numbers]


def stage_of(lesson: Lesson, data: str | None) -> Stage:
    """The stage for a data set; None: the lesson's first. Raises UserError with the others where it has none."""
    if data is None:
        return next(iter(lesson.stages.values()))
    if data not in lesson.stages and lesson.no_images:
        raise UserError(f"lesson {lesson.name} has no image version, because {lesson.no_images}; leave --data out")
    if data not in lesson.stages:
        raise UserError(f"lesson {lesson.name} has no version for '{data}'; {nearest(data, lesson.stages)}")
    return lesson.stages[data]


def folder_of(lesson: Lesson, stage: Stage, seed: int, out: str | Path | None = None) -> Path:
    """Where a lesson leaves its runs and its page: runs/lesson-NAME/seed-S, or OUT/seed-S."""
    first = next(iter(lesson.stages.values()))
    name = f"lesson-{lesson.name}" if stage is first else f"lesson-{lesson.name}-{stage.data}"
    return (Path(out) if out else Path("runs") / name) / f"seed-{seed}"


def options_of(stage: Stage, training: Training) -> dict[str, Any]:
    """All options that a run is given beside data, recipe, length and seed."""
    return {**COMMON, **stage.options, **training.options}


def length_of(stage: Stage, training: Training) -> int:
    """Images that a run is trained for."""
    return max(1, round(stage.images * training.length))


def measures_of(lesson: Lesson, name: str) -> tuple[str, ...]:
    """What is measured in one of a lesson's runs."""
    own = lesson.runs[name].measures
    return lesson.measures if own is None else own


def plan_of(
    lesson: Lesson, stage: Stage, name: str, seed: int, folder: Path, data_dir: str | Path | None = None
) -> Plan:
    """The plan of one of a lesson's runs."""
    training = lesson.runs[name]
    return plan(
        stage.data,
        training.recipe or stage.recipe,
        images=length_of(stage, training),
        seed=seed,
        overrides=options_of(stage, training),
        data_dir=None if data_dir is None else str(data_dir),
        out=folder / name,
    )


def run_lesson(
    lesson: Lesson,
    *,
    data: str | None = None,
    seed: int = 0,
    out: str | Path | None = None,
    data_dir: str | Path | None = None,
    watch: Watch | None = None,
) -> Outcome:
    """Train what a lesson needs and judge it; finished runs are taken as they are, interrupted ones go on.

    data: one of the lesson's stages; None: its first. seed: of every run.
    out: None: runs/lesson-NAME below the working folder; the seed's folder is made inside.
    data_dir: a folder with standard data files, <data_dir>/<name>/...
    watch: makes a display for each run.
    Raises UserError for what cannot be, Interrupted after SIGINT or SIGTERM.
    """
    stage = stage_of(lesson, data)
    folder = folder_of(lesson, stage, seed, out)
    records: dict[str, Record] = {}
    with flushed_denormals(), _threads(stage):
        for name in lesson.runs:
            _train(lesson, stage, name, seed, folder, data_dir, watch)
            records[name] = _read(measures_of(lesson, name), folder / name)
    return Outcome(lesson, stage, seed, folder, records, tuple(lesson.claims(records)))


def read_outcome(
    lesson: Lesson, *, data: str | None = None, seed: int = 0, out: str | Path | None = None
) -> Outcome | None:
    """What a lesson came to, from its logs alone: nothing is trained, and nothing heavy is loaded.

    Arguments as of `run_lesson`. None where it has not run to its end there. Raises UserError for what cannot be.
    """
    stage = stage_of(lesson, data)
    folder = folder_of(lesson, stage, seed, out)
    if not all(_has_ended(lesson.runs[name], RunFolder(folder / name)) for name in lesson.runs):
        return None
    records = {name: _read(measures_of(lesson, name), folder / name) for name in lesson.runs}
    return Outcome(lesson, stage, seed, folder, records, tuple(lesson.claims(records)))


def _has_ended(training: Training, folder: RunFolder) -> bool:
    """True where a run was trained to its end, or to a failure that is a result."""
    endings = [e["type"] for e in folder.events() if e["type"] in ("finished", "resumed", "failed", "interrupted")]
    return endings[-1:] == ["finished"] or (training.may_fail and "failed" in endings)


@contextmanager
def _threads(stage: Stage) -> Iterator[None]:
    """The stage's number of threads for a while."""
    before = torch.get_num_threads()
    torch.set_num_threads(stage.num_threads or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _train(
    lesson: Lesson,
    stage: Stage,
    name: str,
    seed: int,
    folder: Path,
    data_dir: str | Path | None,
    watch: Watch | None,
) -> None:
    """Train one run to its end, or to where its numbers stop being finite if that may happen."""
    training = lesson.runs[name]
    made = plan_of(lesson, stage, name, seed, folder, data_dir)
    if _is_done(made) or (training.may_fail and _failed(made.folder)):
        return
    origin = None if training.starts_from is None else folder / training.starts_from
    with watch(training.title, made) if watch else nullcontext() as display:
        try:
            callbacks: Sequence[Callback] = () if display is None else (display,)
            train_plan(made, fork=origin, callbacks=callbacks, measure=Measuring(made, measures_of(lesson, name)))
        except UserError:
            if not (training.may_fail and _failed(made.folder)):
                raise


def _is_done(made: Plan) -> bool:
    return made.resumes is not None and made.resumes >= made.config.images


def _failed(folder: RunFolder) -> bool:
    return any(event["type"] == "failed" for event in folder.events())


def _read(measures: Sequence[str], place: Path) -> Record:
    record = record_of(RunFolder(place).events())
    missing = [m for m in measures if m not in record]
    if missing:
        raise UserError(
            f"{place} was trained without measuring {', '.join(missing)}; remove it, or choose another --out"
        )
    return record
