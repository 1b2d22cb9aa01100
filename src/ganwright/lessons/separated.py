"""What divergences make of two equal normals the further they stand apart, and how steep each is there."""

from functools import lru_cache
from typing import NamedTuple

import torch

from ganwright.theory import shifted_normals

NUM_PLACES = 81


class Separated(NamedTuple):
    """Separations, and the divergences of N(0, std^2) and N(s, std^2) and their derivatives by s, (81,) each."""

    separations: list[float]
    kl: list[float]
    js: list[float]
    wasserstein: list[float]
    kl_slope: list[float]
    js_slope: list[float]
    wasserstein_slope: list[float]


@lru_cache(maxsize=8)
def separated(std: float, farthest: float) -> Separated:
    """From standing together to `farthest`, in the unit of std; divergences in nats, distances in that unit."""
    places = torch.linspace(0, farthest, NUM_PLACES, dtype=torch.float64, requires_grad=True)
    of = shifted_normals(places, std)
    values = (of.kl, of.js, of.wasserstein)
    slopes = [torch.autograd.grad(value.sum(), places)[0] for value in values]
    return Separated(*(_digits(t.detach()) for t in (places, *values, *slopes)))


def _digits(values: torch.Tensor) -> list[float]:
    return [float(f"{v:.5g}") for v in values.tolist()]
