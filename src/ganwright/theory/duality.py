"""Kantorovich's two programmes for W1 between weighted points of any dimension; docs/theory/duality.md derives them.

    primal   min over plans     sum_ij plan_ij |x_i - y_j|,   plan >= 0 with row sums p and column sums q
    dual     max over f         sum_i p_i f(x_i) - sum_j q_j f(y_j),   |f(a) - f(b)| <= |a - b| for all a, b

The primal moves mass, the dual prices it; their values agree (Kantorovich 1942; Kantorovich and Rubinstein 1958). A
WGAN's critic climbs the dual (Arjovsky, Chintala and Bottou 2017, equation 2).
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.theory.masses import share_of_points

MOST_PAIRS = 250_000
"""Pairs of points that a linear programme may have: 500 against 500, about 15 seconds."""

_EXACT = "donot_use_mm_for_euclid_dist"


class Transport(NamedTuple):
    """The cheapest way of turning one distribution into another.

    value: (), W1, at least 0, in the unit of the points.
    plan: (N, M), at least 0: the mass that goes from point i of the first to point j of the second; it sums to 1.
    """

    value: Tensor
    plan: Tensor


@dataclass(frozen=True, eq=False)
class Potential:
    """The best critic: a 1-Lipschitz function with mean 0 under the second distribution and `value` under the first.

    f(x) = min over j of heights_j + |x - points_j|, a lower envelope of cones, hence 1-Lipschitz everywhere.
    value: (), W1 as the difference of its means. points: (M, D). heights: (M,), all in the unit of the points.
    """

    value: Tensor
    points: Tensor
    heights: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        """f at points (K,) of a line or (K, D): (K,)."""
        return (self.heights + torch.cdist(_as_rows(x, "x"), self.points, compute_mode=_EXACT)).amin(-1)


def transport_plan(
    points_p: Tensor, points_q: Tensor, weights_p: Tensor | None = None, weights_q: Tensor | None = None
) -> Transport:
    """Solve the primal: N x M masses to move, each at the price of its Euclidean distance.

    points_p: (N,) or (N, D), points_q: (M,) or (M, D). weights_p: (N,), weights_q: (M,), at least 0 and not all 0,
    scaled to sum to 1; None: all equal. N M at most 250,000.
    Raises UserError for points and weights that do not fit and for too many of them.
    """
    points_p, points_q, share_p, share_q = _checked(points_p, points_q, weights_p, weights_q)
    cost = torch.cdist(points_p, points_q, compute_mode=_EXACT)
    num_p, num_q = cost.shape
    # One of the sums follows from the others; the last one is left out so that rounding cannot make them contradict.
    sums = _incidence(num_p, num_q)[:-1]
    given = torch.cat([share_p, share_q])[:-1]
    plan = _solve(cost.flatten() / _scale(cost), bounds=(0, None), A_eq=sums, b_eq=given.numpy())
    plan = torch.from_numpy(plan).clamp(min=0.0).reshape(num_p, num_q)
    return Transport((plan * cost).sum(), plan)


def lipschitz_potential(
    points_p: Tensor, points_q: Tensor, weights_p: Tensor | None = None, weights_q: Tensor | None = None
) -> Potential:
    """Solve the dual; arguments and errors as of `transport_plan`.

    The programme holds f(x_i) - f(y_j) <= |x_i - y_j| for pairs of one point each; taking the lower envelope of cones
    on the y_j afterwards keeps its value and makes f 1-Lipschitz between all other points as well.
    """
    points_p, points_q, share_p, share_q = _checked(points_p, points_q, weights_p, weights_q)
    cost = torch.cdist(points_p, points_q, compute_mode=_EXACT)
    gain = torch.cat([share_p, -share_q])
    signs = np.concatenate([np.ones(len(points_p)), -np.ones(len(points_q))])
    pairs = _incidence(*cost.shape).T.multiply(signs).tocsr()
    scale = _scale(cost)
    values = _solve(-gain, bounds=(None, None), A_ub=pairs, b_ub=(cost.flatten() / scale).numpy())
    heights = scale * torch.from_numpy(values[len(points_p) :])
    mean_p = share_p @ (heights + cost).amin(-1)
    mean_q = share_q @ (heights + torch.cdist(points_q, points_q, compute_mode=_EXACT)).amin(-1)
    return Potential(mean_p - mean_q, points_q, heights - mean_q)


def _scale(cost: Tensor) -> float:
    """The largest distance, or 1: the solver's tolerances are absolute, and the unit of the points is free."""
    return float(cost.max()) or 1.0


def _incidence(num_p: int, num_q: int) -> Any:
    """(N + M, N M) ones: row i marks the pairs of the first's point i, row N + j those of the second's point j."""
    import scipy.sparse

    pair = np.arange(num_p * num_q)
    rows = np.concatenate([pair // num_q, num_p + pair % num_q])
    shape = (num_p + num_q, num_p * num_q)
    return scipy.sparse.csr_matrix((np.ones(2 * len(pair)), (rows, np.tile(pair, 2))), shape=shape)


def _solve(cost: Tensor, **programme: Any) -> np.ndarray:
    from scipy.optimize import linprog

    result = linprog(cost.numpy(), method="highs", **programme)
    if result.x is None:
        raise RuntimeError(f"the linear programme was not solved: {result.message}")
    return result.x


def _checked(
    points_p: Tensor, points_q: Tensor, weights_p: Tensor | None, weights_q: Tensor | None
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    rows_p, rows_q = _as_rows(points_p, "points_p"), _as_rows(points_q, "points_q")
    if rows_p.shape[1] != rows_q.shape[1]:
        raise UserError(f"points of {rows_p.shape[1]} and of {rows_q.shape[1]} dimensions have no distance")
    if len(rows_p) * len(rows_q) > MOST_PAIRS:
        raise UserError(
            f"{len(rows_p)} against {len(rows_q)} points are more than {MOST_PAIRS:,} pairs; take fewer points, or "
            "wasserstein_of_samples on a line"
        )
    share_p = share_of_points(weights_p, len(rows_p), "weights_p").detach().cpu()
    share_q = share_of_points(weights_q, len(rows_q), "weights_q").detach().cpu()
    for name, share, rows in (("weights_p", share_p, rows_p), ("weights_q", share_q, rows_q)):
        if share.shape != (len(rows),):
            raise UserError(f"{name} has the shape {tuple(share.shape)}; it needs one for each of {len(rows)} points")
    return rows_p, rows_q, share_p, share_q


def _as_rows(points: Tensor, name: str) -> Tensor:
    points = points.detach().to("cpu", torch.float64)
    if points.ndim not in (1, 2):
        raise UserError(f"{name} must be points (N,) of a line or (N, D), not of shape {tuple(points.shape)}")
    if not bool(points.isfinite().all()):
        raise UserError(f"{name} is not finite; look for NaN in the samples")
    return points if points.ndim == 2 else points[:, None]
