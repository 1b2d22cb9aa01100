"""Inception score of class probabilities (Salimans et al. 2016, section 4).

    exp( mean_x KL( p(y | x) || p(y) ) ),   p(y) = mean_x p(y | x)

1 where all items get the same probabilities, K where each is sure and all K classes are equally frequent. It does not
look at real data: it tells how sure and how varied a classifier finds the items, nothing about fidelity (Barratt and
Sharma 2018).

The score here is that of all rows at once. The customary one is the mean over 10 parts in the order the rows come:
fewer rows a part make p(y) less even, so it comes out lower, the more so the fewer rows there are, and depends on their
order. `inception_score_splits` gives it for comparison with figures of others.
"""

import math
import statistics
from dataclasses import dataclass

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.metrics.base import Estimate, Side
from ganwright.metrics.errors import grouped, jackknife, jackknife_from, settled_order


@dataclass(frozen=True)
class SplitScores:
    """Mean and (unbiased) standard deviation of the scores of `num_splits` parts."""

    mean: float
    std: float
    num_splits: int


def inception_score(probabilities: Tensor) -> float:
    """Score in [1, K] of all rows (N, K) at once; the order of the rows does not matter.

    Rows are scaled to sum to 1. A probability of 0 adds nothing, as in the limit.
    Raises UserError for no rows, non-finite or negative values, and rows that are no distribution.
    """
    return _from_sums(*_sums(_checked(probabilities, 1)))


def inception_score_splits(probabilities: Tensor, *, splits: int = 10, seed: int | None = 0) -> SplitScores:
    """The customary figure: scores of `splits` parts of the rows (N, K), alike in size.

    seed: of a random division that does not depend on the rows' order; None: parts in the order the rows come, as in
    the first implementation.
    """
    if splits < 2:
        raise UserError(f"the inception score needs 2 splits or more for a spread, not {splits}")
    rows = _checked(probabilities, splits)
    order = torch.arange(len(rows)) if seed is None else settled_order(rows, seed, "inception score")
    scores = [_from_sums(*_sums(rows[part])) for part in grouped(order, splits)]
    return SplitScores(statistics.fmean(scores), statistics.stdev(scores), splits)


def inception_score_of(side: Side) -> Estimate:
    """The score of all rows, with the jackknife's error; the customary mean over 10 splits in the details."""
    rows = _checked(side.probabilities, 1)
    groups = [_sums(rows[part]) for part in grouped(settled_order(rows, side.seed, "inception score"))]

    def figure(left: list[tuple[int, Tensor, float]]) -> float:
        return _from_sums(sum(n for n, _, _ in left), sum(t for _, t, _ in left), sum(e for _, _, e in left))

    error = jackknife(figure, groups)
    splits = inception_score_splits(rows, seed=side.seed) if len(rows) >= 10 else None
    details = {} if splits is None else {"mean_of_10_splits": splits.mean, "std_of_10_splits": splits.std}
    return Estimate(figure(groups), error, "" if error is None else jackknife_from(len(groups)), details)


def _sums(rows: Tensor) -> tuple[int, Tensor, float]:
    """Rows (N, K) -> N, sum of the rows (K,), sum of p ln p over everything: all that a score needs."""
    return len(rows), rows.sum(0), float(torch.xlogy(rows, rows).sum())


def _from_sums(num: int, total: Tensor | int, negative_entropy: float) -> float:
    """The mean KL is the entropy of the mean less the mean entropy; rounding alone could bring it below 0."""
    mean = torch.as_tensor(total) / num
    return math.exp(max(0.0, negative_entropy / num - float(torch.xlogy(mean, mean).sum())))


def _checked(probabilities: Tensor, least: int) -> Tensor:
    if probabilities.ndim != 2 or 0 in probabilities.shape:
        raise UserError(f"class probabilities must be a table (N, K), not of shape {tuple(probabilities.shape)}")
    if len(probabilities) < least:
        raise UserError(f"{least} splits of {len(probabilities)} rows leave some empty; take fewer splits")
    rows = probabilities.detach().cpu().double()
    if not bool(rows.isfinite().all()):
        raise UserError("class probabilities are not finite; look for NaN in the samples")
    sums = rows.sum(1, keepdim=True)
    if bool((rows < 0).any()) or bool(((sums - 1).abs() > 1e-3).any()):
        raise UserError("class probabilities must be at least 0 and sum to 1 in each row; apply softmax to logits")
    return rows / sums
