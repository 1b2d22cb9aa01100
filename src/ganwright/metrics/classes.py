"""Which classes the samples fall into, by a classifier: each item counts for its likeliest. What the counts say."""

import math

import torch
from torch import Tensor

from ganwright.core.errors import UserError


def class_counts(probabilities: Tensor) -> Tensor:
    """Class probabilities (N, K) -> items per class, int64 (K,).

    Raises UserError unless there is a row and all are finite.
    """
    if probabilities.ndim != 2 or 0 in probabilities.shape:
        raise UserError(f"class probabilities must be a table (N, K), not of shape {tuple(probabilities.shape)}")
    if not bool(probabilities.isfinite().all()):
        raise UserError("class probabilities are not finite; look for NaN in the samples")
    return torch.bincount(probabilities.argmax(1), minlength=probabilities.shape[1]).cpu()


def classes_covered(counts: Tensor) -> float:
    """How many of the K classes have at least one item; counts (K,)."""
    return float((counts > 0).sum())


def class_entropy(counts: Tensor) -> float:
    """Entropy of the classes' shares in nats: ln K where all are equally frequent, 0 where one has everything."""
    return -float(torch.xlogy(_shares(counts), _shares(counts)).sum()) + 0.0


def smallest_class_share(counts: Tensor) -> float:
    """Share of the rarest class, in [0, 1/K]."""
    return float(_shares(counts).min())


def largest_class_share(counts: Tensor) -> float:
    """Share of the most frequent class, in [1/K, 1]."""
    return float(_shares(counts).max())


def reverse_kl(counts: Tensor, target: Tensor | None = None) -> float:
    """KL(samples || target) in nats of the classes' or modes' shares: the divergence that forgives missing ones.

    With p_k the share of class k among the samples and q_k in the target, sum_k p_k ln(p_k / q_k). For an even target
    it is ln K less the entropy: 0 where all are equally frequent, ln K where one has everything.

    counts: (K,). target: shares (K,) that sum to 1; None: 1/K each. Infinite where samples fall where the target has
    nothing. Without any item it is the largest value there is, that of having only the target's rarest class.
    """
    target = torch.full((len(counts),), 1 / len(counts), dtype=torch.float64) if target is None else target.double()
    if target.shape != counts.shape:
        raise UserError(f"counts of {len(counts)} classes do not compare with shares of {len(target)}")
    if not int(counts.sum()):
        return -math.log(float(target.min())) if float(target.min()) > 0 else math.inf
    shares = _shares(counts)
    found = shares > 0
    return max(0.0, float((shares[found] * (shares[found] / target[found]).log()).sum()))


def _shares(counts: Tensor) -> Tensor:
    return counts.double() / counts.sum()
