"""The MNIST speed run: how soon a recipe reaches the FID that dcgan-28 has at the end of its 20 epochs.

Both sides train through the engine on one thread in float32. Timed is training alone, without evaluation, samples and
checkpoints: processor seconds of the process, and wall seconds. Every 20,000 images the averaged generator is kept, and
judged afterwards: FID of 10,000 samples against the 10,000 test images, on the features of the classifier that ships.
The target is the FID at dcgan-28's last mark; a run's crossing is its first mark at or below it. A challenger's ratio
is dcgan-28's time to its own crossing over the challenger's, twice: by processor seconds of the runs, and by images at
the crossing over images a second when both train in turns in one process (--turns), which other work moves less.

    python benchmarks/speedrun.py --out DIR                                   # all of it
    python benchmarks/speedrun.py --out DIR --only baseline                   # train dcgan-28, or go on
    python benchmarks/speedrun.py --out DIR --only challenger --seeds 100     # a seed for development
    python benchmarks/speedrun.py --out DIR --challenger rpgan-dcgan --preset small          # another recipe
    python benchmarks/speedrun.py --out DIR --only judge --json speedrun.json # what is there so far

A run that was stopped goes on by the same command. Written to DIR: a run folder for each run with the kept generators,
speedrun.json and speedrun.png. Without all of dcgan-28 the target is that of its last mark so far, and says so.
"""

import argparse
import datetime
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.events import Event, EventWriter
from ganwright.core.files import write_atomic
from ganwright.core.seeding import Draws
from ganwright.metrics.evaluate import evaluate
from ganwright.runs.eyes import eyes_for
from ganwright.runs.folder import RunFolder
from ganwright.runs.judging import both_splits
from ganwright.runs.plan import Plan, plan
from ganwright.runs.train import train_plan
from ganwright.training import Callback, Engine
from ganwright.training.precision import flushed_denormals

BASELINE, EVERY, NUM_SAMPLES, BATCH = "dcgan-28", 20_000, 10_000, 250
GOAL = 10.0
INKS = {"baseline": "#5d6b82", "challenger": "#d2661d"}


@dataclass(frozen=True)
class Mark:
    """Where a run was after so many images: seconds of training alone, and FID with its standard error once judged."""

    images: int
    processor_seconds: float
    wall_seconds: float
    fid: float | None = None
    error: float | None = None


class Stopwatch(Callback):
    """Times training alone, keeps the averaged generator at every mark, and saves there so that runs can go on."""

    name = "stopwatch"

    def __init__(self, engine: Engine, kept: Path) -> None:
        self.engine, self.kept = engine, kept
        self.points: list[list[float]] = []
        self._carried = [0.0, 0.0]
        self._started = self._now()

    def on_event(self, event: Event) -> None:
        if event["type"] in ("started", "resumed"):
            self._started = self._now()

    def on_iteration(self, num_images: int) -> None:
        if num_images // EVERY == (num_images - self.engine.config.batch_size) // EVERY:
            return
        before = self.points[-1][1:] if self.points else (0.0, 0.0)
        self.points.append([num_images, *(b + s for b, s in zip(before, self._spent(), strict=True))])
        self._carried, self._started = [0.0, 0.0], self._now()
        weights = {name: t.contiguous() for name, t in self.engine.averaged()["generator"].state_dict().items()}
        self.kept.mkdir(exist_ok=True)
        write_atomic(kept_file(self.kept, num_images), lambda p: safetensors.torch.save_file(weights, p))
        self.engine.save()
        self._started = self._now()

    def memo(self) -> dict[str, Any]:
        return {"points": self.points, "spent": self._spent()}

    def load_memo(self, memo: dict[str, Any]) -> None:
        self.points, self._carried = memo.get("points", []), memo.get("spent", [0.0, 0.0])

    def _spent(self) -> list[float]:
        """Seconds since the last mark."""
        return [c + n - s for c, n, s in zip(self._carried, self._now(), self._started, strict=True)]

    @staticmethod
    def _now() -> tuple[float, float]:
        return time.process_time(), time.perf_counter()


def kept_file(folder: Path, num_images: int) -> Path:
    """Where the averaged generator of a mark is kept."""
    return folder / f"{num_images:09d}.safetensors"


def planned(
    out: Path, recipe: str, preset: str | None, seed: int, data_dir: str | None, options: Sequence[str] = ()
) -> Plan:
    """One run. Panels and signals are no part of the training and are left out."""
    own = {"device": "cpu", "precision.dtype": "float32", "tick_images": 10**9, "signals": False}
    own |= dict(option.split("=", 1) for option in options)
    return plan("mnist", recipe, preset=preset, seed=seed, overrides=own, data_dir=data_dir, out=out)


def train(job: Plan) -> None:
    """Train a run, or go on with it."""
    train_plan(job, attach=lambda engine: [Stopwatch(engine, job.out / "kept")])


