"""Densities as masses: the trapezoid rule, scaling, and what is refused."""

import numpy as np
import pytest
import torch

from ganwright.core.errors import UserError
from ganwright.theory import integrate, kl_divergence, normal_density, normalise
from ganwright.theory.masses import masses, share_of_points, trapezoid_weights

X = torch.tensor([0.0, 1.0, 3.0])


def test_weights_are_half_the_distance_between_neighbours() -> None:
    assert trapezoid_weights(X).tolist() == [0.5, 1.5, 1.0]


def test_integral_equals_numpys_and_is_exact_for_lines() -> None:
    x = torch.rand(50, generator=torch.Generator().manual_seed(0), dtype=torch.float64).cumsum(0)
    values = torch.stack([x.sin(), 3 * x - 1])
    expected = np.trapezoid(values.numpy(), x.numpy(), axis=-1)
    np.testing.assert_allclose(integrate(values, x), expected, rtol=1e-13)
    low, high = float(x[0]), float(x[-1])
    assert float(integrate(values, x)[1]) == pytest.approx(1.5 * (high**2 - low**2) - (high - low), rel=1e-12)


def test_normalise_gives_mass_one() -> None:
    density = torch.tensor([[1.0, 2.0, 5.0], [0.0, 0.1, 0.0]])
    assert integrate(normalise(density, X), X).tolist() == pytest.approx([1, 1])
    assert normalise(density, X)[1].tolist() == pytest.approx([0, 1 / 1.5, 0])


def test_masses_sum_to_one_in_float64() -> None:
    given = masses(torch.full((2, 3), 1 / 3.0009), None)
    assert given.dtype == torch.float64
    assert given.sum(-1).tolist() == [1, 1]
    x = torch.linspace(-4, 4, 100)
    on_grid = masses(normal_density(x), x)
    assert float(on_grid.sum()) == pytest.approx(1, abs=1e-15)


def test_masses_are_differentiable() -> None:
    p = torch.tensor([0.2, 0.8], dtype=torch.float64, requires_grad=True)
    q = torch.tensor([0.6, 0.4], dtype=torch.float64)
    (gradient,) = torch.autograd.grad(kl_divergence(p, q), p)
    inside = (p / q).log() + 1
    torch.testing.assert_close(gradient, (inside - (p * inside).sum()).detach())  # along the simplex


def test_shares_of_points() -> None:
    assert share_of_points(None, 4, "weights").tolist() == [0.25] * 4
    assert share_of_points(torch.tensor([[1, 3], [0, 2]]), 2, "weights").tolist() == [[0.25, 0.75], [0, 1]]
    for bad in (torch.ones(3), torch.tensor([1.0, -1.0]), torch.zeros(2), torch.tensor([1.0, torch.inf])):
        with pytest.raises(UserError, match="weights"):
            share_of_points(bad, 2, "weights")
    with pytest.raises(UserError, match="no points"):
        share_of_points(None, 0, "weights")


@pytest.mark.parametrize(
    ("values", "x", "says"),
    [
        (torch.tensor([0.5, 0.4]), None, "p sums to 0.9, not to 1; divide it by its sum"),
        (torch.tensor([[0.5, 0.5], [1.0, 0.5]]), None, "p sums to 1.5"),
        (torch.tensor([1.5, -0.5]), None, "negative or non-finite"),
        (torch.tensor([0.5, torch.nan]), None, "negative or non-finite"),
        (torch.tensor(1.0), None, "last dimension"),
        (torch.ones(0), None, "last dimension"),
        (torch.ones(3), X, r"p integrates to 3 from 0 to 3, not to 1; widen or refine"),
        (torch.ones(2), X, r"shape \(2,\); the grid has 3 points"),
        (torch.ones(3), torch.tensor([0.0, 1.0, 1.0]), "strictly increasing"),
        (torch.ones(3), torch.tensor([0.0, torch.nan, 1.0]), "strictly increasing"),
        (torch.ones(1), torch.ones(1), "2 or more"),
        (torch.ones(3), torch.ones(1, 3), "strictly increasing"),
    ],
)
def test_what_is_no_distribution_is_refused_in_one_line(
    values: torch.Tensor, x: torch.Tensor | None, says: str
) -> None:
    with pytest.raises(UserError, match=says) as caught:
        masses(values, x)
    assert "\n" not in str(caught.value)


def test_a_density_without_mass_cannot_be_normalised() -> None:
    for bad in (torch.zeros(3), torch.full((3,), torch.nan)):
        with pytest.raises(UserError, match="no finite mass"):
            normalise(bad, X)
