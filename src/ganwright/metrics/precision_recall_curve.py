"""The precision-recall curve of distributions (Sajjadi et al. 2018), over clusters of the features.

Real and fake rows are clustered together; p and q are the shares of the clusters among the real and the fake ones. For
a slope l the samples have (section 3.2 of the paper)

    precision(l) = sum_w min(l p_w, q_w)        recall(l) = sum_w min(p_w, q_w / l)

with l = tan(angle) for angles spread evenly over (0, pi/2). The curve's greatest

    F_b = (1 + b^2) precision recall / (b^2 precision + recall)

tells with b = 8, which weighs recall, how much of the real distribution is covered, and with b = 1/8 how much of the
samples is real. Clusters depend on chance, so the curve is the mean of several runs at each angle.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.seeding import generator_for
from ganwright.metrics.base import Estimate, Pair, Progress
from ganwright.metrics.neighbours import check_same, checked

CLUSTERS = 20
RUNS = 10
ANGLES = 1001
BETA = 8.0
GROUPS = 10

_DRAWN_POINTS = 101


@dataclass(frozen=True, eq=False)
class PrecisionRecallCurve:
    """The curve, and the same without each tenth of the items, which its standard errors come from.

    precision, recall: (angles,) float64, from slope 0 (precision 0) to infinity (recall 0).
    left_out: (2, groups, angles): precision and recall with a group of both sides left out; None for fewer than 20
    items a side. num_clusters, num_runs: they belong to the protocol.
    """

    precision: Tensor
    recall: Tensor
    left_out: Tensor | None
    num_clusters: int
    num_runs: int

    @property
    def f_recall(self) -> float:
        """F_8, in [0, 1]: how much of the real distribution the samples cover."""
        return f_score(self.precision, self.recall, BETA)

    @property
    def f_precision(self) -> float:
        """F_1/8, in [0, 1]: how much of what the samples are is real."""
        return f_score(self.precision, self.recall, 1 / BETA)


def curve_of_histograms(real: Tensor, fake: Tensor, num_angles: int = ANGLES) -> tuple[Tensor, Tensor]:
    """Precision and recall (..., num_angles), float64, from counts or shares (..., K) of the clusters on both sides."""
    if real.shape[-1] != fake.shape[-1] or num_angles < 3:
        raise UserError("a precision-recall curve needs as many real as fake clusters and at least 3 angles")
    if not bool((real.sum(-1) > 0).all() and (fake.sum(-1) > 0).all()):
        raise UserError("a precision-recall curve needs items on both sides")
    p, q = (h.double() / h.double().sum(-1, keepdim=True) for h in (real, fake))
    angles = torch.arange(1, num_angles + 1, dtype=torch.float64) * (torch.pi / 2 / (num_angles + 1))
    slopes = angles.tan()[:, None]
    precision = torch.minimum(slopes * p[..., None, :], q[..., None, :]).sum(-1)
    recall = torch.minimum(p[..., None, :], q[..., None, :] / slopes).sum(-1)
    return precision.clamp(max=1), recall.clamp(max=1)


def f_score(precision: Tensor, recall: Tensor, beta: float) -> float:
    """The greatest F_beta of a curve's points; 0 where precision and recall are 0 everywhere."""
    weight = beta * beta
    precision, recall = precision.double(), recall.double()
    below = weight * precision + recall
    return float(((1 + weight) * precision * recall / below.clamp(min=1e-300)).max())


