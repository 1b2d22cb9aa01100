"""The precision-recall curve against the formula in numpy, known histograms and known failures."""

import json
import math

import numpy as np
import pytest
import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.metrics.precision_recall_curve import (
    curve_of_histograms,
    f_precision_of,
    f_recall_of,
    f_score,
    precision_recall_curve,
)


def draw(num: int, size: int, seed: int) -> Tensor:
    return torch.randn(num, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def clusters(num: int, seed: int, kept: int = 10) -> Tensor:
    return 8 * draw(10, 12, 50)[torch.arange(num) % kept] + draw(num, 12, seed)


def test_curve_equals_the_formula() -> None:
    rng = np.random.default_rng(0)
    p, q = rng.dirichlet(np.ones(20)), rng.dirichlet(np.ones(20))
    precision, recall = curve_of_histograms(torch.from_numpy(p * 500), torch.from_numpy(q * 300), 51)
    for number in range(51):
        slope = math.tan((number + 1) / 52 * math.pi / 2)
        assert float(precision[number]) == pytest.approx(sum(np.minimum(slope * p, q)), rel=1e-9)
        assert float(recall[number]) == pytest.approx(sum(np.minimum(p, q / slope)), rel=1e-9)


def test_f_equals_the_formula() -> None:
    precision, recall = torch.tensor([0.2, 0.5, 0.9]), torch.tensor([0.8, 0.6, 0.1])
    for beta in (8, 1, 1 / 8):
        values = [(1 + beta**2) * p * r / (beta**2 * p + r) for p, r in [(0.2, 0.8), (0.5, 0.6), (0.9, 0.1)]]
        assert f_score(precision, recall, beta) == pytest.approx(max(values), rel=1e-6)
    assert f_score(torch.zeros(3), torch.zeros(3), 8) == 0


def test_known_histograms() -> None:
    """Equal shares reach (1, 1); disjoint ones nothing; half of the classes: precision 1 at recall 1/2."""
    even = torch.ones(4)
    assert f_score(*curve_of_histograms(even, 7 * even), 8) == pytest.approx(1)
    precision, recall = curve_of_histograms(torch.tensor([1.0, 0]), torch.tensor([0, 1.0]))
    assert float(precision.max()) == float(recall.max()) == 0
    precision, recall = curve_of_histograms(torch.tensor([1.0, 1]), torch.tensor([1.0, 0]))
    assert float(precision.max()) == pytest.approx(1)
    assert float(recall.max()) == pytest.approx(0.5)
    middle = len(precision) // 2  # slope 1: one less the total variation
    assert float(precision[middle]) == pytest.approx(0.5)
    assert float(recall[middle]) == pytest.approx(0.5)


def test_swapped_sides_swap_precision_and_recall() -> None:
    p, q = torch.rand(9, generator=torch.Generator().manual_seed(0)), torch.arange(9).float()
    precision, recall = curve_of_histograms(p, q, 101)
    swapped = curve_of_histograms(q, p, 101)
    torch.testing.assert_close(swapped[0].flip(0), recall)
    torch.testing.assert_close(swapped[1].flip(0), precision)


def test_equal_distributions_reach_the_corner() -> None:
    curve = precision_recall_curve(clusters(1000, 1), clusters(1000, 2), runs=3)
    assert min(curve.f_recall, curve.f_precision) > 0.97


def test_missing_modes_lower_recall_and_invented_ones_precision() -> None:
    real, some = clusters(1000, 1), clusters(1000, 2, kept=4)
    missing = precision_recall_curve(real, some, runs=3)
    assert missing.f_precision > 0.9
    assert missing.f_recall < 0.5
    invented = precision_recall_curve(some, real, runs=3)
    assert invented.f_precision < 0.5
    assert invented.f_recall > 0.9


def test_order_does_not_matter_and_the_seed_does() -> None:
    real, fake = draw(400, 6, 1).float(), draw(300, 6, 2).float()
    first, again = (precision_recall_curve(*pair, runs=2) for pair in ((real, fake), (real.flip(0), fake.roll(7, 0))))
    assert torch.equal(first.precision, again.precision)
    assert torch.equal(first.recall, again.recall)
    assert f_recall_of(first) == f_recall_of(again)
    other = precision_recall_curve(real, fake, runs=2, seed=1)
    assert not torch.equal(first.precision, other.precision)


def test_copies_do_not_make_clusters() -> None:
    """Four distinct rows in all, so four clusters, without a warning."""
    rows = draw(4, 6, 1)
    curve = precision_recall_curve(rows.repeat(50, 1), rows[:2].repeat(100, 1), runs=2)
    assert curve.num_clusters == 4
    assert float(curve.precision.max()) == pytest.approx(1)
    assert float(curve.recall.max()) == pytest.approx(0.5)


def test_estimates_carry_the_curve_and_an_honest_error() -> None:
    draws = [precision_recall_curve(draw(500, 2, n), 0.5 * draw(500, 2, n + 50), runs=1) for n in range(12)]
    spread = float(np.std([curve.f_recall for curve in draws]))
    estimate = f_recall_of(draws[0])
    assert estimate.error is not None
    assert spread / 4 < estimate.error < spread * 4
    assert estimate.error_from == "jackknife over 10 groups"
    assert estimate.protocol == {"clusters": 20, "runs": 1, "angles": 1001}
    assert len(estimate.details["precision"]) == len(estimate.details["recall"]) == 101
    json.dumps(dict(estimate.details))
    assert f_precision_of(draws[0]).value == draws[0].f_precision > estimate.value
    assert f_recall_of(precision_recall_curve(draw(9, 2, 1), draw(9, 2, 2), runs=1)).error is None


def test_progress_counts_runs() -> None:
    told: list[tuple[int, int]] = []
    precision_recall_curve(draw(50, 3, 1), draw(50, 3, 2), runs=3, progress=lambda *now: told.append(now))
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(
    ("real", "fake", "says"),
    [
        (torch.full((9, 3), torch.nan), torch.rand(9, 3), "real features are not finite"),
        (torch.ones(9, 3), torch.rand(9, 3), "constant"),
        (torch.rand(9, 3), torch.rand(1, 3), "needs 2 items a side, not 9 real and 1 fake"),
        (torch.rand(9, 3), torch.rand(9, 4), "3 dimensions cannot be compared with fake features of 4"),
        (torch.rand(9, 3), torch.rand(0, 3), "fake features must be a table"),
    ],
)
def test_bad_features_are_refused_in_one_line(real: Tensor, fake: Tensor, says: str) -> None:
    with pytest.raises(UserError, match=says) as caught:
        precision_recall_curve(real, fake)
    assert "\n" not in str(caught.value)


def test_bad_options_are_refused() -> None:
    with pytest.raises(UserError, match="2 clusters and a run"):
        precision_recall_curve(draw(9, 3, 1), draw(9, 3, 2), clusters=1)
    with pytest.raises(UserError, match="both sides"):
        curve_of_histograms(torch.zeros(3), torch.ones(3))
    with pytest.raises(UserError, match="as many real as fake clusters"):
        curve_of_histograms(torch.ones(3), torch.ones(4))
