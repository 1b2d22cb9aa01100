"""Which classes the samples fall into, from a classifier's probabilities (N, K): each item counts for its likeliest."""

import math

import torch
from torch import Tensor

from ganwright.core.errors import UserError


def class_counts(probabilities: Tensor) -> Tensor:
    """Items per class, int64 (K,). Raises UserError unless each of at least one row is finite."""
    if probabilities.ndim != 2 or 0 in probabilities.shape:
        raise UserError(f"class probabilities must be a table (N, K), not of shape {tuple(probabilities.shape)}")
    if not bool(probabilities.isfinite().all()):
        raise UserError("class probabilities are not finite; look for NaN in the samples")
    return torch.bincount(probabilities.argmax(1), minlength=probabilities.shape[1]).cpu()


def classes_covered(probabilities: Tensor) -> float:
    """How many of the K classes have at least one item."""
    return float((class_counts(probabilities) > 0).sum())


def class_entropy(probabilities: Tensor) -> float:
    """Entropy of the classes' shares in nats: ln K where all are equally frequent, 0 where one has everything."""
    shares = _shares(probabilities)
    return -sum(s * math.log(s) for s in shares if s > 0) + 0.0


def smallest_class_share(probabilities: Tensor) -> float:
    """Share of the rarest class, in [0, 1/K]."""
    return min(_shares(probabilities))


def largest_class_share(probabilities: Tensor) -> float:
    """Share of the most frequent class, in [1/K, 1]."""
    return max(_shares(probabilities))


def _shares(probabilities: Tensor) -> list[float]:
    counts = class_counts(probabilities)
    return (counts.double() / counts.sum()).tolist()
