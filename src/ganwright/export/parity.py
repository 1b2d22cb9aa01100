"""Does an exported generator make what the trained one makes?"""

import time
from dataclasses import dataclass

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.seeding import generator_for
from ganwright.export.about import About
from ganwright.export.calls import call
from ganwright.export.format import Make
from ganwright.networks.base import Generator

LIMIT = 1e-4
SIZES = (1, 2, 5)
LARGE, LARGE_SIZES = 2**15, (1, 2)
"""Items of so many values, such as 128x128 in colour, take a while to make: they are compared in smaller batches."""


@dataclass(frozen=True)
class Parity:
    """How far the two were apart.

    largest: absolute difference of any value, images being in [-1, 1]; relative to values above 1.
    sizes: of the batches that were compared. item_seconds: that the file took for an item of the last batch.
    """

    largest: float
    sizes: tuple[int, ...]
    item_seconds: float


def parity(generator: Generator, make: Make, about: About) -> Parity:
    """Compare on batches of several sizes, with every class in turn, truncated and not, with maps of noise and without.

    Raises UserError above 1e-4, and where values are not finite.
    """
    draw = generator_for("parity")
    sizes = SIZES if about.spec.num_values < LARGE else LARGE_SIZES
    largest = seconds = 0.0
    for number, size in enumerate(sizes):
        latents = torch.randn(size, about.latent_size, generator=draw)
        labels = (torch.arange(size) + number) % about.num_classes if about.num_classes else None
        truncation, noise = 1.0, None
        if number and about.truncation == "style":
            truncation = 1 - 0.3 * number
            rows = (1, size)[number % 2]
            noise = [torch.randn(rows, 1, *shape, generator=draw) for shape in about.noises]
        inputs = (latents, labels, truncation, noise or None)
        start = time.perf_counter()
        found = make(*inputs)
        seconds = (time.perf_counter() - start) / size
        largest = max(largest, _apart(call(generator, *inputs), found))
    if not largest <= LIMIT:
        raise UserError(
            f"the exported generator differs from the trained one by {largest:.1e} (at most {LIMIT:.0e} is accepted), "
            "so no file was left; export to safetensors, which is exact, or report this"
        )
    return Parity(largest, sizes, seconds)


def _apart(expected: Tensor, found: Tensor) -> float:
    if found.shape != expected.shape:
        raise UserError(f"the exported generator makes {tuple(found.shape)} instead of {tuple(expected.shape)}")
    apart = ((found - expected).abs() / expected.abs().clamp(min=1)).max().item()
    return apart if apart == apart else float("inf")
