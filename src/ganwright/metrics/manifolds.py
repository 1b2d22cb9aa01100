"""Precision and recall, density and coverage: samples and real items judged by each other's nearest neighbours.

Around each item of a set lies a ball that reaches to its k-th nearest other item of the same set; the union of the
balls stands for the set's manifold. With B_i the balls of N real items x_i and C_j those of M samples y_j:

    precision = 1/M   sum_j  1[y_j in any B_i]     Kynkaanniemi et al. 2019, section 2
    recall    = 1/N   sum_i  1[x_i in any C_j]     the same
    density   = 1/(kM) sum_j sum_i  1[y_j in B_i]  Naeem et al. 2020, section 3
    coverage  = 1/N   sum_i  1[any y_j in B_i]     the same

Density asks how many balls hold a sample, so that one outlier's large ball cannot vouch for many samples; coverage asks
which balls of real items are reached, so that sparse samples with large balls of their own cannot cover real items.

Balls are open here, as in the reference code of Naeem et al. (package prdc): an item at the radius itself is outside.
Kynkaanniemi et al. take it inside. Continuous features never tell; duplicates do: k + 1 copies of one item have balls
that hold nothing. The former paper takes k = 3, the latter k = 5; all four figures share one k here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.metrics.base import Estimate, Pair, Progress, Side
from ganwright.metrics.errors import grouped, mean_error, settled_order
from ganwright.metrics.neighbours import MEMORY, balls, check_neighbours, check_same, checked, kth_distances

NEIGHBOURS = 5
SPLITS = 10
ERROR_FROM = f"{SPLITS} splits of both sides"


@dataclass(frozen=True, eq=False)
class Manifolds:
    """What all four figures are read off.

    neighbours: k. num_holding_fake: (M,) int64: how many real balls hold each sample. recalled: (N,) bool: whether any
    ball of a sample holds each real item. covered: (N,) bool: whether the ball of each real item holds a sample.
    splits: where errors are wanted, each tenth of the real items (row numbers) judged with a tenth of the samples.
    """

    neighbours: int
    num_holding_fake: Tensor
    recalled: Tensor
    covered: Tensor
    splits: "tuple[tuple[Tensor, Manifolds], ...]" = ()

    @property
    def precision(self) -> float:
        """Share of samples on the real manifold, in [0, 1]."""
        return float((self.num_holding_fake > 0).double().mean())

    @property
    def recall(self) -> float:
        """Share of real items on the samples' manifold, in [0, 1]."""
        return float(self.recalled.double().mean())

    @property
    def density(self) -> float:
        """Real balls that hold a sample, over k, on average: at least 0, about 1 for equal sets; may exceed 1."""
        return float(self.num_holding_fake.double().mean()) / self.neighbours

    @property
    def coverage(self) -> float:
        """Share of real balls that hold a sample, in [0, 1]; for equal distributions about 1 - 2^-k."""
        return float(self.covered.double().mean())


def manifolds(
    real: Tensor,
    fake: Tensor,
    *,
    neighbours: int = NEIGHBOURS,
    memory: int = MEMORY,
    progress: Progress | None = None,
) -> Manifolds:
    """All four from features (N, D) of real items and (M, D) of samples, by three products in bounded memory.

    neighbours: k, at least 1; each side needs k + 1 rows. memory: bytes to work in beyond the features and one centred
    copy of them. progress: told of the distances done and in all.
    The order of the rows does not matter. Raises UserError for tables that are not finite, do not match or are too
    short, and for real features that are all the same.
    """
    real, fake = checked(real, "real features"), checked(fake, "fake features")
    check_same(real, fake, "real features", "fake features")
    check_neighbours(neighbours, len(real), "real items")
    check_neighbours(neighbours, len(fake), "samples")
    if bool((real == real[0]).all()):
        raise UserError("the real features are constant, so neighbours mean nothing; check the features and the data")
    sizes = (len(real) ** 2, len(fake) ** 2, len(real) * len(fake))

    def told(part: int) -> Progress | None:
        report = progress
        return None if report is None else lambda done, _: report(sum(sizes[:part]) + done, sum(sizes))

    real_radii = kth_distances(real, neighbours, memory=memory, progress=told(0))
    fake_radii = kth_distances(fake, neighbours, memory=memory, progress=told(1))
    found = balls(real, fake, real_radii, fake_radii, memory=memory, progress=told(2))
    return Manifolds(neighbours, found.num_holding_fake, found.num_holding_real > 0, found.real_ball_used)


def precision(real: Tensor, fake: Tensor, *, neighbours: int = NEIGHBOURS) -> float:
    """Share of samples on the real manifold, in [0, 1]: are they like real items? See `manifolds`."""
    return manifolds(real, fake, neighbours=neighbours).precision


def recall(real: Tensor, fake: Tensor, *, neighbours: int = NEIGHBOURS) -> float:
    """Share of real items on the samples' manifold, in [0, 1]: could all have been made? See `manifolds`."""
    return manifolds(real, fake, neighbours=neighbours).recall


