"""How fast many seeds train at once, against as many runs one after another.

Recipes on ring8 as the mode bench trains them (its networks and batch), through the real engine with events, averages
and seeding on. Contestants: every seed in an engine of its own, one after another on one thread; all in one engine on
one thread; all in one engine on all threads. Each lives in a process of its own and they take turns; printed are
medians over rounds of the milliseconds that one iteration of all seeds takes, and of the ratio to the separate runs.

    python benchmarks/seeds.py [--seeds 8,32] [--recipes rpgan-r1r2,gan] [--rounds 7] [--json FILE]
"""

import argparse
import datetime
import json
import multiprocessing
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import torch

from ganwright.bench.entries import entries, field_of
from ganwright.core.events import EventWriter
from ganwright.core.seeding import seed_global
from ganwright.data.dataset import Dataset
from ganwright.data.loader import Loader
from ganwright.recipes.run_config import RunConfig
from ganwright.training import Engine
from ganwright.training.precision import flushed_denormals
from ganwright.training.seeds import ManyBatches, stacked

FIRST_SEED = 100
CPU = torch.device("cpu")
KINDS = ("separate", "together, 1 thread", "together, all threads")


def engine_of(config: RunConfig, data: Dataset, seeds: Sequence[int], folder: Path) -> Engine:
    """One engine for all the seeds, or for the only one."""
    folder.mkdir()
    algorithms = []
    for seed in seeds:
        seed_global(seed, "networks")
        algorithms.append(config.algorithm.build(data.spec))
    loaders = [Loader(data, seed, CPU) for seed in seeds]
    events = EventWriter(folder / "events.jsonl")
    if len(seeds) == 1:
        return Engine(algorithms[0], loaders[0], config.override({"seed": seeds[0]}), folder, CPU, events)
    return Engine(stacked(algorithms), ManyBatches(loaders), config, folder, CPU, events, seeds=seeds)


def trainer(engine: Engine) -> Callable[[int], None]:
    """Return a function that trains that many iterations, logging as a run does. Saving is not training."""
    engine.save = lambda **_: None

    def train(iterations: int) -> None:
        images = engine.num_images + iterations * engine.config.batch_size
        engine.config = engine.config.model_copy(update={"images": images, "tick_images": 10**12})
        engine.run()

    return train


def contestant(kind: str, recipe: str, num_seeds: int, orders: Connection) -> None:
    """Train as many iterations of every seed as told, answer with the seconds, and end at 0."""
    torch.set_num_threads((os.cpu_count() or 1) if kind == KINDS[2] else 1)
    with flushed_denormals(), tempfile.TemporaryDirectory() as place:
        field = field_of("ring8")
        config, data = entries([recipe], field.data)[0].config, field.data.build()
        seeds = range(FIRST_SEED, FIRST_SEED + num_seeds)
        groups = [[seed] for seed in seeds] if kind == KINDS[0] else [list(seeds)]
        runs = [trainer(engine_of(config, data, group, Path(place) / str(group[0]))) for group in groups]
        while iterations := orders.recv():
            start = time.perf_counter()
            for train in runs:
                train(iterations)
            orders.send(time.perf_counter() - start)


def measure(recipe: str, num_seeds: int, rounds: int, iterations: int) -> dict[str, list[float]]:
    """Milliseconds for one iteration of all seeds, of each contestant in each round, in turns."""
    context = multiprocessing.get_context("spawn")
    lines, processes = {}, []
    for kind in KINDS:
        lines[kind], theirs = context.Pipe()
        processes.append(context.Process(target=contestant, args=(kind, recipe, num_seeds, theirs), daemon=True))
        processes[-1].start()
    found: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for number in range(-1, rounds):
        for kind in KINDS if number % 2 else KINDS[::-1]:
            lines[kind].send(iterations)
            seconds = lines[kind].recv()
            if number >= 0:  # the round before the first warms up
                found[kind].append(1000 * seconds / iterations)
    for kind, process in zip(KINDS, processes, strict=True):
        lines[kind].send(0)
        process.join()
    return found


def main() -> None:
    """Print a table of ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="8,32")
    parser.add_argument("--recipes", default="rpgan-r1r2,gan,wgan-gp")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--iterations", type=int, default=50, help="of every seed, in each turn")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    about = {
        "date": datetime.date.today().isoformat(),
        "machine": platform.platform(),
        "num_cores": os.cpu_count(),
        "torch": torch.__version__,
    }
    print(f"{about['machine']}, {about['num_cores']} cores, torch {about['torch']}")
    results = []
    for recipe in arguments.recipes.split(","):
        for num_seeds in map(int, arguments.seeds.split(",")):
            found = measure(recipe, num_seeds, arguments.rounds, arguments.iterations)
            for kind, values in found.items():
                ratios = [own / value for own, value in zip(found[KINDS[0]], values, strict=True)]
                median, ratio = statistics.median(values), statistics.median(ratios)
                spread = f"({min(ratios):.2f} to {max(ratios):.2f})"
                print(f"{recipe:12s} {num_seeds:3d} seeds  {kind:22s} {median:8.2f} ms  {ratio:5.2f}x  {spread}")
                row = {"recipe": recipe, "num_seeds": num_seeds, "kind": kind}
                results.append({**row, "milliseconds": median, "ratio": ratio, "ratios": ratios})
    if arguments.json:
        arguments.json.write_text(json.dumps({**about, "results": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
