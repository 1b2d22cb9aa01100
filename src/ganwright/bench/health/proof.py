"""The health harness: trains the matrix of a half, and says how well the detectors do on what truly failed."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

import ganwright
from ganwright.bench.health.cells import Cell, Half, cells_of
from ganwright.bench.health.picture import draw
from ganwright.bench.health.record import Job, jobs_of, record
from ganwright.bench.health.recover import Recoveries, recoveries, recovery_jobs
from ganwright.bench.health.score import Score, score
from ganwright.bench.health.truth import MARGINS
from ganwright.bench.watch import Watch
from ganwright.core.errors import UserError
from ganwright.core.files import write_json
from ganwright.core.pictures import write_png

JSON, PICTURE = "health.json", "health.png"


@dataclass(frozen=True)
class Plan:
    """How many seeds of a half are trained unless told otherwise.

    first_seed: the first of them. seeds: of each sabotage. healthy_seeds: of runs without one.
    """

    first_seed: int
    seeds: int
    healthy_seeds: int


HALVES: dict[Half, Plan] = {"development": Plan(100, 2, 10), "test": Plan(0, 1, 20)}
LEAST_DEVELOPMENT_SEED = 100
"""Seeds below are the test's, and are never developed on."""


@dataclass(frozen=True)
class Proof:
    """What came out.

    folder: where runs, picture and figures lie. recoveries: None unless runs were trained again with recovery.
    """

    half: Half
    folder: Path
    score: Score
    recoveries: Recoveries | None

    def plain(self) -> dict[str, Any]:
        """All of it as plain data for JSON."""
        return {
            "half": self.half,
            **self.score.plain(),
            "recoveries": None if self.recoveries is None else self.recoveries.plain(),
            "margins": {name: margin.value for name, margin in MARGINS.items()},
            "environment": {
                "ganwright": ganwright.__version__,
                "torch": torch.__version__,
                "platform": platform.platform(),
            },
        }


def prove(
    half: Half = "development",
    cells: Sequence[str] | None = None,
    sabotages: Sequence[str] | None = None,
    *,
    seeds: int | None = None,
    healthy_seeds: int | None = None,
    first_seed: int | None = None,
    workers: int = 2,
    recover: bool = False,
    keep: bool = False,
    out: str | Path | None = None,
    data_dir: str | None = None,
    watch: Watch | None = None,
) -> Proof:
    """Train what is not recorded yet in `out`, replay the detectors over every run, and draw the confusion.

    half: whose cells. cells, sabotages: names; None: all. Healthy twins are always trained.
    seeds, healthy_seeds, first_seed: None: those of `HALVES`. workers: processes of one thread each.
    recover: train recoverable sabotages and healthy runs again, with on_failure recover.
    keep: leave checkpoints and pictures of every run. out: None: bench/health.
    Raises UserError for unknown names and for test seeds on the development half, Interrupted after a signal.
    """
    place, usual = Path(out) if out else Path("bench") / "health", HALVES[half]
    first = usual.first_seed if first_seed is None else first_seed
    chosen = cells_of(half, None if cells is None else list(cells))
    _check(half, first, seeds, workers)
    num_seeds = usual.seeds if seeds is None else seeds
    num_healthy = max(num_seeds, usual.healthy_seeds if healthy_seeds is None else healthy_seeds)
    jobs = jobs_of(
        chosen,
        place,
        first_seed=first,
        seeds=num_seeds,
        healthy_seeds=num_healthy,
        sabotages=None if sabotages is None else list(sabotages),
        data_dir=data_dir,
        keep=keep,
    )
    watch = watch or Watch()
    _record(jobs, workers, watch, f"{half} half: {_counted(chosen, jobs)}", "recording")
    gained = None
    if recover:
        again = recovery_jobs(jobs)
        _record(again, workers, watch, f"{len(again)} runs once more, with recovery", "recovering")
        gained = recoveries(again)
    with watch.counting("replaying") as report:
        proof = Proof(half, place, score(jobs, report), gained)
    write_json(place / half / JSON, proof.plain())
    write_png(
        draw(proof.score, half), place / half / PICTURE, {"software": f"ganwright {ganwright.__version__}"}, False
    )
    return proof


def _record(jobs: list[Job], workers: int, watch: Watch, what: str, doing: str) -> None:
    missing = sum(not job.done for job in jobs)
    watch.say(f"{what}; {missing} of them to train" if missing else f"{what}; all are recorded")
    with watch.counting(doing) as report:
        record(jobs, workers, lambda done, total, name: report(done, total))


def _counted(cells: Sequence[Cell], jobs: Sequence[Job]) -> str:
    return f"{len(cells)} {'cell' if len(cells) == 1 else 'cells'}, {len(jobs)} runs"


def _check(half: Half, first_seed: int, seeds: int | None, workers: int) -> None:
    if half == "development" and first_seed < LEAST_DEVELOPMENT_SEED:
        raise UserError(
            f"seed {first_seed} belongs to the test half, on which nothing is developed; "
            f"use --first-seed {LEAST_DEVELOPMENT_SEED} or more"
        )
    if seeds is not None and seeds < 1:
        raise UserError(f"--seeds {seeds}: at least 1 is needed")
    if workers < 1:
        raise UserError(f"--workers {workers}: at least 1 is needed")
