"""Fit the classifiers that ship with the package, from their seeds, and write them where the package reads them.

    python benchmarks/classifiers.py [digits] [mnist] [--data-dir DIR]

Printed: test accuracy, seconds, size and hash. Figures made with other weights do not compare with the shipped ones.
"""

import argparse
import time

import torch

from ganwright.data import parse_data
from ganwright.metrics import classifiers
from ganwright.runs.classifier import fit

SOURCES = {"digits": {"size": 16}, "mnist": {}}


def main() -> None:
    """Fit and save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=list(SOURCES), choices=[*SOURCES, []])
    parser.add_argument("--data-dir")
    arguments = parser.parse_args()
    for name in arguments.names:
        source = parse_data(name).override(SOURCES[name])
        start = time.perf_counter()
        fitted = fit(source, source.build("train", arguments.data_dir), arguments.data_dir)
        path = classifiers.SHIPPED / name
        classifiers.save(fitted, path)
        saved = classifiers.load(path)
        size = path.with_suffix(".safetensors").stat().st_size
        seconds = time.perf_counter() - start
        print(
            f"{name}: {saved.test_accuracy:.4%} of {saved.num_test} test items, {seconds:.0f} s on "
            f"{torch.get_num_threads()} threads, {size:,} bytes, sha256 {saved.hash}"
        )


if __name__ == "__main__":
    main()
