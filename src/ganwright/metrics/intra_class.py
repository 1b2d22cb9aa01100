"""How alike the samples of one class are: collapse within classes, which covering all classes does not show.

Cosines are of features less the mean of the real features. Features of a classifier or of any network that ends in a
ReLU all point into one corner, and all their cosines are near 1; about the real mean, items that have nothing in common
are at 0, those of one class above it, copies of one item at 1. The mean must be the real one for both sides: about
their own, the samples of a collapsed generator would be noise.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ganwright.core.errors import UserError
from ganwright.metrics.base import Estimate, Pair, Side
from ganwright.metrics.diversity import jackknife_error
from ganwright.metrics.neighbours import check_same, checked

_CHUNK_ROWS = 2048


@dataclass(frozen=True)
class IntraClass:
    """mean: over classes with two items or more, each of equal weight; error: its standard error, by jackknife over the
    items of each class, None where a class has fewer than 4. by_class: (K,) mean cosine, NaN for classes of fewer than
    two items. counts: (K,) items.
    """

    mean: float
    error: float | None
    by_class: Tensor
    counts: Tensor


def intra_class_similarity(real: Tensor, fake: Tensor, fake_labels: Tensor) -> IntraClass:
    """Mean cosine similarity of pairs of samples of one class, in [-1, 1]; 1: all samples of a class are alike.

    real (N, D), fake (M, D): features; the real ones serve for their mean only.
    fake_labels: (M,) classes, whole numbers from 0.
    To know what real data has, give other real items and their labels as the fake ones.
    Raises UserError for non-finite values, labels that do not fit and where no class has two items.
    """
    real, fake = checked(real, "real features"), checked(fake, "fake features")
    check_same(real, fake, "real features", "fake features")
    return _about(real.mean(0, dtype=torch.float64), fake, fake_labels)


def intra_class_of(pair: Pair) -> Estimate:
    """The samples' figure. Classes are those asked for (true ones of real items), else those the classifier sees.

    details: "by_class" and "counts" of the samples, "real" and "real_by_class" of the real items by classes of the same
    kind; None where a class has fewer than two items.
    """
    asked = pair.fake.labels is not None and pair.real.labels is not None
    real, fake = checked(pair.real.rows, "real features"), checked(pair.fake.rows, "fake features")
    check_same(real, fake, "real features", "fake features")
    mean = real.mean(0, dtype=torch.float64)
    found, own = _about(mean, fake, _classes(pair.fake, asked)), _about(mean, real, _classes(pair.real, asked))
    details = {
        "by_class": _plain(found.by_class),
        "counts": found.counts.tolist(),
        "real": own.mean,
        "real_by_class": _plain(own.by_class),
    }
    how = "" if found.error is None else "jackknife within classes"
    protocol = {"classes_by": "label" if asked else "classifier", "centred_at": "real mean"}
    return Estimate(found.mean, found.error, how, details, protocol=protocol)


def _about(centre: Tensor, rows: Tensor, labels: Tensor) -> IntraClass:
    """With unit vectors u_i of a class and their sum s, an item's cosines to the others sum to u_i . s - u_i . u_i."""
    if labels.shape != rows.shape[:1] or labels.is_floating_point() or (len(labels) and int(labels.min()) < 0):
        raise UserError(
            f"classes must be {len(rows)} whole numbers from 0, one an item, not a {labels.dtype} tensor of shape "
            f"{tuple(labels.shape)}"
        )
    counts = torch.bincount(labels.long())
    if int(counts.max()) < 2:
        raise UserError("no class has two items, so none can be alike; give more samples")
    by_class = torch.full((len(counts),), torch.nan, dtype=torch.float64)
    variance: float | None = 0.0
    for index, count in enumerate(counts.tolist()):
        if count < 2:
            continue
        members = (labels == index).nonzero()[:, 0].split(_CHUNK_ROWS)
        total = sum((_units(rows[m], centre).sum(0) for m in members), torch.zeros_like(centre))
        sums = torch.cat([_sums(_units(rows[m], centre), total) for m in members])
        by_class[index] = sums.sum() / (count * (count - 1))
        if count < 4:
            variance = None
        elif variance is not None:
            leaves = (sums.sum() - 2 * sums) / ((count - 1) * (count - 2))
            variance += jackknife_error(leaves) ** 2
    known = by_class[~by_class.isnan()]
    error = None if variance is None else variance**0.5 / len(known)
    return IntraClass(float(known.mean()), error, by_class, counts)


def _units(rows: Tensor, centre: Tensor) -> Tensor:
    return functional.normalize(rows.double() - centre, dim=1)


def _sums(units: Tensor, total: Tensor) -> Tensor:
    return units @ total - units.square().sum(1)


def _classes(side: Side, asked: bool) -> Tensor:
    labels = side.labels
    return labels if asked and labels is not None else side.classes


def _plain(values: Tensor) -> list[float | None]:
    return [None if v != v else v for v in values.tolist()]
