"""Truncated normal latents (Brock, Donahue and Simonyan 2019, BigGAN, section 3.1)."""

import torch
from torch import Tensor


def truncate_normal(latents: Tensor, limit: float | None) -> Tensor:
    """Move N(0, 1) latents to the normal distribution without what lies beyond +-limit.

    That is the distribution of latents whose numbers are drawn anew until they lie inside. Here each number keeps its
    quantile instead, so that one latent can be followed as the limit changes. limit: above 0; None leaves them alone.
    """
    if limit is None:
        return latents
    if not limit > 0:
        raise ValueError(f"limit {limit}: truncation needs a limit above 0")
    root = 2**0.5
    inside = torch.erf(torch.tensor(limit / root, dtype=torch.float64))
    quantiles = torch.erf(latents.double() / root) * inside
    return (torch.erfinv(quantiles) * root).clamp(-limit, limit).to(latents.dtype)
