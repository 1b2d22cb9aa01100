"""The classifier two-sample test: can a classifier tell samples from real items? (Lopez-Paz and Oquab 2017, section 3)

A logistic regression on standardised features learns from one half of the items and judges the other, then the other
way round, so that each item is judged once by a classifier that did not see it. Its accuracy is 1/2 where the two sets
cannot be told apart and 1 where they always are. Under the null hypothesis that of one half is about N(1/2, 1 / 4n) for
n verdicts. Both halves' verdicts hang together, as each was learnt from the other; how closely is not known, but the
mean of two such accuracies varies no more than one of them. So the interval and the p-value count the verdicts of one
half: counting all rejects true hypotheses at nearly twice the nominal rate.

A linear classifier sees differences of means foremost: sets that differ in shape alone can pass.
"""

import hashlib
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.images import to_array
from ganwright.core.pictures import grid
from ganwright.core.seeding import derive_seed
from ganwright.metrics.base import Estimate, Pair
from ganwright.metrics.neighbours import check_same, checked

MOST_ITEMS = 10_000
LEAST_ITEMS = 10
_Z_95 = 1.959963984540054
_NUM_TOLD = 10
_MAX_STEPS = 1000
_DRAWN_CHANNELS = (1, 3, 4)


@dataclass(frozen=True)
class TwoSample:
    """What the test found.

    accuracy: share of right verdicts; one that rests on a logit of 0 counts half.
    low, high: Wilson's 95% interval of it, for half as many verdicts.
    p_value: chance of such an accuracy or a higher one where both sets come from one distribution.
    num_judged: verdicts, half of them on real items.
    differences: (D,) means of fake less real features, in units of their pooled standard deviation.
    coefficients: (D,) of the standardised features, mean of both halves; positive ones point to fake.
    fake_logits: (M,) how fake each sample looks, above 0 told as fake, by classifiers that did not learn from it.
    converged: whether both classifiers were found to the solver's tolerance.
    """

    accuracy: float
    low: float
    high: float
    p_value: float
    num_judged: int
    differences: Tensor
    coefficients: Tensor
    fake_logits: Tensor
    converged: bool


