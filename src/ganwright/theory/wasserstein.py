"""The Wasserstein-1 distance on a line: the area between the distribution functions (Vallender 1974).

    W1(p, q) = integral |F_p(x) - F_q(x)| dx,   in the unit of x

It is the least mean distance over which mass must be moved to turn p into q; see docs/theory/wasserstein.md.
"""

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.theory.masses import check_grid, share_of_points, two_masses


def wasserstein_distance(p: Tensor, q: Tensor, x: Tensor) -> Tensor:
    """W1 (...) of two densities (..., K) on the grid x (K,), at least 0, in the unit of x.

    Exact for the densities' trapezoid masses, so its error falls with the square of the grid's step. For probabilities
    of points use `wasserstein_of_samples(points, points, p, q)`. Raises UserError for what is not a density.
    """
    p, q = two_masses(p, q, x)
    return _area(p - q, check_grid(x))


def wasserstein_of_samples(
    samples_p: Tensor, samples_q: Tensor, weights_p: Tensor | None = None, weights_q: Tensor | None = None
) -> Tensor:
    """W1 (...) of two samples of numbers (..., N) and (..., M), N and M at least 1, in their unit.

    weights_p: (..., N), weights_q: (..., M), at least 0 and not all 0, scaled to sum to 1; None: all equal.
    Leading dimensions broadcast. Differentiable in the samples. For N = M without weights it is the mean distance of
    the two sorted lists. Raises UserError for empty or non-finite samples and for weights that are none.
    """
    for name, samples in (("samples_p", samples_p), ("samples_q", samples_q)):
        if samples.ndim == 0 or samples.shape[-1] == 0:
            raise UserError(f"{name} must be numbers along the last dimension, not of shape {tuple(samples.shape)}")
        if not bool(samples.isfinite().all()):
            raise UserError(f"{name} is not finite; look for NaN in the samples")
    share_p = share_of_points(weights_p, samples_p.shape[-1], "weights_p").to(samples_p.device)
    share_q = share_of_points(weights_q, samples_q.shape[-1], "weights_q").to(samples_p.device)
    lead = torch.broadcast_shapes(*(t.shape[:-1] for t in (samples_p, samples_q, share_p, share_q)))
    points = torch.cat([t.double().expand(*lead, t.shape[-1]) for t in (samples_p, samples_q)], -1)
    signed = torch.cat([t.expand(*lead, t.shape[-1]) for t in (share_p, -share_q)], -1)
    points, order = points.sort(-1)
    return _area(signed.gather(-1, order), points)


def optimal_critic(p: Tensor, q: Tensor, x: Tensor) -> Tensor:
    """The 1-Lipschitz function (..., K) on the grid x that tells p from q best: the critic a WGAN looks for.

    Its slope is +1 where F_q > F_p, -1 where F_q < F_p and 0 where they are equal; its mean under q is 0, so that its
    mean under p is W1 (Kantorovich and Rubinstein 1958). Units as x. A trained critic may differ by any constant, and
    in slope where the distribution functions are equal. Raises UserError for what is not a density.
    """
    p, q = two_masses(p, q, x)
    x = check_grid(x)
    gap = (q - p).cumsum(-1)[..., :-1]
    slope = torch.where(gap.abs() > 4 * len(x) * torch.finfo(torch.float64).eps, gap.sign(), 0.0)
    critic = torch.nn.functional.pad((slope * x.diff()).cumsum(-1), (1, 0))
    return critic - (critic * q).sum(-1, keepdim=True)


def _area(signed: Tensor, points: Tensor) -> Tensor:
    """The area under |running sum of signed masses| over increasing points: both (..., K)."""
    return (signed.cumsum(-1)[..., :-1].abs() * points.diff(dim=-1)).sum(-1)
