"""What watching a run's health costs, per recipe: seconds of signals and detectors over those of training.

Runs of the same seed with and without signals, in turns, each in a folder of its own. Told are, for the default
`tick_images`, the share that the run itself counts, the milliseconds of a tick and of the first one (which measures the
real data too), and the ratio of the training alone, which the signals should leave as it is. Detectors are asked after
every look; theirs are the milliseconds of a run of 200 looks, made of the run's own ones again and again.

    python benchmarks/health.py [--rounds 3] [--ticks 2] [--only mlp] [--data-dir DIR] [--json FILE]

To be quick, ticks follow each other sooner than by default, and the share is scaled back: what a tick costs does not
depend on how many images lie before it.
"""

import argparse
import datetime
import json
import os
import platform
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import torch

import ganwright as gw
from ganwright.core.errors import UserError
from ganwright.core.events import Event
from ganwright.health.detect import diagnose
from ganwright.health.history import History
from ganwright.training.config import TrainingConfig

LOOKS = 200
DEFAULT_TICK = TrainingConfig.model_fields["tick_images"].default
CASES: tuple[tuple[str, str, int], ...] = (
    ("mlp", "digits", 3_200),
    ("mlp", "mnist", 3_200),
    ("dcgan-28", "mnist", 640),
    ("wgan-gp", "digits", 1_280),
    ("wgan-gp", "mnist", 320),
)
"""Recipe, data, and images between the ticks that are measured."""


def run(
    recipe: str, data: str, tick: int, ticks: int, signals: bool, data_dir: str | None, place: Path
) -> dict[str, Any]:
    """Train and return seconds of training a tick, and of measuring at the first tick and at the others."""
    options = {"signals": signals, "tick_images": tick, "log_images": tick, "device": "cpu"}
    done = gw.train(recipe, data, out=place, images=tick * ticks, options=options, data_dir=data_dir)
    events = done.events()
    told = [e["seconds"] for e in events if e["type"] == "signals" and not e.get("final")]
    training = next(e["training_seconds"] for e in reversed(events) if e["type"] == "finished")
    return {"training": training / ticks, "first": told[:1], "others": told[1:], "asking": asking(events)}


def asking(events: list[Event]) -> float:
    """Seconds that the detectors take at the 200th look."""
    looks = [e for e in events if e["type"] == "signals"]
    logs = [e for e in events if e["type"] == "log"]
    if not looks or not logs:
        return 0.0
    history = History(total_images=LOOKS * DEFAULT_TICK)
    for number in range(1, LOOKS + 1):
        for kind in (logs, looks):
            history.add({**kind[number % len(kind)], "num_images": number * DEFAULT_TICK})
    diagnose(history)
    start = time.perf_counter()
    diagnose(history)
    return time.perf_counter() - start


def main() -> None:
    """Print a table of shares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ticks", type=int, default=2)
    parser.add_argument("--only", help="a recipe")
    parser.add_argument("--data-dir", default=os.environ.get("GANWRIGHT_DATA"))
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    if arguments.ticks < 2:
        parser.error("--ticks: 2 or more; the first measures the real data too")
    print(f"{platform.platform()}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    results = []
    for recipe, data, tick in CASES:
        if arguments.only not in (None, recipe):
            continue
        found: dict[bool, list[dict[str, Any]]] = {True: [], False: []}
        try:
            for number in range(arguments.rounds):
                for signals in (True, False) if number % 2 else (False, True):
                    with tempfile.TemporaryDirectory() as place:
                        one = run(recipe, data, tick, arguments.ticks, signals, arguments.data_dir, Path(place) / "run")
                    found[signals].append(one)
        except UserError as reason:
            print(f"{recipe:10s} {data:7s} left out: {reason}")
            continue
        training = statistics.median(r["training"] for r in found[True]) * DEFAULT_TICK / tick
        first, others = (statistics.median(s for r in found[True] for s in r[key]) for key in ("first", "others"))
        asked = statistics.median(r["asking"] for r in found[True])
        shares = [(s + asked) / r["training"] * tick / DEFAULT_TICK for r in found[True] for s in r["others"]]
        ratio = statistics.median(a["training"] / b["training"] for a, b in zip(found[True], found[False], strict=True))
        print(
            f"{recipe:10s} {data:7s} {statistics.median(shares):7.2%} of training ({min(shares):.2%} to "
            f"{max(shares):.2%}): {others * 1e3:6.1f} ms a tick, {asked * 1e3:.1f} ms of detectors, the first "
            f"{first * 1e3:6.1f} ms; {training:8.2f} s of training a tick, {ratio:.3f} of that without signals"
        )
        results.append(
            {
                "recipe": recipe,
                "data": data,
                "shares": shares,
                "tick_seconds": others,
                "first_tick_seconds": first,
                "detectors_seconds": asked,
                "training_seconds_a_tick": training,
                "training_ratio": ratio,
            }
        )
    if arguments.json:
        about = {"date": datetime.date.today().isoformat(), "machine": platform.platform(), "torch": torch.__version__}
        about["threads"] = str(torch.get_num_threads())
        arguments.json.write_text(json.dumps({**about, "results": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
