"""Sliced Wasserstein against quantile functions written plainly, and closed forms."""

import math
import statistics

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ganwright.core.errors import UserError
from ganwright.metrics.base import Pair, Side
from ganwright.metrics.sliced import sliced_of, sliced_wasserstein


def draw(num: int, size: int, seed: int, shift: float = 0.0) -> torch.Tensor:
    return torch.randn(num, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) + shift


def plain(x: np.ndarray, y: np.ndarray) -> float:
    """W2^2 in one dimension: repeat every value so that both have lcm(N, M) of them, sort, pair."""
    common = math.lcm(len(x), len(y))
    a, b = np.sort(np.repeat(x, common // len(x))), np.sort(np.repeat(y, common // len(y)))
    return float(((a - b) ** 2).mean())


@settings(max_examples=40, deadline=None)
@given(num=st.integers(1, 40), other=st.integers(1, 40), seed=st.integers(0, 99))
def test_one_dimension_is_exact_for_any_sizes(num: int, other: int, seed: int) -> None:
    x, y = draw(num, 1, seed), draw(other, 1, seed + 500, 0.3)
    found = sliced_wasserstein(x, y, num_directions=3)
    assert found.value == pytest.approx(math.sqrt(plain(x[:, 0].numpy(), y[:, 0].numpy())), rel=1e-9, abs=1e-12)
    assert found.direction_error == pytest.approx(0, abs=1e-9)  # +1 and -1 are all there is
    assert sliced_wasserstein(y, x, num_directions=3).value == pytest.approx(found.value, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("duplicated", [False, True])
def test_the_formula_direction_by_direction(duplicated: bool) -> None:
    x, y = draw(24, 5, 1), draw(36, 5, 2, 0.5)
    if duplicated:
        x, y = x[:6].repeat(4, 1), y[:9].repeat(4, 1)
    found = sliced_wasserstein(x, y, num_directions=50)
    again = sliced_wasserstein(torch.eye(5, dtype=torch.float64), torch.zeros(1, 5), num_directions=50)
    assert len(found.squares) == len(again.squares) == 50
    assert found.value == pytest.approx(math.sqrt(float(found.squares.mean())))
    truth = math.sqrt(np.mean([plain(*(r.numpy() @ t for r in (x, y))) for t in np.asarray(directions(4000, 5))]))
    assert abs(found.value - truth) < 4 * found.direction_error


def directions(num: int, size: int) -> torch.Tensor:
    return torch.nn.functional.normalize(draw(num, size, 3), dim=1)


@pytest.mark.parametrize("sizes", [(300, 300), (300, 200)])
def test_a_known_shift(sizes: tuple[int, int]) -> None:
    """Moved by v, every shadow moves by v . t, whose mean square is |v|^2 / D."""
    rows = draw(300, 16, 4)
    found = sliced_wasserstein(rows, rows + 3, num_directions=2000)
    assert abs(found.value - math.sqrt(9 * 16 / 16)) < 4 * found.direction_error
    many = sliced_wasserstein(draw(sizes[0] * 5, 16, 5), draw(sizes[1] * 5, 16, 6, 3.0), num_directions=500)
    assert many.value == pytest.approx(3, rel=0.1)


def test_zero_for_the_same_set_and_no_dependence_on_order_or_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = draw(50, 7, 8), draw(33, 7, 9)
    assert sliced_wasserstein(x, x.flip(0)).value == pytest.approx(0, abs=1e-12)
    value = sliced_wasserstein(x, y).value
    assert sliced_wasserstein(x.flip(0), y.roll(5, 0)).value == pytest.approx(value, rel=1e-9)
    monkeypatch.setattr("ganwright.metrics.sliced._AT_ONCE", 170)
    assert sliced_wasserstein(x, y).value == pytest.approx(value, rel=1e-9)
    assert sliced_wasserstein(x, y, seed=1).value != value


def test_a_pair_gives_an_error_of_items_and_directions() -> None:
    found = []
    for seed in range(40):
        real, fake = Side(0, seed=seed), Side(0, seed=seed)
        real.add(torch.zeros(60, 1), features=draw(60, 4, 1000 + seed).float())
        fake.add(torch.zeros(77, 1), features=draw(77, 4, 2000 + seed, 0.7).float())
        found.append(sliced_of(Pair(real, fake)))
    assert found[0].value == sliced_wasserstein(real_rows(0), fake_rows(0)).value
    truth = statistics.stdev(f.value for f in found)
    assert 0.65 * truth < statistics.fmean(f.error or 0.0 for f in found) < 1.5 * truth
    assert found[0].protocol == {"directions": 500}
    assert found[0].error_from == "jackknife over 10 groups and spread over 500 directions"


def real_rows(seed: int) -> torch.Tensor:
    return draw(60, 4, 1000 + seed).float()


def fake_rows(seed: int) -> torch.Tensor:
    return draw(77, 4, 2000 + seed, 0.7).float()


@pytest.mark.parametrize(
    ("real", "fake", "says"),
    [
        (torch.full((9, 3), torch.inf), torch.zeros(9, 3), "27 of 27 feature values are not finite"),
        (torch.rand(0, 3), torch.rand(9, 3), "needs 1 items, not 0"),
        (torch.rand(9, 3), torch.rand(9, 4), "3 dimensions cannot be compared with those of 4"),
    ],
)
def test_bad_features_are_refused_in_one_line(real: torch.Tensor, fake: torch.Tensor, says: str) -> None:
    with pytest.raises(UserError, match=says) as caught:
        sliced_wasserstein(real, fake)
    assert "\n" not in str(caught.value)


def test_no_directions_are_refused() -> None:
    with pytest.raises(UserError, match="1 direction or more, not 0"):
        sliced_wasserstein(torch.rand(3, 2), torch.rand(3, 2), num_directions=0)
