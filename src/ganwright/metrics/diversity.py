"""How alike the items of one set are, read off all pairs of different items."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.data.dataset import to_float
from ganwright.metrics.base import Estimate, Side

_CHUNK_ROWS = 512


def cosine_similarity(items: Tensor) -> float:
    """Mean cosine similarity over all pairs, in [-1, 1]; 1 where all items point the same way.

    items: uint8 images, taken in [-1, 1], or float (N, ...); at least two. An item of zeros has similarity 0 to all.
    Exact in one pass: with unit vectors u_i the sum over pairs is |sum u_i|^2 less the N terms u_i . u_i.
    """
    _check(items)
    total: Tensor | float = 0.0
    own = 0.0
    for chunk in items.split(_CHUNK_ROWS):
        units = torch.nn.functional.normalize(_rows(chunk), dim=1)
        total = total + units.sum(0)
        own += float(units.square().sum())
    num = len(items)
    return (float(torch.as_tensor(total).square().sum()) - own) / (num * (num - 1))


def pairwise_distance(items: Tensor) -> float:
    """Mean Euclidean distance over all pairs, at least 0; 0 where all items are the same.

    items: uint8 images, taken in [-1, 1], or float (N, ...); at least two. Exact; memory grows with N, time with N^2.
    """
    _check(items)
    total = 0.0
    chunks = items.split(_CHUNK_ROWS)
    for index, chunk in enumerate(chunks):
        rows = _rows(chunk)
        total += 2 * float(torch.nn.functional.pdist(rows).sum()) if len(rows) > 1 else 0.0
        for other in chunks[index + 1 :]:
            total += 2 * float(torch.cdist(rows, _rows(other), compute_mode="use_mm_for_euclid_dist").sum())
    return total / (len(items) * (len(items) - 1))


@dataclass(frozen=True)
class Spread:
    """A quantity of all pairs of different items: its mean and standard deviation over the pairs (over P, not P - 1).

    mean_error, std_error: their standard errors, by jackknife over the items, since pairs that share one hang together;
    None for fewer than 4 items.
    """

    mean: float
    std: float
    mean_error: float | None
    std_error: float | None


@dataclass(frozen=True)
class Diversity:
    """Cosine similarity and Euclidean distance over all pairs of `num_items` items."""

    cosine: Spread
    distance: Spread
    num_items: int


def diversity(items: Tensor) -> Diversity:
    """Mean and deviation of cosine similarity and distance over all pairs, in one loop over them, exact.

    items: as for `cosine_similarity`. Time grows with N^2, memory with N: two rows of sums an item.
    """
    _check(items)
    num, rows = len(items), _rows(items)
    units = torch.nn.functional.normalize(rows, dim=1)
    rows = rows - rows.mean(0)  # moves no distance, and takes less rounding
    norms = rows.square().sum(1)
    # Sums of what is left of a pilot close to the mean: their squares do not cancel.
    sum_units = units.sum(0)
    pilots = (
        float(sum_units @ sum_units - units.square().sum()) / (num * (num - 1)),
        (2 * float(norms.sum()) / (num - 1)) ** 0.5,
    )
    sums = torch.zeros(2, 2, num, dtype=torch.float64)  # cosine and distance, first and second power, item
    for first in range(0, num, _CHUNK_ROWS):
        here = slice(first, first + _CHUNK_ROWS)
        squared = torch.addmm(norms[None], rows[here], rows.T, alpha=-2) + norms[here, None]
        rounding = 1e-14 * (norms[None] + norms[here, None])
        distances = torch.where(squared <= rounding, 0.0, squared).sqrt()
        for quantity, values in enumerate((units[here] @ units.T, distances)):
            values = values - pilots[quantity]
            values.diagonal(first).zero_()
            sums[quantity, 0, here], sums[quantity, 1, here] = values.sum(1), values.square().sum(1)
    distance = _spread(sums[1], pilots[1])
    return Diversity(_spread(sums[0], pilots[0]), replace(distance, mean=max(0.0, distance.mean)), num)


def cosine_similarity_std(items: Tensor) -> float:
    """Standard deviation of cosine similarity over all pairs, in [0, 1]; 0 where all pairs are equally alike."""
    return diversity(items).cosine.std


def pairwise_distance_std(items: Tensor) -> float:
    """Standard deviation of Euclidean distance over all pairs, at least 0; 0 where all pairs are equally far apart."""
    return diversity(items).distance.std


def diversity_of(side: Side) -> Diversity:
    """What all four figures below read, of the items kept; to be worked out once a side."""
    return diversity(side.kept)


def cosine_similarity_of(found: Diversity) -> Estimate:
    """Mean cosine similarity of pairs."""
    return _estimate(found.cosine.mean, found.cosine.mean_error, found)


def cosine_similarity_std_of(found: Diversity) -> Estimate:
    """Its standard deviation over the pairs."""
    return _estimate(found.cosine.std, found.cosine.std_error, found)


def pairwise_distance_of(found: Diversity) -> Estimate:
    """Mean Euclidean distance of pairs."""
    return _estimate(found.distance.mean, found.distance.mean_error, found)


def pairwise_distance_std_of(found: Diversity) -> Estimate:
    """Its standard deviation over the pairs."""
    return _estimate(found.distance.std, found.distance.std_error, found)


def _estimate(value: float, error: float | None, found: Diversity) -> Estimate:
    how = "" if error is None else f"jackknife over {found.num_items} items"
    return Estimate(value, error, how)


def jackknife_error(leaves: Tensor) -> float:
    """Standard error of a figure from its values (N,) without each item in turn (Efron 1982)."""
    num = len(leaves)
    return float(((num - 1) / num * (leaves - leaves.mean()).square().sum()).sqrt())


def _spread(sums: Tensor, pilot: float) -> Spread:
    """From each item's sums (2, N), over its pairs, of (value - pilot) and of its square."""
    num, total = sums.shape[1], sums.sum(1, keepdim=True)
    mean, std = _mean_and_std(total, num * (num - 1), pilot)
    if num < 4:
        return Spread(float(mean), float(std), None, None)
    means, stds = _mean_and_std(total - 2 * sums, (num - 1) * (num - 2), pilot)  # both (i, j) and (j, i) are gone
    return Spread(float(mean), float(std), jackknife_error(means), jackknife_error(stds))


def _mean_and_std(sums: Tensor, num_pairs: int, pilot: float) -> tuple[Tensor, Tensor]:
    shift, square = sums / num_pairs
    return pilot + shift, (square - shift.square()).clamp(min=0).sqrt()


def _rows(items: Tensor) -> Tensor:
    return to_float(items).flatten(1).double()


def _check(items: Tensor) -> None:
    if items.ndim < 2:
        raise UserError(f"items must be (N, ...), one a row, not a tensor of shape {tuple(items.shape)}")
    if len(items) < 2:
        raise UserError(f"pairs need at least 2 items, not {len(items)}")
    if items.is_floating_point() and not bool(items.isfinite().all()):
        raise UserError("items are not finite; look for NaN in the samples")
