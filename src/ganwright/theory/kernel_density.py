"""The density of samples on a line, by a sum of narrow normals (Silverman 1986, chapters 2 and 3).

    q(x) = 1 / (N h) sum_i phi((x - x_i) / h),   h the bandwidth, phi the standard normal density

What it estimates is the true density convolved with N(0, h^2): the variance of q is that of the samples plus h^2.
"""

import math

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.theory.densities import as_double

_MOST_PAIRS = 4_000_000


def silverman_bandwidth(samples: Tensor) -> Tensor:
    """Bandwidth (...) for samples (..., N), N at least 2, in their unit: 0.9 min(std, IQR / 1.34) N^(-1/5).

    Silverman 1986, equation 3.31; close to the best for one normal, too wide for far-apart modes, whose spread it takes
    for that of one. Where half of the samples are equal (IQR 0) the std counts alone.
    Raises UserError where samples are non-finite or all the same: such a set has no density.
    """
    samples = _checked(samples)
    num = samples.shape[-1]
    if num < 2:
        raise UserError("a bandwidth cannot be told from one sample; give one")
    std = samples.std(-1)
    quarters = torch.tensor([0.25, 0.75], dtype=torch.float64, device=samples.device)
    low, high = samples.quantile(quarters, dim=-1)
    spread = (high - low) / 1.34
    spread = torch.where(spread > 0, torch.minimum(std, spread), std)
    if not bool((spread > 0).all()):
        raise UserError("all samples are the same, so they have no density; give a bandwidth to see them as a peak")
    return 0.9 * spread * num**-0.2


def log_density_of_samples(samples: Tensor, x: Tensor, bandwidth: float | Tensor | None = None) -> Tensor:
    """The logarithm (..., K) of the density of samples (..., N) at points x (K,), in float64.

    bandwidth: above 0, in the unit of x, a number or (...); None: Silverman's rule.
    Stays finite far outside of the samples, where the density itself underflows: use it for logits.
    Raises UserError for non-finite samples, for a bandwidth of 0 or less, and where the rule has none.
    """
    samples = _checked(samples)
    width = silverman_bandwidth(samples) if bandwidth is None else as_double(bandwidth, samples)
    if not bool((width > 0).all()):
        raise UserError("bandwidth must be above 0")
    width = width[..., None, None]
    most_points = max(1, _MOST_PAIRS // samples.numel())
    parts = [
        torch.logsumexp(-0.5 * ((points[:, None] - samples[..., None, :]) / width).square(), -1)
        for points in x.double().split(most_points)
    ]
    scale = width[..., 0] * (samples.shape[-1] * math.sqrt(2 * math.pi))
    return torch.cat(parts, -1) - scale.log()


def density_of_samples(samples: Tensor, x: Tensor, bandwidth: float | Tensor | None = None) -> Tensor:
    """The density (..., K), per unit of x, of samples (..., N) at points x (K,); see `log_density_of_samples`.

    On a grid that cuts some samples off, scale it with `masses.normalise` before it is compared with others.
    """
    return log_density_of_samples(samples, x, bandwidth).exp()


def _checked(samples: Tensor) -> Tensor:
    if samples.ndim == 0 or samples.shape[-1] == 0:
        raise UserError(f"samples must be numbers along the last dimension, not of shape {tuple(samples.shape)}")
    if not bool(samples.isfinite().all()):
        raise UserError("samples are not finite; look for NaN in them")
    return samples.double()
