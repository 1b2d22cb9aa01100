"""W1 on a line against scipy, closed forms and the properties of a metric."""

import pytest
import scipy.stats
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.theory import (
    integrate,
    normal_density,
    normal_wasserstein,
    optimal_critic,
    uniform_density,
    wasserstein_distance,
    wasserstein_of_samples,
)

from .distributions import grid, random_grid

NUMBERS = st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=9)


@st.composite
def weighted(draw: st.DrawFn) -> tuple[Tensor, Tensor | None]:
    """Numbers with ties among them, with weights (some 0) or without."""
    numbers = draw(NUMBERS)
    weights = draw(st.none() | st.lists(st.integers(0, 5), min_size=len(numbers), max_size=len(numbers)))
    kept = None if weights is None or not sum(weights) else torch.tensor(weights)
    return torch.tensor(numbers, dtype=torch.float64), kept


@settings(max_examples=100, deadline=None)
@given(a=weighted(), b=weighted())
def test_samples_equal_scipys(a: tuple[Tensor, Tensor | None], b: tuple[Tensor, Tensor | None]) -> None:
    """Unequal sizes, ties and weights."""
    expected = scipy.stats.wasserstein_distance(a[0], b[0], a[1], b[1])
    assert float(wasserstein_of_samples(a[0], b[0], a[1], b[1])) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(a=weighted(), b=weighted(), c=weighted(), shift=st.floats(-50, 50), scale=st.floats(0.1, 10))
def test_it_is_a_metric_that_moves_and_scales_with_the_line(
    a: tuple[Tensor, Tensor | None],
    b: tuple[Tensor, Tensor | None],
    c: tuple[Tensor, Tensor | None],
    shift: float,
    scale: float,
) -> None:
    def between(
        s: tuple[Tensor, Tensor | None], t: tuple[Tensor, Tensor | None], add: float = 0.0, times: float = 1.0
    ) -> float:
        return float(wasserstein_of_samples(times * s[0] + add, times * t[0] + add, s[1], t[1]))

    distance = between(a, b)
    assert distance >= 0
    assert between(a, a) == pytest.approx(0, abs=1e-9)
    assert between(b, a) == pytest.approx(distance, abs=1e-9)
    assert distance <= between(a, c) + between(c, b) + 1e-9
    assert between(a, b, shift) == pytest.approx(distance, abs=1e-9)
    assert between(a, b, 0.0, scale) == pytest.approx(scale * distance, rel=1e-9, abs=1e-9)
    moved = float(wasserstein_of_samples(a[0], a[0] + shift, a[1], a[1]))
    assert moved == pytest.approx(abs(shift), rel=1e-9, abs=1e-9)


def test_equal_sizes_pair_the_sorted_lists() -> None:
    generator = torch.Generator().manual_seed(0)
    a, b = torch.randn(2, 3, 50, generator=generator), torch.randn(3, 50, generator=generator)
    together = wasserstein_of_samples(a, b)
    assert together.shape == (2, 3)
    assert together.dtype == torch.float64
    expected = (a.double().sort().values - b.double().sort().values).abs().mean(-1)
    torch.testing.assert_close(together, expected)


def test_gradient_moves_each_sample_towards_its_partner() -> None:
    a = torch.tensor([5.0, 0.0, 3.0], dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(wasserstein_of_samples(a, torch.tensor([1.0, 2.0, 9.0])), a)
    assert gradient.tolist() == pytest.approx([-1 / 3, -1 / 3, 1 / 3])


@pytest.mark.parametrize(("mean", "std"), [(2.0, 1.0), (0.0, 1.7), (-1.5, 0.4)])
def test_densities_equal_the_closed_form(mean: float, std: float) -> None:
    x = grid(-12, 12, 4001)
    found = wasserstein_distance(normal_density(x), normal_density(x, mean, std), x)
    assert float(found) == pytest.approx(float(normal_wasserstein(0, 1, mean, std)), rel=1e-5)


def test_error_falls_with_the_square_of_the_step() -> None:
    exact = float(normal_wasserstein(0, 1, 0.3, 1.5))
    errors = []
    for num in (301, 601, 1201):
        x = grid(-15, 15, num)
        errors.append(abs(float(wasserstein_distance(normal_density(x), normal_density(x, 0.3, 1.5), x)) - exact))
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.3)
    assert errors[1] / errors[2] == pytest.approx(4, rel=0.3)


def test_uneven_grids_give_the_same() -> None:
    x = random_grid(4000, 0)
    x = (x - x[0]) * (24 / (x[-1] - x[0])) - 12
    assert float(wasserstein_distance(normal_density(x), normal_density(x, 2.0), x)) == pytest.approx(2, rel=1e-4)


def test_densities_far_apart_are_as_far_as_they_are() -> None:
    x = grid(0, 100, 10001)
    p, q = uniform_density(x, 0, 1), uniform_density(x, 90, 91)
    assert float(wasserstein_distance(p, q, x)) == pytest.approx(90, rel=1e-9)
    both = wasserstein_distance(torch.stack([p, q]), q, x)
    assert both.tolist() == pytest.approx([90, 0], abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 999), size=st.integers(2, 40))
def test_the_best_critic_reaches_the_distance_and_no_other_1_lipschitz_function_does(seed: int, size: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    x = random_grid(size, seed)
    p, q, slopes = (torch.rand(size, generator=generator, dtype=torch.float64) for _ in range(3))
    p, q = p / integrate(p, x), q / integrate(q, x)
    distance = float(wasserstein_distance(p, q, x))
    critic = optimal_critic(p, q, x)
    assert float((critic.diff().abs() - x.diff()).max()) <= 1e-12
    assert float(integrate(critic * q, x)) == pytest.approx(0, abs=1e-10)
    assert float(integrate(critic * p, x)) == pytest.approx(distance, abs=1e-10)
    other = torch.cat([torch.zeros(1), ((2 * slopes[1:] - 1) * x.diff()).cumsum(0)])
    assert float(integrate(other * (p - q), x)) <= distance + 1e-12


def test_the_best_critic_of_a_shift_is_a_slope_of_one_towards_the_data() -> None:
    x = grid(-6, 10, 1601)
    inside = (x > -4) & (x < 7)
    real_right = optimal_critic(normal_density(x, 3.0), normal_density(x), x)
    assert (real_right.diff() / x.diff())[inside[1:]].tolist() == pytest.approx([1.0] * int(inside[1:].sum()))
    assert float(optimal_critic(normal_density(x), normal_density(x), x).abs().max()) == 0


def test_bad_samples_are_refused() -> None:
    for bad in (torch.tensor(1.0), torch.zeros(0), torch.tensor([torch.nan])):
        with pytest.raises(UserError, match="samples_q"):
            wasserstein_of_samples(torch.ones(2), bad)
    with pytest.raises(UserError, match="weights_p"):
        wasserstein_of_samples(torch.ones(2), torch.ones(3), torch.ones(3))
    with pytest.raises(UserError, match="strictly increasing"):
        wasserstein_distance(torch.ones(3), torch.ones(3), torch.tensor([0.0, 2.0, 1.0]))
