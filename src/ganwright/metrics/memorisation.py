"""Are samples copies of training items? Nearest-neighbour distances against those of held-out items.

A sample's distance to its nearest training item says nothing by itself: some data lie close together. It is compared
with the distances that held-out real items have. If samples tend to be nearer, the generator copies (Meehan, Chaudhuri
and Dasgupta 2020, section 3: the Mann-Whitney U of both sets of distances, here over the whole space as one cell). If
they tend to be farther, it underfits. Copying in some regions can hide behind underfitting in others.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.images import to_array
from ganwright.core.pictures import grid
from ganwright.metrics.base import Estimate, Pair
from ganwright.metrics.neighbours import check_same, checked, nearest

LEAST_ITEMS = 10
_NUM_CLOSEST = 20
_NUM_DRAWN = 10


@dataclass(frozen=True)
class Closest:
    """A sample and the training item that it is nearest to: their row numbers, and how far apart they are."""

    sample: int
    train: int
    distance: float


@dataclass(frozen=True)
class Memorisation:
    """What the comparison of distances found.

    closer_share: chance that a sample is nearer to the training data than a held-out item, ties counted half; 1/2: no
        difference, 1: all samples are nearer. error: its standard error (DeLong et al. 1988).
    u: Mann-Whitney's U of the samples' distances: pairs in which the sample is farther, ties counted half.
    z: U in standard deviations from its mean, corrected for ties; far below 0: copying.
    p_value: chance of such a U or a lower one where samples are like held-out items (normal approximation).
    median_ratio: the samples' median distance over the held-out items'; None where the latter is 0.
    fake_distances, held_out_distances: (M,), (H,), float64. neighbours: (M,) each sample's nearest training row.
    """

    closer_share: float
    error: float
    u: float
    z: float
    p_value: float
    median_ratio: float | None
    fake_distances: Tensor
    held_out_distances: Tensor
    neighbours: Tensor

    def closest(self, num: int = _NUM_CLOSEST, among: int | None = None) -> tuple[Closest, ...]:
        """The `num` samples nearest to training items, nearest first; among the first `among` samples only if told."""
        distances = self.fake_distances[:among]
        order = distances.argsort(stable=True)[:num].tolist()
        return tuple(Closest(i, int(self.neighbours[i]), float(distances[i])) for i in order)


def memorisation(
    train: Tensor,
    held_out: Tensor,
    fake: Tensor,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Memorisation:
    """Compare samples with held-out items by their distances to the training items.

    train (N, D), held_out (H, D), fake (M, D): features. Exact distances in bounded memory; copies are at 0 precisely.
    progress: told of the distances done and in all.
    Raises UserError for non-finite values, fewer than 10 samples or held-out items, and held-out items half of which
    or more are training items.
    """
    train, held_out = checked(train, "training features"), checked(held_out, "held-out features")
    fake = checked(fake, "fake features")
    check_same(train, held_out, "training features", "held-out features")
    check_same(train, fake, "training features", "fake features")
    if min(len(held_out), len(fake)) < LEAST_ITEMS:
        raise UserError(
            f"memorisation needs {LEAST_ITEMS} samples and held-out items, not {len(fake)} and {len(held_out)}"
        )
    in_all = (len(held_out) + len(fake)) * len(train)
    start = len(held_out) * len(train)
    own, _ = nearest(held_out, train, progress=progress and (lambda done, _: progress(done, in_all)))
    if float((own == 0).double().mean()) >= 0.5:
        raise UserError("half of the held-out items or more are training items; hold out others, e.g. the test split")
    found, where = nearest(fake, train, progress=progress and (lambda done, _: progress(start + done, in_all)))
    a, b = found[:, 0], own[:, 0]
    above, below = _shares_below(a, b), _shares_below(b, a)
    u = float(above.sum()) * len(b)
    z = _z(a, b, u)
    median = float(b.quantile(0.5))
    return Memorisation(
        closer_share=1 - float(above.mean()),
        error=math.sqrt(float(above.var()) / len(a) + float(below.var()) / len(b)),
        u=u,
        z=z,
        p_value=0.5 * math.erfc(-z / math.sqrt(2)),
        median_ratio=float(a.quantile(0.5)) / median if median > 0 else None,
        fake_distances=a,
        held_out_distances=b,
        neighbours=where[:, 0],
    )


def closest_picture(samples: Tensor, train_items: Tensor, closest: tuple[Closest, ...]) -> Tensor:
    """Draw pairs: samples in the top row, the training item of each below. uint8 (C, H, W).

    samples, train_items: uint8 images (N, C, H, W), by whose row numbers `closest` tells its pairs.
    Raises UserError for no pairs, images that are none and pairs beyond them.
    """
    if not closest:
        raise UserError("there are no pairs to draw")
    if samples.shape[1:] != train_items.shape[1:]:
        raise UserError(
            f"samples of shape {tuple(samples.shape[1:])} and training items of {tuple(train_items.shape[1:])} differ"
        )
    last = max(p.sample for p in closest), max(p.train for p in closest)
    if last[0] >= len(samples) or last[1] >= len(train_items):
        raise UserError(
            f"a pair of sample {last[0]} or training item {last[1]} is not among {len(samples)} and {len(train_items)}"
        )
    rows = torch.cat([samples[[p.sample for p in closest]].cpu(), train_items[[p.train for p in closest]].cpu()])
    return torch.from_numpy(to_array(grid(rows, num_columns=len(closest))).copy())


def memorisation_of(
    pair: Pair, train: Tensor, held_out: Tensor | None = None, train_items: Tensor | None = None
) -> Estimate:
    """The share of pairs in which a sample is nearer to the training data than a held-out item.

    train: features of the training items. held_out: of items that training did not see; None: the pair's real side,
    which must be of a split that was not trained on. train_items: the images behind `train`, to draw the closest pairs.
    details: "z", "p_value", "u", "median_ratio", both median distances, and the closest "pairs" of sample, training
    item and distance. pictures: "closest pairs", of the samples kept.
    """
    found = memorisation(
        train, pair.real.rows if held_out is None else held_out, pair.fake.rows, progress=pair.progress
    )
    pictures = {}
    kept = pair.fake.kept
    if train_items is not None and train_items.ndim == 4 and kept.ndim == 4 and len(kept):
        pairs = found.closest(_NUM_DRAWN, among=len(kept))
        pictures = {"closest pairs": closest_picture(kept, train_items, pairs)}
    details = {
        "z": found.z,
        "p_value": found.p_value,
        "u": found.u,
        "median_ratio": found.median_ratio,
        "median_distance": float(found.fake_distances.quantile(0.5)),
        "median_held_out_distance": float(found.held_out_distances.quantile(0.5)),
        "num_copies": int((found.fake_distances == 0).sum()),
        "pairs": [{"sample": p.sample, "train": p.train, "distance": p.distance} for p in found.closest()],
    }
    protocol = {"n_train": len(train), "n_held_out": len(found.held_out_distances)}
    return Estimate(found.closer_share, found.error, "DeLong's variance of U", details, pictures, protocol)


def _shares_below(a: Tensor, b: Tensor) -> Tensor:
    """Of each value of a the share of b below it, ties counted half."""
    ordered = b.sort().values
    return (torch.searchsorted(ordered, a) + torch.searchsorted(ordered, a, right=True)).double() / (2 * len(b))


def _z(a: Tensor, b: Tensor, u: float) -> float:
    """(U - mn/2) / std with the variance mn/12 ((N + 1) - sum(t^3 - t) / (N (N - 1))) for ties of t; 0 if all tie."""
    num_a, num_b, num = len(a), len(b), len(a) + len(b)
    ties = torch.cat([a, b]).unique(return_counts=True)[1].double()
    variance = num_a * num_b / 12 * (num + 1 - float((ties**3 - ties).sum()) / (num * (num - 1)))
    return (u - num_a * num_b / 2) / math.sqrt(variance) if variance > 1e-9 else 0.0
