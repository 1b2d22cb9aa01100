"""Ways from one latent to another."""

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

Along = Literal["spherical", "linear"]


def slerp(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """From a (N, D), t = 0, to b, t = 1, at even speed along the circle through their directions. t: (N, 1).

    Lengths go linearly from |a| to |b|, so that a Gaussian's latents stay where the generator learnt; for one that
    normalises its latents this is the paper's. Where directions are the same it is a straight line.
    """
    lengths = [v.norm(dim=1, keepdim=True) for v in (a, b)]
    u, v = functional.normalize(a, dim=1), functional.normalize(b, dim=1)
    across = v - u * (u * v).sum(1, keepdim=True)
    angle = torch.atan2(across.norm(dim=1, keepdim=True), (u * v).sum(1, keepdim=True)) * t
    direction = u * angle.cos() + functional.normalize(across, dim=1) * angle.sin()
    return direction * lerp(lengths[0], lengths[1], t)


def lerp(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """The straight line from a (N, D), t = 0, to b, t = 1. t: (N, 1)."""
    return a + (b - a) * t
