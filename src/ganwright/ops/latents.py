"""How latents are drawn, in training and wherever a generator is used."""

from typing import Literal

import torch
from torch import Tensor

from ganwright.core.seeding import Draws

Latent = Literal["normal", "uniform", "truncated", "constant"]


def draw_latents(kind: Latent, limit: float, draws: Draws, num: int, size: int) -> Tensor:
    """Draw latents (num, size): N(0, 1); U(-1, 1); N(0, 1) without what lies beyond +-limit; or zeros."""
    match kind:
        case "normal":
            return draws.normal("latents", num, size)
        case "uniform":
            return draws.uniform("latents", num, size) * 2 - 1
        case "truncated":  # the inverse of the normal distribution function: erf(x / sqrt 2) is uniform
            share = torch.erf(torch.tensor(limit / 2**0.5))
            return torch.erfinv((draws.uniform("latents", num, size) * 2 - 1) * share) * 2**0.5
        case "constant":
            return torch.zeros(num, size, device=draws.device)
