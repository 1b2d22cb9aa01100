"""Trains the runs of a half and keeps their events. What is done is not done again; what was cut short starts anew."""

import multiprocessing
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from ganwright.algorithms.phase import Algorithm
from ganwright.bench.health.cells import CELLS, Cell
from ganwright.bench.health.outcome import Outcomes, judge_of
from ganwright.bench.health.sabotages import SABOTAGES, Sabotage, sabotages_of
from ganwright.core.files import write_json
from ganwright.recipes.run_config import RunConfig
from ganwright.runs.plan import Plan, plan
from ganwright.runs.train import train_plan
from ganwright.training import Callback, Engine, Interrupted
from ganwright.training.engine import TrainingFailed
from ganwright.training.precision import flushed_denormals

HEALTHY = "healthy"
DONE = "done.json"

Report = Callable[[int, int, str], None]
"""Takes how many runs are done, how many there are, and the newest one's name."""


@dataclass(frozen=True)
class Job:
    """One run of the matrix.

    sabotage: its name, or `healthy`. on_failure: what the run does where it is found failing.
    place: the folder of all. keep: leave checkpoints and pictures too.
    """

    cell: str
    sabotage: str
    seed: int
    place: Path
    data_dir: str | None = None
    on_failure: str = "warn"
    keep: bool = False

    @property
    def folder(self) -> Path:
        """The run folder."""
        mode = "" if self.on_failure == "warn" else f"-{self.on_failure}"
        return self.place / CELLS[self.cell].half / self.cell / f"{self.sabotage}{mode}-{self.seed}"

    @property
    def fork(self) -> Path:
        """Where the run goes that takes over if this one cannot be recovered."""
        return self.folder.with_name(f"{self.folder.name}-fork")

    @property
    def done(self) -> bool:
        """True where it was trained to its end, or to where its numbers stopped being finite."""
        return (self.folder / DONE).is_file()

    @property
    def twin(self) -> "Job":
        """The run of the same cell and seed without sabotage, trained as it comes."""
        return replace(self, sabotage=HEALTHY, on_failure="warn")

    @property
    def name(self) -> str:
        """In words, for progress."""
        return f"{self.cell}, {self.sabotage}, seed {self.seed}"


def jobs_of(
    cells: Sequence[Cell],
    place: Path,
    *,
    first_seed: int,
    seeds: int,
    healthy_seeds: int,
    sabotages: list[str] | None = None,
    data_dir: str | None = None,
    keep: bool = False,
) -> list[Job]:
    """Every run of the matrix: seed by seed the sabotages of all cells, each seed's healthy twins first.

    seeds: of each sabotage. healthy_seeds: of the runs without one; at least as many as seeds.
    """
    jobs: list[Job] = []
    for seed in range(first_seed, first_seed + max(seeds, healthy_seeds)):
        for cell in cells:
            names = [s.name for s in sabotages_of(cell, sabotages)] if seed < first_seed + seeds else []
            jobs += [Job(cell.name, name, seed, place, data_dir, keep=keep) for name in (HEALTHY, *names)]
    return jobs


def record(jobs: Sequence[Job], workers: int = 1, report: Report | None = None) -> None:
    """Train what is not done yet, in this process or in several of one thread each.

    Raises Interrupted after a signal; the same call then goes on.
    """
    open_ = [job for job in jobs if not job.done]
    done = len(jobs) - len(open_)
    for count, name in enumerate(_trained(open_, workers), done + 1):
        if report is not None:
            report(count, len(jobs), name)


def _trained(jobs: Sequence[Job], workers: int) -> Iterator[str]:
    """Names of the runs as they are done."""
    if workers <= 1:
        with _one_thread():
            for job in jobs:
                train(job)
                yield job.name
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_begin_worker) as pool:
        names = {pool.submit(_train_there, job): job.name for job in jobs}
        try:
            for future in as_completed(names):
                if (stopped_by := future.result()) is not None:
                    raise Interrupted(*stopped_by)
                yield names[future]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _begin_worker() -> None:
    """One thread a worker, and no worker that outlives whoever asked for its work."""
    torch.set_num_threads(1)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def follow() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