class Eyes:
    """Judges kept generators as `ganwright evaluate --split test -n 10000 --metrics fid` does."""

    def __init__(self, job: Plan) -> None:
        self.test, self.training = both_splits(job.config.data, "test", job.data_dir)
        self.features = eyes_for(job.config.data, self.test, "auto", data_dir=job.data_dir)

    def fid(self, job: Plan, file: Path) -> tuple[float, float | None]:
        """FID of the generator in that file, and its standard error."""
        algorithm = job.algorithm()
        generator = algorithm.networks["generator"]
        generator.load_state_dict(safetensors.torch.load_file(file))
        generator.eval().requires_grad_(False)
        sample, latents, made = algorithm.sample, algorithm.latents, 0
        assert sample is not None
        assert latents is not None

        def draw(num: int) -> Tensor:
            nonlocal made
            labels = torch.arange(made, made + num) % algorithm.num_classes if algorithm.num_classes else None
            found = latents(Draws((job.config.seed, "sample", made), job.device), num)
            made += num
            return sample(algorithm.networks, found, labels).float()

        about = {"metrics": ["fid"], "other": self.training, "split": "test", "batch_size": BATCH}
        judged = evaluate(draw, self.test, self.features, NUM_SAMPLES, **about)
        (figure,) = (f for f in judged.figures if f.name == "fid")
        return figure.value, figure.error


def marks_of(job: Plan, eyes: Eyes | None) -> list[Mark]:
    """A run's marks so far, judged where they were or, with eyes, where they were not yet."""
    saved = RunFolder(job.out).checkpoints()
    points = saved[-1].state()["callbacks"].get("stopwatch", {}).get("points", []) if saved else []
    store = job.out / "fid.json"
    known: dict[str, Any] = json.loads(store.read_text()) if store.exists() else {}
    for images in (int(point[0]) for point in points):
        if eyes is not None and str(images) not in known:
            known[str(images)] = eyes.fid(job, kept_file(job.out / "kept", images))
            write_atomic(store, lambda p: p.write_text(json.dumps(known)))
            print(f"{job.out.name}: FID {known[str(images)][0]:.3f} at {images:,} images", flush=True)
    return [Mark(int(n), cpu, wall, *known.get(str(int(n)), ())) for n, cpu, wall in points]


def crossing(marks: Sequence[Mark], target: float) -> Mark | None:
    """The first mark at or below the target."""
    return next((m for m in marks if m.fid is not None and m.fid <= target), None)


def in_turns(jobs: Sequence[Plan], rounds: int) -> list[list[float]]:
    """Images a processor second of each run in each round, training in turns in this process."""
    found: list[list[float]] = [[] for _ in jobs]
    with tempfile.TemporaryDirectory() as place:
        engines = []
        for number, job in enumerate(jobs):
            log = EventWriter(Path(place) / f"{number}.jsonl")
            engines.append(Engine(job.algorithm(), job.loader(), job.config, Path(place), job.device, log))
        for turn in range(-1, rounds):
            for engine, speeds in zip(engines, found, strict=True):
                start, before = time.process_time(), engine.num_images
                while time.process_time() - start < 2.0 or engine.iteration % 16:  # whole cycles of lazy penalties
                    engine.iterate()
                engine.forget_scalars()
                if turn >= 0:  # the round before the first warms up
                    speeds.append((engine.num_images - before) / (time.process_time() - start))
    return found


def compare(baseline: Sequence[Mark], runs: dict[str, list[Mark]], speeds: Sequence[Sequence[float]]) -> dict[str, Any]:
    """Target, crossings and ratios. speeds: of dcgan-28 and of the challenger, in turns; or none."""
    judged = [m for m in baseline if m.fid is not None]
    if not judged:
        return {}
    target = judged[-1].fid
    assert target is not None
    first = crossing(judged, target)
    assert first is not None
    per_image = statistics.median(c / b for b, c in zip(*speeds, strict=True)) if speeds else None
    rows = {}
    for name, marks in runs.items():
        own = crossing(marks, target)
        row: dict[str, Any] = {"crossing": asdict(own) if own else None}
        if own:
            row["ratio"] = first.processor_seconds / own.processor_seconds
            row["ratio_wall"] = first.wall_seconds / own.wall_seconds
            row["ratio_in_turns"] = per_image and per_image * first.images / own.images
        rows[name] = row
    found = {"target": target, "target_images": judged[-1].images, "crossing": asdict(first), "challengers": rows}
    return found | ({"speed_ratio_in_turns": per_image} if per_image else {})


def told(found: dict[str, Any], complete: bool) -> list[str]:
    """The result in words."""
    if not found:
        return [f"{BASELINE} has not been judged yet"]
    first = found["crossing"]
    lines = [
        f"{BASELINE}: FID {found['target']:.3f} at {found['target_images']:,} images"
        + ("" if complete else " (its last mark so far: NOT yet 20 epochs)")
        + f"; first reached at {first['images']:,}: {first['processor_seconds']:,.0f} s of one processor, "
        f"{first['wall_seconds']:,.0f} s by the clock"
    ]
    for name, row in found["challengers"].items():
        own = row["crossing"]
        if own is None:
            lines.append(f"{name}: has not reached it")
            continue
        turns = f", {row['ratio_in_turns']:.1f} times by turns" if row.get("ratio_in_turns") else ""
        lines.append(
            f"{name}: FID {own['fid']:.3f} at {own['images']:,} images: {own['processor_seconds']:,.0f} s, "
            f"{row['ratio']:.1f} times sooner{turns} ({own['wall_seconds']:,.0f} s, {row['ratio_wall']:.1f} times by "
            f"the clock; asked: {GOAL:g})"
        )
    return lines


