"""Distributions that sit on finitely many points, and what leaving some of the points out costs."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.theory.densities import as_double
from ganwright.theory.masses import share_of_points


class CommonSupport(NamedTuple):
    """Two distributions over the same points.

    points: (K, ...) float64, all different, in increasing order. p, q: (K,) float64, what each gives to every point.
    """

    points: Tensor
    p: Tensor
    q: Tensor


def on_common_support(
    points_p: Tensor, points_q: Tensor, weights_p: Tensor | None = None, weights_q: Tensor | None = None
) -> CommonSupport:
    """Write two sets of weighted points as probabilities of the same points, so that divergences can compare them.

    points_p: (N, ...), points_q: (M, ...), items of one shape; points are the same where they are exactly equal.
    weights_p: (N,), weights_q: (M,), at least 0, scaled to sum to 1; None: all equal.
    One delta against the even mix of two is `on_common_support(tensor([0.0]), tensor([0.0, 1.0]))`.
    Raises UserError for items of different shapes, for no points and for weights that are none.
    """
    if points_p.ndim == 0 or points_q.ndim == 0 or points_p.shape[1:] != points_q.shape[1:]:
        raise UserError(f"points of shapes {tuple(points_p.shape)} and {tuple(points_q.shape)} cannot be compared")
    share_p = share_of_points(weights_p, len(points_p), "weights_p").to(points_p.device)
    share_q = share_of_points(weights_q, len(points_q), "weights_q").to(points_p.device)
    together = torch.cat([points_p.double(), points_q.double()])
    if not bool(together.isfinite().all()):
        raise UserError("points are not finite; look for NaN in the samples")
    points, place = torch.unique(together, dim=0, return_inverse=True)
    zeros = torch.zeros(len(points), dtype=torch.float64, device=points.device)
    p = zeros.index_add(0, place[: len(points_p)], share_p)
    q = zeros.index_add(0, place[len(points_p) :], share_q)
    return CommonSupport(points, p, q)


class CoverageCost(NamedTuple):
    """Divergences in nats between data of equal modes and a perfect, even generator of some; see `coverage_cost`.

    js: from 0 to ln 2. reverse_kl: KL(generator | data). kl: KL(data | generator), infinite as soon as a mode is lost.
    """

    js: Tensor
    reverse_kl: Tensor
    kl: Tensor


def coverage_cost(share: float | Tensor) -> CoverageCost:
    """What it costs to cover only a share of equally heavy, disjoint modes, those perfectly and evenly.

    share: covered modes / all modes, in (0, 1]. With r = share,
        JS = ln 2 + (r ln r - (1 + r) ln(1 + r)) / 2,   KL(generator | data) = -ln r.
    One of two modes has JS = 0.2158, and one of infinitely many ln 2 = 0.6931. Raises UserError for another share.
    """
    share = as_double(share)
    if not bool(((share > 0) & (share <= 1)).all()):
        raise UserError("the share of covered modes must be above 0 and at most 1")
    middle = 0.5 * (1 + share)  # (1 + r) / 2 and (1 - r) / 2 share out ln 2, so that a share of 1 costs exactly 0
    js = 0.5 * share * share.log() - middle * middle.log() + 0.5 * (1 - share) * math.log(2)
    kl = torch.where(share < 1, torch.full_like(share, torch.inf), torch.zeros_like(share))
    return CoverageCost(js, share.reciprocal().log(), kl)
