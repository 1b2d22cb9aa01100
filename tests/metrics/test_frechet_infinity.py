"""FID-infinity: the line, and that it comes closer to known truth than the plain distance."""

import statistics

import numpy as np
import pytest
import torch

from ganwright.core.errors import UserError
from ganwright.metrics.base import Pair, Side
from ganwright.metrics.frechet import frechet_distance, frechet_of
from ganwright.metrics.frechet_infinity import frechet_infinity, frechet_infinity_of, line


def draw(num: int, size: int, seed: int, shift: float = 0.0) -> torch.Tensor:
    return torch.randn(num, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) + shift


def test_the_line_is_that_of_least_squares() -> None:
    x, y = [0.1, 0.2, 0.4, 0.7], [1.0, 1.3, 1.2, 2.0]
    value, error, slope = line(x, y)
    fit, covariance = np.polyfit(x, y, 1, cov=True)
    assert (slope, value) == pytest.approx(tuple(fit))
    assert error == pytest.approx(covariance[1, 1] ** 0.5)


@pytest.mark.parametrize("of_both", [False, True])
def test_closer_to_a_known_distance_than_the_plain_one(of_both: bool) -> None:
    """Unit Gaussians 0.1 apart in each of 20 dimensions: the squared distance is 0.2."""
    num_real = 800 if of_both else 40_000
    plain, extrapolated = [], []
    for seed in range(6):
        real, fake = draw(num_real, 20, 2 * seed), draw(800, 20, 2 * seed + 1, 0.1)
        plain.append(frechet_distance(real, fake) - 0.2)
        extrapolated.append(frechet_infinity(real, fake, of_both=of_both).value - 0.2)
    assert statistics.fmean(plain) > 0.05
    assert abs(statistics.fmean(extrapolated)) < 0.3 * statistics.fmean(plain)


def test_sizes_reach_from_a_tenth_to_all_and_order_changes_nothing() -> None:
    real, fake = draw(200, 5, 1), draw(300, 5, 2, 0.5)
    found = frechet_infinity(real, fake)
    assert (found.sizes[0], found.sizes[-1], len(found.sizes)) == (30, 300, 15)
    assert found.distances[-1] == pytest.approx(frechet_distance(real, fake), rel=1e-9)
    assert found.slope > 0
    again = frechet_infinity(real.flip(0), fake.roll(7, 0))
    assert again.distances == pytest.approx(found.distances, rel=1e-9)
    assert frechet_infinity(real, fake, seed=1).value != found.value


def test_a_pair_gives_an_error_of_two_causes() -> None:
    real, fake = Side(0), Side(0)
    real.add(torch.zeros(200, 1), features=draw(200, 5, 3).float())
    fake.add(torch.zeros(150, 1), features=draw(150, 5, 4, 0.5).float())
    pair = Pair(real, fake)
    found, plain = frechet_infinity_of(pair), frechet_of(pair)
    assert found.value == frechet_infinity(real.rows, fake.rows).value
    assert plain.value == pytest.approx(frechet_distance(real.rows, fake.rows), rel=1e-9)
    assert found.error is not None
    assert plain.error is not None
    assert found.error**2 == pytest.approx(plain.error**2 + found.details["error_of_intercept"] ** 2)
    assert frechet_infinity_of(pair, plain) == found
    assert found.protocol == {"sizes": 15, "smallest": 15, "real": "fixed"}


@pytest.mark.parametrize(
    ("real", "fake", "says"),
    [
        (torch.rand(200, 3), torch.rand(99, 3), "needs 100 samples and 3 sizes, not 99 and 15"),
        (torch.rand(200, 3), torch.full((200, 3), torch.nan), "600 of 600 feature values are not finite"),
        (torch.ones(200, 3), torch.rand(200, 3), "constant"),
    ],
)
def test_bad_features_are_refused_in_one_line(real: torch.Tensor, fake: torch.Tensor, says: str) -> None:
    with pytest.raises(UserError, match=says) as caught:
        frechet_infinity(real, fake)
    assert "\n" not in str(caught.value)