def draw(baseline: Sequence[Mark], runs: dict[str, list[Mark]], found: dict[str, Any], out: Path) -> None:
    """FID over processor seconds of training, both sides on the same axes, both logarithmic."""
    figure = Figure(figsize=(8, 4.6), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for number, (name, marks) in enumerate([(f"{BASELINE}, seed 0", baseline), *runs.items()]):
        judged = [m for m in marks if m.fid is not None]
        times, figures = (
            zip(*[(m.processor_seconds, m.fid or 0.0) for m in judged], strict=True) if judged else ((), ())
        )
        ink = INKS["challenger" if number else "baseline"]
        stroke = ("-", "-", "--", ":", "-.")[min(number, 4)]
        axes.plot(times, figures, stroke, color=ink, label=name)
        own = crossing(judged, found["target"]) if found else None
        if own is not None and own.fid is not None:
            axes.plot(own.processor_seconds, own.fid, "o", color=ink, markersize=5)
    if found:
        axes.axhline(found["target"], color="#9a9da6", linewidth=0.8)
        label = f"FID {found['target']:.2f}: {BASELINE} after {found['target_images']:,} images"
        axes.annotate(label, (1, found["target"]), (-4, -12), ("axes fraction", "data"), "offset points", ha="right")
    axes.set(xscale="log", yscale="log", xlabel="seconds of one processor, training alone", ylabel="FID, test images")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(LogLocator(subs=(2.0, 5.0)))
        axis.set_major_formatter("{x:,g}")
        axis.set_minor_formatter("{x:,g}")
    axes.set_title("MNIST: FID over the time of training", loc="left")
    axes.grid(color="#e9e5dc")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    figure.savefig(out)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, judge, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder of the speed run")
    parser.add_argument("--challenger", default="auto", help="recipe that races against dcgan-28")
    parser.add_argument("--preset", help="of the challenger")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="options of the challenger")
    parser.add_argument("--seeds", default="0,1,2", help="of the challenger")
    parser.add_argument("--only", choices=["baseline", "challenger", "judge"], help="one step alone")
    parser.add_argument("--turns", type=int, default=5, help="rounds in which speeds are measured; 0: not at all")
    parser.add_argument("--data-dir", default=os.environ.get("GANWRIGHT_DATA"))
    parser.add_argument("--json", type=Path, help="write the result there as well")
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)
    name = given.challenger + (f"-{given.preset}" if given.preset else "")
    try:
        with flushed_denormals():
            base = planned(given.out / f"{BASELINE}-0", BASELINE, None, 0, given.data_dir)
            seeds = [int(seed) for seed in given.seeds.split(",")]
            jobs = {
                f"{name}, seed {seed}": planned(
                    given.out / f"{name}-{seed}", given.challenger, given.preset, seed, given.data_dir, given.set
                )
                for seed in seeds
            }
            if given.only in (None, "baseline"):
                train(base)
            for job in jobs.values() if given.only in (None, "challenger") else ():
                train(job)
            if given.only in (None, "judge"):
                report(given.out, base, jobs, given.turns, given.json)
    except UserError as error:
        raise SystemExit(f"speedrun: {error}") from error


def report(out: Path, base: Plan, jobs: dict[str, Plan], turns: int, copy: Path | None) -> None:
    """Judge what is there, write speedrun.json and speedrun.png, and tell."""
    eyes = Eyes(base)
    baseline = marks_of(base, eyes)
    runs = {name: marks for name, job in jobs.items() if (marks := marks_of(job, eyes))}
    speeds = in_turns([base, next(iter(jobs.values()))], turns) if turns else []
    found = compare(baseline, runs, speeds)
    complete = bool(baseline) and baseline[-1].images >= base.config.images
    result = {
        "date": datetime.date.today().isoformat(),
        "machine": platform.platform(),
        "num_cores": os.cpu_count(),
        "torch": torch.__version__,
        "complete": complete,
        **found,
        "images_a_second_in_turns": dict(zip(("baseline", "challenger"), speeds, strict=False)),
        "curves": {n: [asdict(m) for m in ms] for n, ms in {f"{BASELINE}, seed 0": baseline, **runs}.items()},
    }
    for file in filter(None, (out / "speedrun.json", copy)):
        write_atomic(file, lambda p: p.write_text(json.dumps(result, indent=1) + "\n"))
    draw(baseline, runs, found, out / "speedrun.png")
    print("\n".join(told(found, complete)))


if __name__ == "__main__":
    main()