def density(real: Tensor, fake: Tensor, *, neighbours: int = NEIGHBOURS) -> float:
    """Real balls around a sample over k, on average, at least 0 and not bounded by 1. See `manifolds`."""
    return manifolds(real, fake, neighbours=neighbours).density


def coverage(real: Tensor, fake: Tensor, *, neighbours: int = NEIGHBOURS) -> float:
    """Share of real items with a sample among their k nearest neighbours, in [0, 1]. See `manifolds`."""
    return manifolds(real, fake, neighbours=neighbours).coverage


def class_recall(real: Tensor, fake: Tensor, *, labels: Tensor, neighbours: int = NEIGHBOURS) -> list[float | None]:
    """Recall over the real items of each class, in [0, 1]; None for a class without real items.

    labels: classes (N,) of the real items, integers from 0. The samples' manifold is that of all samples.
    """
    return recall_by_class(manifolds(real, fake, neighbours=neighbours), labels)


def recall_by_class(found: Manifolds, labels: Tensor) -> list[float | None]:
    """The same from what was found; labels (N,) of the real items."""
    return [float(values.mean()) if len(values) else None for values in _by_class(found, labels)]


def manifolds_of(pair: Pair, neighbours: int = NEIGHBOURS) -> Manifolds:
    """The manifolds of a pair's features, and those of its splits, which errors come from."""
    real, fake = pair.real.rows, pair.fake.rows
    found = manifolds(real, fake, neighbours=neighbours, progress=pair.progress)
    parts = [
        grouped(settled_order(rows, pair.real.seed, f"manifolds {n}"), SPLITS) for n, rows in enumerate((real, fake))
    ]
    if min(len(part) for side in parts for part in side) <= neighbours:
        return found
    try:
        splits = tuple((r, manifolds(real[r], fake[f], neighbours=neighbours)) for r, f in zip(*parts, strict=True))
    except UserError:  # one of them is constant
        return found
    return replace(found, splits=splits)


def precision_of(found: Manifolds) -> Estimate:
    """Precision, with its standard error."""
    return _estimate(found, lambda m: m.precision, found.num_holding_fake > 0)


def recall_of(found: Manifolds) -> Estimate:
    """Recall, with its standard error."""
    return _estimate(found, lambda m: m.recall, found.recalled)


def density_of(found: Manifolds) -> Estimate:
    """Density, with its standard error."""
    return _estimate(found, lambda m: m.density, found.num_holding_fake.double() / found.neighbours)


def coverage_of(found: Manifolds) -> Estimate:
    """Coverage, with its standard error."""
    return _estimate(found, lambda m: m.coverage, found.covered)


def class_recall_of(found: Manifolds, real: Side) -> Estimate:
    """Smallest recall of a class, by the real items' labels, or where there are none by their likeliest class.

    Being the smallest of several it falls a little below the smallest true one. Details have all classes.
    """
    labels = real.labels
    by = "labels" if labels is not None else "classifier"
    labels = (real.classes if labels is None else labels)[: len(found.recalled)]
    groups = _by_class(found, labels)
    recalls = recall_by_class(found, labels)
    smallest, lowest = min((value, number) for number, value in enumerate(recalls) if value is not None)
    details = {"recall": recalls, "num_real": [len(g) for g in groups], "smallest_class": lowest}
    parts = [split.recalled[labels[rows] == lowest] for rows, split in found.splits]
    error = _error([float(part.double().mean()) for part in parts if len(part)], groups[lowest])
    return Estimate(
        smallest,
        error,
        "" if error is None else ERROR_FROM,
        details,
        protocol={"neighbours": found.neighbours, "classes_by": by},
    )


def _estimate(found: Manifolds, of: Callable[[Manifolds], float], judged: Tensor) -> Estimate:
    error = _error([of(split) for _, split in found.splits], judged)
    return Estimate(of(found), error, "" if error is None else ERROR_FROM, protocol={"neighbours": found.neighbours})


def _error(of_splits: Sequence[float], judged: Tensor) -> float | None:
    """From the figures of disjoint splits of both sides, since other items would move the balls too.

    Splits are sparser than the whole, so this is rough: 0.7 to 1.1 times the spread over redraws. It is not below the
    error that the judged items (N,) would have among balls that stay. None without all splits.
    """
    if len(of_splits) < SPLITS or len(judged) < 2:
        return None
    return max(mean_error(of_splits) or 0.0, float(judged.double().std()) / len(judged) ** 0.5)


def _by_class(found: Manifolds, labels: Tensor) -> Sequence[Tensor]:
    """Whether the real items of each class are recalled, float64."""
    labels = labels.detach().cpu()
    if labels.shape != found.recalled.shape:
        raise UserError(
            f"{len(found.recalled)} real items need a label each, not labels of shape {tuple(labels.shape)}"
        )
    if labels.is_floating_point() or labels.is_complex() or int(labels.min()) < 0:
        raise UserError("labels must be whole numbers from 0")
    recalled = found.recalled.double()
    return [recalled[labels == number] for number in range(int(labels.max()) + 1)]
