"""Precision, recall, density and coverage: ganwright's way against the plain one of four products, in turns.

    python benchmarks/manifolds.py [--quick] [--rounds 3] [--num 10000] [--size 2048] [--threads N] [--json FILE]
    python benchmarks/manifolds.py --large [--num 50000] [--size 2048]

The plain way holds whole float32 matrices of distances by torch.cdist (real-real, fake-fake, real-fake and fake-real,
all by products) and takes the k-th smallest of each row. Printed: medians in seconds, their ratio and the figures.
--large runs ganwright's way alone, with progress, and prints its rate and the peak of resident memory; at full
size that is about 20 TFLOP. --quick: 2,000 x 2,000 x 512, over in seconds.
"""

import argparse
import datetime
import json
import os
import platform
import resource
import statistics
import sys
import time
from pathlib import Path

import torch
from torch import Tensor

from ganwright.metrics.manifolds import manifolds

NAMES = ("precision", "recall", "density", "coverage")
NEIGHBOURS = 5


def rows(num: int, size: int, seed: int) -> Tensor:
    """Features (num, size), float32, of 64 clusters with widths that fall, as a trained network's have them."""
    centres = torch.randn(64, size, generator=torch.Generator().manual_seed(0))
    widths = torch.logspace(0, -1.5, size)
    generator = torch.Generator().manual_seed(seed)
    found = torch.randn(num, size, generator=generator).mul_(widths)
    for part in found.split(4096):
        part += 0.5 * (centres * widths)[torch.randint(64, (len(part),), generator=generator)]
    return found


def plain(real: Tensor, fake: Tensor) -> dict[str, float]:
    """As tutorials and the reference code have it: each matrix whole, both directions by a product of their own."""

    def distances(x: Tensor, y: Tensor) -> Tensor:
        return torch.cdist(x, y, compute_mode="use_mm_for_euclid_dist")

    real_radii = distances(real, real).topk(NEIGHBOURS + 1, largest=False).values[:, -1]
    fake_radii = distances(fake, fake).topk(NEIGHBOURS + 1, largest=False).values[:, -1]
    to_real = distances(fake, real) < real_radii
    in_fake = distances(real, fake) < fake_radii
    return {
        "precision": float(to_real.any(1).double().mean()),
        "recall": float(in_fake.any(1).double().mean()),
        "density": float(to_real.sum(1).double().mean()) / NEIGHBOURS,
        "coverage": float(to_real.any(0).double().mean()),
    }


def ours(real: Tensor, fake: Tensor) -> dict[str, float]:
    """The package's."""
    found = manifolds(real, fake, neighbours=NEIGHBOURS)
    return {name: getattr(found, name) for name in NAMES}


def compare(num: int, size: int, rounds: int) -> dict[str, object]:
    """Median seconds of both ways, in turns, and what they found."""
    real, fake = rows(num, size, 1), rows(num, size, 2)
    seconds: dict[str, list[float]] = {"plain": [], "ganwright": []}
    found: dict[str, dict[str, float]] = {}
    for number in range(rounds):
        ways = [("plain", plain), ("ganwright", ours)]
        for name, way in ways if number % 2 else ways[::-1]:
            start = time.perf_counter()
            found[name] = way(real, fake)
            seconds[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    ratios = [a / b for a, b in zip(seconds["plain"], seconds["ganwright"], strict=True)]
    for name, median in medians.items():
        print(f"{name:10} {median:8.2f} s   " + "  ".join(f"{k} {v:.4f}" for k, v in found[name].items()))
    ratio = medians["plain"] / medians["ganwright"]
    print(f"ganwright is {ratio:.2f} times as fast (rounds: {min(ratios):.2f} to {max(ratios):.2f})")
    return {"seconds": seconds, "ratio": ratio, "figures": found}


def large(num: int, size: int) -> dict[str, object]:
    """One run in bounded memory, with progress."""
    real, fake = rows(num, size, 1), rows(num, size, 2)
    start = time.perf_counter()
    told = 0.0

    def show(done: int, in_all: int) -> None:
        nonlocal told
        now = time.perf_counter() - start
        if now - told > 5 or done == in_all:
            told = now
            left = now * (in_all - done) / done
            print(f"  {done / in_all:6.1%}  {now:6.0f} s gone, {left:6.0f} s left, {peak():.2f} GB", file=sys.stderr)

    found = manifolds(real, fake, neighbours=NEIGHBOURS, progress=show)
    seconds = time.perf_counter() - start
    rate = 2 * num**2 * 2 * size / seconds / 1e9  # two halves and a whole
    figures = {name: getattr(found, name) for name in NAMES}
    print("  ".join(f"{k} {v:.4f}" for k, v in figures.items()))
    print(f"{seconds:.1f} s, {3 * num**2 / seconds / 1e6:.1f} million distances a second ({rate:.0f} GFLOP/s)")
    print(f"peak of resident memory {peak():.2f} GB; the features alone {2 * real.nbytes / 1e9:.2f} GB")
    return {"seconds": seconds, "gflops": rate, "peak_gb": peak(), "figures": figures}


def peak() -> float:
    """Most memory this process has held so far, in GB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


def main() -> None:
    """Compare, or run large."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--num", type=int, help="rows a side")
    parser.add_argument("--size", type=int, help="dimensions of the features")
    parser.add_argument("--rounds", type=int, default=3, help="times each way is run")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", type=Path, help="where to write the result")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    num = options.num or (2000 if options.quick else 50_000 if options.large else 10_000)
    size = options.size or (512 if options.quick else 2048)
    print(f"{num:,} x {num:,} x {size}, k {NEIGHBOURS}, float32, {options.threads} threads")
    result = large(num, size) if options.large else compare(num, size, options.rounds)
    if options.json:
        about = {
            "date": datetime.date.today().isoformat(),
            "machine": f"{platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}",
            "num": num,
            "size": size,
            "neighbours": NEIGHBOURS,
            "threads": options.threads,
        }
        options.json.write_text(json.dumps(about | result, indent=2) + "\n")


if __name__ == "__main__":
    main()