@contextmanager
def _one_thread() -> Iterator[None]:
    """The results must not depend on the number of threads, and runs are too small for several."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _train_there(job: Job) -> tuple[int, int] | None:
    """Train in a worker; an interruption comes back as its arguments, since it cannot cross processes itself."""
    try:
        train(job)
    except Interrupted as stop:
        return stop.signal_number, stop.num_images
    return None


def train(job: Job) -> None:
    """Train one run and write what it was."""
    cell, sabotage = CELLS[job.cell], SABOTAGES.get(job.sabotage)
    for folder in (job.folder, job.fork):
        shutil.rmtree(folder, ignore_errors=True)
    start = time.monotonic()
    planned, late = planned_run(job, cell, sabotage)
    judge = judge_of(cell, planned.dataset, job.data_dir)

    def attach(engine: Engine) -> list[Callback]:
        begins = [Begins(engine, planned, late, job.sabotage)] if late else []
        return [Outcomes(engine, judge, cell.num_samples), *begins]

    status = "finished"
    try:
        with flushed_denormals():
            train_plan(planned, attach=attach)
    except TrainingFailed:
        status = "failed"
    if not job.keep:
        _tidy(job.folder)
        _tidy(job.fork)
    what = {"cell": job.cell, "sabotage": job.sabotage, "seed": job.seed, "on_failure": job.on_failure}
    write_json(job.folder / DONE, {**what, "status": status, "seconds": time.monotonic() - start})


class Late:
    """A sabotage that has yet to begin. on: whether it has."""

    def __init__(self, sabotage: Sabotage) -> None:
        self.sabotage = sabotage
        self.on = False


class Begins(Callback):
    """Begins a sabotage in the middle of a run: from then on another config and another game, the same networks."""

    def __init__(self, engine: Engine, planned: Plan, late: Late, name: str) -> None:
        self._engine, self._plan, self._late, self._name = engine, planned, late, name

    def on_iteration(self, num_images: int) -> None:
        sabotage, engine = self._late.sabotage, self._engine
        if self._late.on or num_images < sabotage.begins * engine.config.images:
            return
        self._late.on = True
        assert isinstance(engine.config, RunConfig)
        config = engine.config.override(sabotage.changes(engine.config))
        engine.controls.change(config, self._plan.algorithm(config, engine.networks))
        engine.emit("sabotage", name=self._name)


def planned_run(job: Job, cell: Cell, sabotage: Sabotage | None) -> tuple[Plan, Late | None]:
    """The plan of a run, broken from its start; and the sabotage that is to begin later, if it is one of these."""
    config = cell.config(job.seed).override({"on_failure": job.on_failure})
    late = Late(sabotage) if sabotage is not None and sabotage.begins else None
    if sabotage is not None and late is None:
        config = config.override(sabotage.changes(config), f"sabotage '{sabotage.name}'")
    planned = plan(None, config, data_dir=job.data_dir, out=job.folder)
    if sabotage is None:
        return planned, None
    if sabotage.num_items is not None and sabotage.num_items < len(planned.dataset):
        planned = replace(planned, dataset=planned.dataset.subset(slice(0, sabotage.num_items)))
    if sabotage.tamper is not None:
        broken = sabotage.tamper(planned)

        def alter(game: Algorithm) -> Algorithm:
            return broken(game) if late is None or late.on else game

        planned = replace(planned, alter=alter)
    return planned, late


def _tidy(folder: Path) -> None:
    """Leave the events and the config; checkpoints and pictures of hundreds of runs are not worth their place."""
    for part in ("checkpoints", "samples"):
        shutil.rmtree(folder / part, ignore_errors=True)
    (folder / "report.html").unlink(missing_ok=True)
