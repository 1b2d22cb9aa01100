"""Export: seconds and parity of every format, on generators of every family, one thread.

    python benchmarks/export.py [--large] [--only NAME ...] [--formats onnx ...]

Writes each generator as `ganwright export` does: written, read again, compared with the network, and a picture of its
samples made by the file. Networks are those of recipes, with weights and buffers moved from where they begin. Prints
wall-clock and processor seconds (of every thread), the largest difference and the file's size. --large adds networks
of papers' sizes. Each row has a process of its own, so that the time to load what a format needs counts in each.
"""

import argparse
import multiprocessing
import tempfile
import time
from pathlib import Path

import torch

from ganwright.core.spec import DataSpec
from ganwright.export import FORMATS
from ganwright.networks.styled import StyledGenerator
from ganwright.recipes.catalog import recipe
from ganwright.runs.exporting import about_of, write_checked

DIGITS = DataSpec((1, 28, 28), 10)
PHOTOS = DataSpec((3, 32, 32), 10)
SMALL = {
    "mlp": ("mlp", None, DIGITS),
    "cgan": ("cgan", None, DIGITS),
    "dcgan": ("dcgan-28", None, DIGITS),
    "sn-cnn": ("sngan-cnn", None, PHOTOS),
    "resnet": ("sngan", "small", PHOTOS),
    "sagan": ("sagan", "small", PHOTOS),
    "biggan": ("biggan", "small", PHOTOS),
    "progan": ("progan", "small", PHOTOS),
    "stylegan": ("stylegan", "small", PHOTOS),
    "stylegan2": ("stylegan2", "small", PHOTOS),
    "r3gan": ("r3gan", "small", PHOTOS),
    "vitgan": ("vitgan", "small", PHOTOS),
}
LARGE = {
    "r3gan-cifar10": ("r3gan", "cifar10", PHOTOS),
    "stylegan2-256": ("stylegan2-ada", None, DataSpec((3, 256, 256), 0)),
    "biggan-128": ("biggan", None, DataSpec((3, 128, 128), 1000)),
}
CASES = SMALL | LARGE


def measure(name: str, to: str) -> str:
    """One row: a generator is built, moved from where it begins, and exported."""
    torch.set_num_threads(1)
    torch.manual_seed(100)
    asked, preset, spec = CASES[name]
    config = recipe(asked, preset)
    generator = config.algorithm.generator.build(spec)  # pyright: ignore
    with torch.no_grad():
        for parameter in generator.parameters():
            alike = parameter.min() == parameter.max()  # a style-based generator's constant: normalised, it is rounding
            parameter.add_(torch.randn_like(parameter), alpha=0.1 if alike else 0.02)
        labels = torch.arange(4) % spec.num_classes if generator.num_classes else None
        generator(torch.randn(4, generator.latent_size), labels)  # statistics of norms, mean styles
    generator.eval().requires_grad_(False)
    if isinstance(generator, StyledGenerator):
        generator.mean_w.normal_()
    about = about_of(
        generator, config, spec, class_names=tuple(map(str, range(spec.num_classes))), num_images=0, state="finished",
        data_hash="", figures=[], health="",
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"generator{FORMATS[to].ending}"
        wall, processor = time.perf_counter(), time.process_time()
        apart, _ = write_checked(generator, about, to, file)
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        size = file.stat().st_size / 1e6
    count = sum(p.numel() for p in generator.parameters()) / 1e6
    shape = "x".join(map(str, spec.shape))
    return (
        f"| {name} | {shape} | {count:.2f} M | {to} | {wall:.1f} | {processor:.1f} | {apart.largest:.1e} | {size:.1f} |"
    )


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--only", nargs="+", choices=CASES)
    parser.add_argument("--formats", nargs="+", choices=FORMATS, default=list(FORMATS))
    given = parser.parse_args()
    rows = [(name, to) for name in given.only or (CASES if given.large else SMALL) for to in given.formats]
    print("| generator | items | parameters | format | seconds | processor seconds | largest difference | MB |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    with multiprocessing.get_context("fork").Pool(1, maxtasksperchild=1) as pool:
        for row in rows:
            print(pool.apply(measure, row), flush=True)


if __name__ == "__main__":
    main()
