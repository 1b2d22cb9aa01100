"""Vendi score: the effective number of different items in a set (Friedman and Dieng 2023, definition 3.1).

With the cosine kernel K_ij = u_i . u_j of unit features, and l the eigenvalues of K / N, which sum to 1:

    exp( - sum l ln l )

Its generalisation to Renyi's orders q (Pasarkar and Dieng 2024) weighs rare kinds of items the less, the higher q:
(sum l^q)^(1 / (1 - q)), and 1 / max(l) for infinity. U U^T / N and the second moment U^T U / N have the same
eigenvalues but for zeros, so the smaller of the two is taken.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.metrics.base import Estimate, Side
from ganwright.metrics.errors import check_table, grouped, jackknife, jackknife_from, settled_order

_CHUNK_ROWS = 4096


def vendi_score(features: Tensor, *, order: float = 1.0) -> float:
    """Effective number of different items, from 1 (all alike) to min(N, D), of features (N, D).

    order: q, above 0; 1: Shannon's entropy; infinity: 1 / the largest eigenvalue.
    The score grows with N, so compare sets of the same size; copies of a whole set leave it as it is.
    Raises UserError for non-finite values, another shape, no rows, rows of zeros (they have no direction) and other q.
    """
    _check(features, order)
    if len(features) <= features.shape[1]:
        units = _units(features)
        return _from_kernel(units @ units.T / len(units), order)
    return _from_kernel(_second_moment(features) / len(features), order)


def vendi_of(side: Side) -> Estimate:
    """The score of a side's features, with the jackknife's error."""
    rows = side.rows
    _check(rows, 1.0)
    places = grouped(settled_order(rows, side.seed, "vendi"))
    if len(rows) <= rows.shape[1]:
        units = _units(rows)
        kernel = units @ units.T

        def figure(left: Sequence[int]) -> float:
            at = torch.cat([places[i] for i in left])
            return _from_kernel(kernel[at][:, at] / len(at), 1.0)
    else:
        moments = [_second_moment(rows[at]) for at in places]

        def figure(left: Sequence[int]) -> float:
            num = sum(len(places[i]) for i in left)
            return _from_kernel(torch.stack([moments[i] for i in left]).sum(0) / num, 1.0)

    everything = range(len(places))
    done = jackknife(figure, everything)
    return Estimate(
        figure(everything), done, "" if done is None else jackknife_from(len(places)), protocol={"order": 1}
    )


def _from_kernel(kernel: Tensor, order: float) -> float:
    """Symmetric matrix of trace 1 -> score."""
    num_threads = torch.get_num_threads()
    torch.set_num_threads(1)  # LAPACK's solver gains nothing from a second thread, and loses much on a loaded machine
    try:
        values = torch.linalg.eigvalsh(kernel).clamp(min=0)
    finally:
        torch.set_num_threads(num_threads)
    values = values / values.sum()
    if order == 1:
        return math.exp(max(0.0, -float(torch.xlogy(values, values).sum())))
    if math.isinf(order):
        return 1 / float(values.max())
    values = values[values > len(values) * torch.finfo(torch.float64).eps]
    return float(values.pow(order).sum()) ** (1 / (1 - order))


def _second_moment(features: Tensor) -> Tensor:
    """Sum of u u^T over the unit rows (D, D)."""
    total = torch.zeros(features.shape[1], features.shape[1], dtype=torch.float64)
    for chunk in features.split(_CHUNK_ROWS):
        units = _units(chunk)
        total += units.T @ units
    return total


def _units(features: Tensor) -> Tensor:
    return torch.nn.functional.normalize(features.detach().cpu().double(), dim=1, eps=1e-300)


def _check(features: Tensor, order: float) -> None:
    check_table("the Vendi score", features, 1)
    num_zero = int((features == 0).all(1).sum())
    if num_zero:
        raise UserError(f"{num_zero} of {len(features)} rows of features are all zeros and have no direction; see why")
    if not order > 0:
        raise UserError(f"the Vendi score's order must be above 0, not {order}")
