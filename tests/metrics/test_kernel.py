"""KID against the formula in numpy, torchmetrics and known distributions."""

import statistics

import numpy as np
import pytest
import torch

from ganwright.core.errors import UserError
from ganwright.metrics.base import Pair, Side
from ganwright.metrics.kernel import kernel_distance, kid_of, squared_mmd, squared_mmd_error


def draw(num: int, size: int, seed: int, shift: float = 0.0) -> torch.Tensor:
    return torch.randn(num, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) + shift


def clustered(num: int, size: int, seed: int) -> torch.Tensor:
    centres = 5 * draw(4, size, 99)
    return centres[torch.arange(num) % 4] + 0.1 * draw(num, size, seed)


def plain(x: torch.Tensor, y: torch.Tensor) -> float:
    """The formula with three whole kernel matrices, in numpy."""
    a, b = x.double().numpy(), y.double().numpy()
    kxx, kyy, kxy = ((p @ q.T / a.shape[1] + 1) ** 3 for p, q in ((a, a), (b, b), (a, b)))
    n, m = len(a), len(b)
    return float(
        (kxx.sum() - np.trace(kxx)) / (n * (n - 1)) + (kyy.sum() - np.trace(kyy)) / (m * (m - 1)) - 2 * kxy.mean()
    )


CASES = {
    "gaussian": (draw(70, 9, 0), draw(50, 9, 1, 0.5)),
    "clustered": (clustered(60, 6, 2), clustered(80, 6, 3)),
    "duplicated": (draw(10, 5, 4).repeat(5, 1), draw(10, 5, 5).repeat(4, 1)),
    "several blocks": (draw(1100, 3, 6), draw(30, 3, 7)),
}


@pytest.mark.parametrize("case", CASES)
def test_all_rows_equal_the_formula(case: str) -> None:
    real, fake = CASES[case]
    assert squared_mmd(real, fake) == pytest.approx(plain(real, fake), rel=1e-9, abs=1e-12)
    assert squared_mmd_error(real, fake)[0] == pytest.approx(plain(real, fake), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("case", ["gaussian", "clustered", "duplicated"])
def test_one_whole_subset_equals_torchmetrics(case: str) -> None:
    from torchmetrics.image.kid import poly_mmd

    real, fake = (rows[:40] for rows in CASES[case])
    found = kernel_distance(real, fake)
    assert found.mean == pytest.approx(float(poly_mmd(real, fake)), rel=1e-6)
    assert (found.std, found.num_subsets, found.subset_size) == (0, 1, 40)


def test_subsets_scatter_about_the_value_from_all_rows() -> None:
    real, fake = draw(300, 8, 10), draw(250, 8, 11, 0.3)
    found = kernel_distance(real, fake, num_subsets=200, subset_size=50)
    assert abs(found.mean - squared_mmd(real, fake)) < 4 * found.std / 200**0.5
    assert found.std > 0
    assert kernel_distance(real, fake).subset_size == 250
    assert kernel_distance(real, fake, subset_size=50, seed=1).mean != kernel_distance(real, fake, subset_size=50).mean


def test_unbiased_and_negative_at_times_for_one_distribution() -> None:
    found = [squared_mmd(draw(40, 4, 2 * i), draw(60, 4, 2 * i + 1)) for i in range(300)]
    assert abs(statistics.fmean(found)) < 3 * statistics.stdev(found) / 300**0.5
    assert min(found) < 0 < max(found)


def test_the_same_rows_on_both_sides_are_no_copies_of_each_other_in_subsets() -> None:
    """Subsets of both sides are drawn apart, so the distance of a set to itself scatters about 0."""
    rows = draw(200, 4, 20)
    found = kernel_distance(rows, rows, subset_size=40)
    assert found.std > 0


def test_known_distributions() -> None:
    """In one dimension E (xy + 1)^3 is 1 + 3 E xy + 3 E x^2 y^2 + E x^3 y^3: squared differences of the moments."""
    real, fake = draw(4000, 1, 30), draw(4000, 1, 31, 1.0)
    expected = 3 * 1**2 + 3 * (2 - 1) ** 2 + (4 - 0) ** 2
    error = squared_mmd_error(real, fake)[1]
    assert error is not None
    assert abs(squared_mmd(real, fake) - expected) < 4 * error


@pytest.mark.parametrize(("shift", "most"), [(0.5, 1.4), (0.0, 2.0)])
def test_the_error_is_the_spread_over_redraws(shift: float, most: float) -> None:
    """At most a little too large where both sets come from one distribution: the first order vanishes there."""
    found = [squared_mmd_error(draw(60, 4, 2 * i), draw(60, 4, 2 * i + 1, shift)) for i in range(100)]
    truth = statistics.stdev(value for value, _, _ in found)
    assert 0.75 * truth < statistics.fmean(error or 0.0 for _, error, _ in found) < most * truth


def test_order_of_rows_changes_nothing() -> None:
    real, fake = draw(90, 8, 40), draw(70, 8, 41)
    first, second = (
        kernel_distance(real, fake, subset_size=30),
        kernel_distance(real.flip(0), fake.roll(9, 0), subset_size=30),
    )
    assert second.mean == pytest.approx(first.mean, rel=1e-9, abs=1e-12)
    assert second.std == pytest.approx(first.std, rel=1e-9)


def test_a_pair_gives_value_error_and_protocol() -> None:
    real, fake = Side(0), Side(0)
    real.add(torch.zeros(90, 1), features=draw(90, 8, 50))
    fake.add(torch.zeros(70, 1), features=draw(70, 8, 51))
    calls: list[tuple[int, int]] = []
    found = kid_of(Pair(real, fake, lambda done, in_all: calls.append((done, in_all))))
    assert found.value == kernel_distance(real.rows, fake.rows).mean
    assert found.details["all_rows"] == pytest.approx(squared_mmd(real.rows, fake.rows), rel=1e-9)
    assert found.error is not None
    assert found.error > 0
    assert found.error_from == "jackknife over 10 groups and spread over 100 subsets"
    assert found.protocol == {"subsets": 100, "subset_size": 70}
    assert calls[-1] == (100, 100)


def test_too_few_rows_for_an_error_are_said() -> None:
    value, error, _ = squared_mmd_error(draw(2, 3, 60), draw(9, 3, 61))
    assert np.isfinite(value)
    assert error is None


@pytest.mark.parametrize(
    ("real", "fake", "says"),
    [
        (torch.full((9, 3), torch.nan), torch.zeros(9, 3), "27 of 27 feature values are not finite"),
        (torch.rand(1, 3), torch.rand(9, 3), "needs 2 items, not 1"),
        (torch.rand(9, 3), torch.rand(9, 4), "3 dimensions cannot be compared with those of 4"),
        (torch.rand(9), torch.rand(9), "must be a table"),
    ],
)
def test_bad_features_are_refused_in_one_line(real: torch.Tensor, fake: torch.Tensor, says: str) -> None:
    for function in (kernel_distance, squared_mmd, squared_mmd_error):
        with pytest.raises(UserError, match=says) as caught:
            function(real, fake)
        assert "\n" not in str(caught.value)


def test_bad_subsets_are_refused() -> None:
    with pytest.raises(UserError, match="not 0 of 1000"):
        kernel_distance(torch.rand(9, 3), torch.rand(9, 3), num_subsets=0)
