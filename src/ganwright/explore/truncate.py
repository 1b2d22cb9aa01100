"""Truncation: less variety for more typical items."""

import math
from typing import Literal

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.explore.codes import decode, encode, truncated
from ganwright.explore.space import as_styled
from ganwright.networks.base import Generator
from ganwright.networks.styled import StyledGenerator
from ganwright.ops.truncation import truncate_normal

Latent = Literal["normal", "uniform", "truncated", "constant"]
_ROOT = math.sqrt(2)


def truncate_latents(latents: Tensor, value: float, drawn: Latent = "normal", limit: float = 2.0) -> Tensor:
    """Move latents to a narrower distribution, each number keeping its quantile; 0 gives zeros, the mean.

    drawn: the distribution they are from: N(0, 1), U(-1, 1), or N(0, 1) cut at +-limit.
    value: "uniform": the half-width left, from 0 to 1. Others: the limit beyond which nothing is left, at least 0; inf,
        or for cut ones their own limit, leaves them alone (Brock et al. 2019, BigGAN, section 3.1).
    Raises UserError for a value out of range, and for latents that never vary.
    """
    most = {"normal": math.inf, "uniform": 1.0, "truncated": limit, "constant": 0.0}[drawn]
    if drawn == "constant":
        raise UserError("latents that are always 0 cannot be truncated")
    if not value >= 0 or (drawn == "uniform" and value > 1):
        raise UserError(f"truncation {value:g} is out of range; take 0 to {most:g}")
    if value >= most:
        return latents
    if value == 0 or drawn == "uniform":
        return latents * value
    if drawn == "normal":
        return truncate_normal(latents, value)
    inside, cut = (torch.erf(torch.tensor(v / _ROOT, dtype=torch.float64)) for v in (value, limit))
    quantiles = torch.erf(latents.double() / _ROOT) * inside / cut
    return (torch.erfinv(quantiles) * _ROOT).clamp(-value, value).to(latents.dtype)


@torch.no_grad()
def truncate(
    generator: Generator,
    latents: Tensor,
    value: float,
    *,
    labels: Tensor | None = None,
    cutoff: int | None = None,
    drawn: Latent = "normal",
    limit: float = 2.0,
) -> Tensor:
    """Items (N, *shape) of latents (N, latent_size), truncated.

    value: of a style-based generator the share of a style's distance to the mean style that is kept: 1 leaves it, 0
        gives the mean (Karras et al. 2019, StyleGAN, appendix B). Of others see `truncate_latents`.
    cutoff: truncate the styles of the first so many layers only; None: of all. drawn, limit: see `truncate_latents`.
    Raises UserError for values and cut-offs out of range.
    """
    if not isinstance(generator, StyledGenerator):
        if cutoff is not None:
            as_styled(generator, "a cut-off layer")
        return generator(truncate_latents(latents, value, drawn, limit), labels).float()
    if not -2 <= value <= 2:
        raise UserError(f"truncation {value:g} is out of range; take -2 to 2; 1 changes nothing, 0 is the mean")
    return decode(generator, truncated(generator, encode(generator, latents, labels), value, cutoff))
