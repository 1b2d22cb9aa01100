"""Fit classifiers from their seeds, and time it.

    python benchmarks/classifiers.py [digits] [mnist] [--data-dir DIR]
    python benchmarks/classifiers.py --data cifar10 --network vit --images 300000 --flip [--seed S] [--data-dir DIR]

The first form fits the classifiers that ship with the package and writes them where the package reads them; figures
made with other weights do not compare with the shipped ones. The second writes nothing.
Printed: test accuracy, seconds, images a second, size and hash.
"""

import argparse
import tempfile
import time
from pathlib import Path

import torch

from ganwright.data import parse_data
from ganwright.metrics import classifiers
from ganwright.runs.classifier import RECIPES, planned_fit

SHIPPED = {"digits": {"size": 16}, "mnist": {}}


def main() -> None:
    """Fit and save, or fit and say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*SHIPPED, []])
    parser.add_argument("--data")
    parser.add_argument("--network", choices=list(RECIPES), default="cnn")
    parser.add_argument("--images", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--flip", action="store_true")
    parser.add_argument("--data-dir")
    given = parser.parse_args()
    if given.data:
        with tempfile.TemporaryDirectory() as folder:
            options = {"network": given.network, "images": given.images, "seed": given.seed, "flip": given.flip}
            report(given.data, {}, Path(folder) / "fitted", given.data_dir, options)
        return
    for name in given.names or SHIPPED:
        report(name, SHIPPED[name], classifiers.SHIPPED / name, given.data_dir, {})


def report(data: str, changes: dict, path: Path, data_dir: str | None, options: dict) -> None:
    """Fit one, write it and print a line."""
    source = parse_data(data).override(changes)
    wanted = planned_fit(source, source.build("train", data_dir), data_dir, **options)
    start = time.perf_counter()
    fitted = wanted.run()
    seconds = time.perf_counter() - start
    classifiers.save(fitted, path)
    saved = classifiers.load(path)
    size = path.with_suffix(".safetensors").stat().st_size
    flipped = ", flipped" if wanted.flip else ""
    print(
        f"{data}: {wanted.config.recipe} {saved.test_accuracy:.4%} of {saved.num_test} test items after "
        f"{wanted.config.images:,} images of {len(wanted.train):,}{flipped}, {seconds:.0f} s "
        f"({wanted.config.images / seconds:.0f} a second) on {torch.get_num_threads()} threads, "
        f"{size:,} bytes, sha256 {saved.hash}"
    )


if __name__ == "__main__":
    main()