def precision_recall_curve(
    real: Tensor,
    fake: Tensor,
    *,
    clusters: int = CLUSTERS,
    runs: int = RUNS,
    angles: int = ANGLES,
    seed: int = 0,
    progress: Progress | None = None,
) -> PrecisionRecallCurve:
    """The curve of features (N, D) of real items and (M, D) of samples.

    clusters: of k-means over both; at most as many as there are distinct rows are made. runs: clusterings to average.
    seed: of the clusterings. progress: told of the runs done and in all. Of the larger side as many rows as the smaller
    has are drawn, so that neither shapes the clusters more. The order of the rows does not matter.
    Raises UserError for tables that are not finite or do not match, fewer than two rows a side and constant real ones.
    """
    real, fake = checked(real, "real features"), checked(fake, "fake features")
    check_same(real, fake, "real features", "fake features")
    if min(len(real), len(fake)) < 2:
        raise UserError(
            f"a precision-recall curve needs 2 items a side, not {len(real)} real and {len(fake)} fake; give more"
        )
    if clusters < 2 or runs < 1:
        raise UserError(f"a precision-recall curve needs 2 clusters and a run at least, not {clusters} and {runs}")
    if bool((real == real[0]).all()):
        raise UserError("the real features are constant, so clusters mean nothing; check the features and the data")
    num = min(len(real), len(fake))
    dtype = torch.promote_types(real.dtype, fake.dtype)
    rows = torch.cat([_drawn(side.to(dtype), num, seed) for side in (real, fake)]).numpy()
    num_clusters = min(clusters, _num_distinct(rows, clusters))
    group = torch.arange(num) % GROUPS  # rows are in an order of their own by now
    precisions, recalls, left_out = [], [], []
    for run in range(runs):
        assigned = _assign(rows, num_clusters, seed, run)
        p, q = (_histograms(side, group, num_clusters) for side in (assigned[:num], assigned[num:]))
        points = curve_of_histograms(p.sum(0), q.sum(0), angles)
        precisions.append(points[0])
        recalls.append(points[1])
        if num >= 2 * GROUPS:
            left_out.append(torch.stack(curve_of_histograms(p.sum(0) - p, q.sum(0) - q, angles)))
        if progress is not None:
            progress(run + 1, runs)
    rest = torch.stack(left_out).mean(0) if left_out else None
    return PrecisionRecallCurve(torch.stack(precisions).mean(0), torch.stack(recalls).mean(0), rest, num_clusters, runs)


def curve_of(pair: Pair) -> PrecisionRecallCurve:
    """The curve of a pair's features."""
    return precision_recall_curve(pair.real.rows, pair.fake.rows, seed=pair.real.seed, progress=pair.progress)


def f_recall_of(curve: PrecisionRecallCurve) -> Estimate:
    """F_8 with the curve, and its standard error by leaving out a tenth at a time."""
    return _estimate(curve, BETA)


def f_precision_of(curve: PrecisionRecallCurve) -> Estimate:
    """F_1/8 with the curve, and its standard error by leaving out a tenth at a time."""
    return _estimate(curve, 1 / BETA)


def _estimate(curve: PrecisionRecallCurve, beta: float) -> Estimate:
    """Jackknife: the spread without each group times sqrt(g - 1); the clusters are held fixed."""
    error, words = None, ""
    if curve.left_out is not None:
        values = [f_score(p, r, beta) for p, r in zip(*curve.left_out, strict=True)]
        error = float(np.std(values)) * (GROUPS - 1) ** 0.5
        words = f"jackknife over {GROUPS} groups"
    at = torch.linspace(0, len(curve.precision) - 1, min(_DRAWN_POINTS, len(curve.precision))).round().long()
    details = {"precision": curve.precision[at].tolist(), "recall": curve.recall[at].tolist()}
    protocol = {"clusters": curve.num_clusters, "runs": curve.num_runs, "angles": len(curve.precision)}
    return Estimate(f_score(curve.precision, curve.recall, beta), error, words, details, protocol=protocol)


def _drawn(rows: Tensor, num: int, seed: int) -> Tensor:
    """`num` of the rows in a random order that depends on what they hold, not on where they stood."""
    table = (rows + 0.0).numpy()  # -0 becomes 0, so that equal rows have equal bytes
    order = np.argsort(table.view(np.dtype((np.void, table.dtype.itemsize * table.shape[1])))[:, 0], kind="stable")
    chosen = torch.randperm(len(rows), generator=generator_for(seed, "precision-recall rows"))[:num]
    return rows[torch.from_numpy(order)[chosen]]


def _num_distinct(rows: np.ndarray, enough: int) -> int:
    """How many different rows there are; counting stops at `enough`."""
    seen: set[bytes] = set()
    for row in rows:
        seen.add((row + 0.0).tobytes())
        if len(seen) >= enough:
            break
    return len(seen)


def _assign(rows: np.ndarray, num_clusters: int, seed: int, run: int) -> Tensor:
    """Cluster (N,) of each row, by k-means on small batches."""
    from sklearn.cluster import MiniBatchKMeans  # imported here: it takes longer than all of ganwright
    from sklearn.exceptions import ConvergenceWarning

    state = int(torch.randint(2**31 - 1, (), generator=generator_for(seed, "precision-recall clusters", run)))
    means = MiniBatchKMeans(num_clusters, n_init=3, random_state=state)  # pyright: ignore[reportArgumentType]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return torch.from_numpy(means.fit_predict(rows)).long()


def _histograms(assigned: Tensor, group: Tensor, num_clusters: int) -> Tensor:
    """Items (groups, clusters) of one side."""
    counts = torch.bincount(group * num_clusters + assigned, minlength=GROUPS * num_clusters)
    return counts.view(GROUPS, num_clusters)
