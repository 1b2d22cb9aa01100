"""What signals look at: a run at one tick as tensors, beside what never changes in the run.

Everything stays on the run's device; nothing here waits for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional as F

from ganwright.health import regions

STEP = 0.1
"""Share of the way to another latent that a latent is moved, to see how the sample follows."""


def distances(rows: Tensor, others: Tensor | None = None) -> Tensor:
    """Euclidean distances (N, M) between rows (N, D) and (M, D), from a product; (N, N) exact ones without others.

    Copies are at 0 in the exact ones; a product leaves them at about 1e-3 of the rows' lengths.
    """
    if others is None:
        return torch.cdist(rows, rows, compute_mode="donot_use_mm_for_euclid_dist")
    return torch.cdist(rows, others)


def share(hits: Tensor, seen: Tensor) -> Tensor:
    """Share of true values among hits; NaN where what was looked at is not finite, which compares as false."""
    return hits.float().mean() + 0 * seen.sum()


@dataclass(frozen=True)
class Cloud:
    """All pairs of N items, N >= 2, at least. features: (N, D)."""

    features: Tensor

    @cached_property
    def pairs(self) -> Tensor:
        """Distances (N, N)."""
        return distances(self.features)

    @property
    def num(self) -> int:
        """N."""
        return len(self.features)

    @cached_property
    def mean_distance(self) -> Tensor:
        """Mean distance of pairs of different items."""
        return self.pairs.sum() / (self.num * (self.num - 1))

    @cached_property
    def nearest(self) -> Tensor:
        """Distance (N,) of each to the nearest other."""
        apart = torch.eye(self.num, device=self.features.device).mul(torch.finfo(torch.float32).max)
        return (self.pairs + apart).min(1).values

    def effective_number(self, scale: Tensor) -> Tensor:
        """How many different items there are at a resolution: the Vendi score of order 2 with a Gaussian kernel.

        1 / sum l^2 over the eigenvalues of K / N, with K_ij = exp(-d_ij^2 / 2 s^2), is N^2 / |K|_F^2 (Pasarkar and
        Dieng 2024, order 2), which needs no eigenvalues. From 1 (all alike) to N (all farther apart than a few s).
        """
        return self.num**2 / (-(self.pairs / scale).square()).exp().sum()

    def distinct_number(self, near: Tensor) -> Tensor:
        """The same where two items either are the same, if at most `near` apart, or are not: 3 pictures give 3.

        It is 1 over the chance that two draws with replacement collide, as in the birthday test of Arora et al. (2018).
        """
        return 1 / share(self.pairs <= near, self.pairs)


@dataclass(frozen=True)
class Shadows:
    """Items projected on directions. of: (N, K). Sorted along each, they are one-dimensional distributions."""

    of: Tensor

    @cached_property
    def ordered(self) -> Tensor:
        """(N, K), ascending along N."""
        return self.of.sort(0).values

    def distance(self, other: "Shadows") -> Tensor:
        """Sliced Wasserstein distance of order 2 to as many items (Bonneel et al. 2015, equation 6)."""
        return (self.ordered - other.ordered).square().mean().sqrt()


@dataclass(frozen=True)
class Reference:
    """Real items and what they measure; made once a run by `look.reference`.

    items (N, *shape), labels (N,) or None: fixed training items, which D scores.
    centre: (D,) mean of real features, which is taken off all of them: less rounding, and no distance moves.
    cloud: their features. other: features (N, D) of as many other training items.
    held_out, held_out_labels: as many items D is not trained on; None where the data has none.
    train_rows, held_out_rows: features (R, D) of equally many training and held-out items, to look for neighbours in.
    known_rows: features (K, D) of all training items, or of many, to look for copies in.
    held_out_gap: median distance of held-out items to the nearest of `known_rows`.
    class_shares: share (K,) of each class among training items, by a classifier; None where there is none.
    directions: (D, K), of length 1, each from one real item to another, so that they lie where the data varies.
    """

    items: Tensor
    labels: Tensor | None
    centre: Tensor
    cloud: Cloud
    other: Tensor
    train_rows: Tensor
    directions: Tensor
    held_out: Tensor | None = None
    held_out_labels: Tensor | None = None
    held_out_rows: Tensor | None = None
    known_rows: Tensor | None = None
    held_out_gap: Tensor | None = None
    class_shares: Tensor | None = None

    @property
    def num(self) -> int:
        """N: real items, and samples of each kind, in a snapshot."""
        return self.cloud.num

    @cached_property
    def scale(self) -> Tensor:
        """Mean distance of two real items: the unit of all distances."""
        return self.cloud.mean_distance

    @cached_property
    def resolution(self) -> Tensor:
        """Kernel width of the effective number: half the mean distance tells modes apart in a plane and in pixels."""
        return self.scale / 2

    @cached_property
    def near(self) -> Tensor:
        """Distance below which two items are near duplicates: a twentieth of the mean distance, as in `data.similar`;
        less where real items lie closer than that anyway: a quarter of the median distance to the nearest."""
        return torch.minimum(0.05 * self.scale, 0.25 * self.cloud.nearest.median())

    @cached_property
    def effective_number(self) -> Tensor:
        """Of the real items."""
        return self.cloud.effective_number(self.resolution)

    @cached_property
    def radii(self) -> Tensor:
        """Distance (N,) of each real item to its 5th nearest other, or the farthest of fewer."""
        neighbours = min(6, self.num)  # itself among them
        return self.cloud.pairs.kthvalue(neighbours, dim=1).values

    @cached_property
    def centres(self) -> Tensor:
        """(R, D) of the regions of the training data; fewer where there are few items."""
        return regions.centres(self.train_rows, max(2, min(regions.NUM, self.num // 10)))

    @cached_property
    def region_shares(self) -> Tensor:
        """Share (R,) of the training data in each of them."""
        return regions.shares(self.train_rows, self.centres)

    @cached_property
    def shadows(self) -> Shadows:
        """Of the fixed training items."""
        return self.project(self.cloud.features)

    @cached_property
    def floor(self) -> Tensor:
        """Sliced Wasserstein distance between two sets of N real items: what chance alone makes of it."""
        return self.shadows.distance(self.project(self.other))

    @cached_property
    def shadow_scale(self) -> Tensor:
        """Mean distance of two real items, projected."""
        return Cloud(self.shadows.of).mean_distance

    def see(self, items: Tensor) -> Tensor:
        """Float items (N, *shape) -> features (N, D)."""
        return pooled(items) - self.centre

    def project(self, features: Tensor) -> Shadows:
        """Features (N, D) -> shadows."""
        return Shadows(features @ self.directions)


@dataclass(frozen=True)
class Last:
    """What is remembered of the tick before. live, averaged: shadows of its samples."""

    live: Shadows
    averaged: Shadows


@dataclass(frozen=True)
class Snapshot:
    """A run at one tick.

    live: features of N samples of the generator as it is trained, from latents that are new at every tick.
    stepped: features (M, D) of its first M samples after their latents went `STEP` of the way to the next sample's.
    averaged: features of N samples of the averaged generator, from the same latents at every tick.
    real_scores, fake_scores, held_out_scores: D's logits (N,) of fixed training items, of `live`, of held-out items.
    real_slopes, fake_slopes: (N,) norms of the scores' gradients by the items.
    num_nonfinite: numbers that are not finite, by what holds them: samples, scores, weights (tensors of them).
    updates: |change of the weights| / |weights| in the last iteration, by network.
    gradient_norms: means over the log entries since the last tick, by network.
    last: None at the first tick.
    class_shares: share (K,) of each class among `live`, by the classifier that looked at the training items; None where
        there is none, or where it is not asked.
    """

    real: Reference
    live: Cloud
    stepped: Tensor
    averaged: Cloud
    real_scores: Tensor
    fake_scores: Tensor
    real_slopes: Tensor
    fake_slopes: Tensor
    num_nonfinite: Mapping[str, Tensor]
    held_out_scores: Tensor | None = None
    updates: Mapping[str, Tensor] = field(default_factory=dict)
    gradient_norms: Mapping[str, float] = field(default_factory=dict)
    last: Last | None = None
    class_shares: Tensor | None = None

    @cached_property
    def shadows(self) -> Last:
        """This tick's, for the next one to look back at."""
        return Last(self.real.project(self.live.features), self.real.project(self.averaged.features))

    @cached_property
    def has(self) -> frozenset[str]:
        """What is there beyond the least, in the words of `Signal.needs`."""
        there = {f"updates of the {n}" for n in self.updates} | {f"gradients of the {n}" for n in self.gradient_norms}
        there |= {"held-out items"} if self.held_out_scores is not None else set()
        there |= {"the tick before"} if self.last is not None else set()
        there |= {"a classifier"} if self.class_shares is not None else set()
        return frozenset(there)


def pooled(items: Tensor, side: int = 16) -> Tensor:
    """Float items (N, *shape) -> features (N, D): images averaged to 16x16 where both sides are larger, else as is.

    What two pictures differ in at this size is what a collapse takes away; finer detail costs time and adds noise.
    """
    if items.ndim == 4 and min(items.shape[2:]) > side:
        items = F.adaptive_avg_pool2d(items, side)
    return items.flatten(1).float()
