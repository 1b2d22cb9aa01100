"""Two faults given to one generator on purpose, equally bad by FID: few kinds made well, and all kinds made badly."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from ganwright.metrics.frechet import frechet_distance
from ganwright.metrics.manifolds import Manifolds, manifolds
from ganwright.metrics.precision_recall_curve import precision_recall_curve

POOL = 4  # times as many samples to choose from: enough for those of half the classes
MOST_NOISE = 2.0  # standard deviation, for pixels in [-1, 1]: nothing of an image is left
NUM_HALVINGS = 9
NUM_CURVE_RUNS = 4
NUM_DRAWN = 250
RECALLS = tuple(i / 50 for i in range(51))

Classify = Callable[[Tensor], tuple[Tensor, Tensor]]
"""Images as float in [-1, 1] -> features (N, D) and class probabilities (N, K)."""


@dataclass(frozen=True, eq=False)
class Faults:
    """Features (n, D) of the same generator's samples in three forms, and of real items.

    trained: as they are. few: of the first half of the classes alone. badly: of all classes, under noise.
    rest: of real items other than `real`: as good as samples can be. noise: its standard deviation, for pixels in
    [-1, 1].
    """

    real: Tensor
    trained: Tensor
    few: Tensor
    badly: Tensor
    rest: Tensor
    noise: float

    @property
    def all(self) -> tuple[Tensor, ...]:
        """As trained, few kinds, all badly, real items."""
        return self.trained, self.few, self.badly, self.rest

    @cached_property
    def fids(self) -> list[float]:
        """Frechet distance of each from the real items."""
        return [frechet_distance(self.real, side) for side in self.all]

    @cached_property
    def manifolds(self) -> list[Manifolds]:
        """Precision, recall, density and coverage of each."""
        return [manifolds(self.real, side) for side in self.all]

    @cached_property
    def curves(self) -> list[list[float]]:
        """Precision of each at the recalls `RECALLS`, along its precision-recall curve."""
        return [precision_at(RECALLS, self.real, side) for side in self.all]

    @cached_property
    def planes(self) -> list[Tensor]:
        """Up to 250 of the real items, and of each, in the plane in which real items vary most (N, 2)."""
        return in_plane(self.real, *self.all)


def given_faults(samples: Tensor, real: Tensor, rest: Tensor, classify: Classify, noise: Tensor) -> Faults:
    """Choose and spoil samples.

    samples: a pool of several times as many as `real` (n, D) has rows, as float images in [-1, 1]; rest: (n, D).
    noise: standard normal, shaped as n of the samples. Where the pool has too few samples of the first half of the
    classes, others fill up. The noise is as strong as makes FID equal, found by halving between 0 and 2.
    """
    num = len(real)
    features, probabilities = classify(samples)
    few = features[kept_kinds(probabilities)[:num]]
    wanted, low, high = frechet_distance(real, few), 0.0, MOST_NOISE
    spoiled = features[:num]
    for _ in range(NUM_HALVINGS):
        middle = (low + high) / 2
        spoiled = classify((samples[:num] + middle * noise).clamp(-1, 1))[0]
        low, high = (middle, high) if frechet_distance(real, spoiled) < wanted else (low, middle)
    return Faults(real, features[:num], few, spoiled, rest, (low + high) / 2)


def kept_kinds(probabilities: Tensor) -> Tensor:
    """Order (N,) of samples with class probabilities (N, K): first, as they came, those of the first half of K."""
    kept = probabilities.argmax(1) < probabilities.shape[1] // 2
    return torch.argsort(kept.logical_not().int(), stable=True)


def precision_at(recalls: tuple[float, ...], real: Tensor, fake: Tensor) -> list[float]:
    """Greatest precision along the curve at each recall; 0 beyond the greatest recall."""
    curve = precision_recall_curve(real, fake, runs=NUM_CURVE_RUNS)
    recall, precision = curve.recall.flip(0).numpy(), curve.precision.flip(0).numpy()
    return np.interp(recalls, recall, precision, right=0.0).tolist()


def in_plane(real: Tensor, *others: Tensor) -> list[Tensor]:
    """The first rows of all (N, D) in the plane of the two main directions of the real ones (N, 2), float64.

    In units of the real items' spread along the first of them.
    """
    mean = real.double().mean(0)
    directions = torch.linalg.svd(real.double() - mean, full_matrices=False).Vh[:2].T
    spread = ((real.double() - mean) @ directions[:, 0]).std()
    return [(side[:NUM_DRAWN].double() - mean) @ directions / spread for side in (real, *others)]