def two_sample(
    real: Tensor,
    fake: Tensor,
    *,
    most: int = MOST_ITEMS,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> TwoSample:
    """Test features (N, D) of real items against (M, D) of samples.

    Both sides take part with the same number of rows: those of the smaller one, at most `most`. Which rows, and which
    half each is in, follows from what is in them and from the seed: neither their order nor which side is called real
    matters, and equal sets fall into equal halves, so that they are told apart by chance only.
    most: rows of a side that take part. progress: told of halves done, of 2.
    Raises UserError for non-finite values, fewer than 10 rows on a side and features that are all constant.
    """
    sides = checked(real, "real features"), checked(fake, "fake features")
    check_same(sides[0], sides[1], "real features", "fake features")
    num = min(len(sides[0]), len(sides[1]), most) // 2 * 2
    if num < LEAST_ITEMS:
        raise UserError(f"a two-sample test needs {LEAST_ITEMS} items a side, not {num}; give more samples or data")
    orders = [_hash_order(side, seed)[:num] for side in sides]
    correct, fits, converged = 0.0, [], True
    for half in range(2):
        learnt = [side[order[half::2]].double() for side, order in zip(sides, orders, strict=True)]
        fit, sure = _fit(learnt[0], learnt[1])
        judged = [fit.logits(side[order[1 - half :: 2]]) for side, order in zip(sides, orders, strict=True)]
        correct += _num_right(-judged[0]) + _num_right(judged[1])
        fits.append(fit)
        converged &= sure
        if progress is not None:
            progress(half + 1, 2)
    accuracy = correct / (2 * num)
    low, high = wilson_interval(accuracy, num)
    p_value = 0.5 * math.erfc((accuracy - 0.5) * math.sqrt(2 * num))  # z = (accuracy - 1/2) / sqrt(1 / 4n)
    unseen = torch.ones(2, len(sides[1]), dtype=torch.float64)
    for half in range(2):
        unseen[half, orders[1][half::2]] = 0
    logits = torch.stack([fit.logits(sides[1]) for fit in fits])
    return TwoSample(
        accuracy,
        low,
        high,
        p_value,
        2 * num,
        _differences(sides[0], sides[1]),
        (fits[0].weights + fits[1].weights) / 2,
        (logits * unseen).sum(0) / unseen.sum(0),
        converged,
    )


def wilson_interval(share: float, num: int) -> tuple[float, float]:
    """The 95% interval of a share seen in `num` trials (Wilson 1927); within [0, 1], and of some width at its ends."""
    square = _Z_95**2 / num
    middle = (share + square / 2) / (1 + square)
    half = _Z_95 / (1 + square) * math.sqrt(share * (1 - share) / num + square / (4 * num))
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return (0.0 if share == 0 else low), (1.0 if share == 1 else high)


def two_sample_of(pair: Pair) -> Estimate:
    """The accuracy with its interval and p-value, what gives the fakes away, and the ten most obvious fakes drawn.

    details: "interval", "p_value", "telling_features" (the ten of greatest |difference|: feature, difference,
    coefficient), "most_obvious" and "most_real_looking" (index and logit of ten samples each, of all), "converged".
    pictures: "most obvious fakes" and "most real-looking fakes", of the samples kept, where these are images.
    """
    found = two_sample(pair.real.rows, pair.fake.rows, seed=pair.fake.seed, progress=pair.progress)
    telling = found.differences.abs().argsort(descending=True, stable=True)[:_NUM_TOLD].tolist()
    order = found.fake_logits.argsort(descending=True, stable=True)
    details: dict[str, Any] = {
        "interval": [found.low, found.high],
        "p_value": found.p_value,
        "num_judged": found.num_judged,
        "telling_features": [
            {"feature": j, "difference": float(found.differences[j]), "coefficient": float(found.coefficients[j])}
            for j in telling
        ],
        "most_obvious": _told(order[:_NUM_TOLD], found.fake_logits),
        "most_real_looking": _told(order.flip(0)[:_NUM_TOLD], found.fake_logits),
        "converged": found.converged,
    }
    kept, pictures = pair.fake.kept, {}
    if len(kept) and kept.dtype == torch.uint8 and kept.ndim == 4 and kept.shape[1] in _DRAWN_CHANNELS:
        shown = order[order < len(kept)]
        for name, chosen in ("most obvious fakes", shown), ("most real-looking fakes", shown.flip(0)):
            picture = grid(kept[chosen[:_NUM_TOLD]], num_columns=5)
            pictures[name] = torch.from_numpy(to_array(picture).copy())
    return Estimate(
        found.accuracy,
        (found.high - found.low) / (2 * _Z_95),
        f"Wilson's interval for {found.num_judged // 2} verdicts",
        details,
        pictures,
        {"classifier": "logistic regression", "folds": 2, "most_items": MOST_ITEMS},
    )


def _hash_order(rows: Tensor, seed: int) -> Tensor:
    """Indices (N,) that sort rows by a keyed hash of their values.

    A hash knows nothing of likeness. Halves by any order along the values would hold like rows on both sides of the
    test, and let what was learnt by heart from one half pass on the other.
    """
    key = derive_seed(seed, "two-sample test").to_bytes(8, "little")
    digests: list[bytes] = []
    for part in rows.split(1024):
        values = part.double().add(0.0).numpy()  # no -0
        digests += [hashlib.blake2b(row.tobytes(), digest_size=16, key=key).digest() for row in values]
    return torch.tensor(sorted(range(len(digests)), key=digests.__getitem__), dtype=torch.int64)


@dataclass(frozen=True)
class _Fit:
    """A classifier of standardised features: logit = w . (x - mean) / std + b."""

    mean: Tensor
    std: Tensor
    weights: Tensor
    bias: float

    def logits(self, rows: Tensor) -> Tensor:
        """How fake rows look."""
        return torch.cat([((part.double() - self.mean) / self.std) @ self.weights for part in rows.split(2048)]) + (
            self.bias
        )


def _fit(real: Tensor, fake: Tensor) -> tuple[_Fit, bool]:
    """Learn to tell rows apart; also whether the solver reached its tolerance.

    Features that do not vary are left as zeros. The penalty |w|^2 / 2 beside the summed loss is scikit-learn's default.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    rows = torch.cat([real, fake])
    mean, std = rows.mean(0), rows.std(0, correction=0)
    constant = std <= _rounding(rows)
    if bool(constant.all()):
        raise UserError(
            "all features are constant, so a two-sample test means nothing; check the features and the data"
        )
    std[constant] = torch.inf
    labels = torch.cat([torch.zeros(len(real)), torch.ones(len(fake))])
    model = LogisticRegression(max_iter=_MAX_STEPS, tol=1e-6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # told by `converged`
        model.fit(((rows - mean) / std).numpy(), labels.numpy())
    weights = torch.from_numpy(model.coef_[0]).double()
    return _Fit(mean, std, weights, float(np.ravel(model.intercept_)[0])), int(np.ravel(model.n_iter_)[0]) < _MAX_STEPS


def _rounding(rows: Tensor) -> Tensor:
    return rows.abs().amax(0) * torch.finfo(torch.float32).eps


def _num_right(logits: Tensor) -> float:
    return float((logits > 0).sum()) + 0.5 * float((logits == 0).sum())


def _differences(real: Tensor, fake: Tensor) -> Tensor:
    """(mean_f - mean_r) / sqrt((var_f + var_r) / 2) of each feature; 0 where neither mean nor variance differs from 0.

    A feature that is constant on both sides and differs between them is infinitely telling; it gets the largest float.
    """
    means = [side.mean(0, dtype=torch.float64) for side in (real, fake)]
    variances = []
    for side, mean in zip((real, fake), means, strict=True):
        squares = [(part.double() - mean).square().sum(0) for part in side.split(2048)]
        variances.append(torch.stack(squares).sum(0) / len(side))
    gap, spread = means[1] - means[0], torch.stack(variances).mean(0).sqrt()
    rounding = torch.maximum(_rounding(real), _rounding(fake)).double()
    gap = torch.where(gap.abs() <= rounding, 0.0, gap)
    return torch.nan_to_num(gap / torch.where(spread <= rounding, 0.0, spread), nan=0.0)


def _told(indices: Tensor, logits: Tensor) -> list[dict[str, float]]:
    return [{"index": int(i), "logit": float(logits[i])} for i in indices]
