"""Densities against scipy's."""

import numpy as np
import pytest
import scipy.stats
import torch

from ganwright.core.errors import UserError
from ganwright.theory import (
    integrate,
    mixture_density,
    mixture_log_density,
    normal_density,
    normal_log_density,
    uniform_density,
)

X = torch.linspace(-8, 8, 1601, dtype=torch.float64)


def test_normal_equals_scipys() -> None:
    np.testing.assert_allclose(normal_density(X, 3.0, 0.5), scipy.stats.norm.pdf(X, 3.0, 0.5), rtol=1e-12)
    np.testing.assert_allclose(normal_log_density(X, -1.0, 2.0), scipy.stats.norm.logpdf(X, -1.0, 2.0), rtol=1e-12)
    far = normal_log_density(torch.tensor([1e4]))
    assert float(far) == pytest.approx(-5e7, rel=1e-6)  # finite where the density underflows
    assert far.dtype == torch.float64


def test_mixture_is_the_weighted_sum() -> None:
    means, stds, weights = torch.tensor([-1.0, 0.5, 2.0]), torch.tensor([0.3, 1.0, 0.5]), torch.tensor([2.0, 0.0, 6.0])
    expected = 0.25 * normal_density(X, -1.0, float(stds[0])) + 0.75 * normal_density(X, 2.0, 0.5)
    torch.testing.assert_close(mixture_density(X, means, stds, weights), expected)
    torch.testing.assert_close(mixture_log_density(X, means, stds, weights).exp(), expected)
    torch.testing.assert_close(
        mixture_density(X, means, 0.5), sum(normal_density(X, m, 0.5) for m in means.tolist()) / 3
    )
    assert mixture_density(X[:35].reshape(7, 5), means, 1.0).shape == (7, 5)


@pytest.mark.parametrize(("low", "high"), [(-2.0, 1.5), (0.1234567, 0.2), (-8.0, 8.0), (0.501, 0.502)])
def test_uniform_has_mass_1_wherever_its_edges_lie(low: float, high: float) -> None:
    density = uniform_density(X, low, high)
    assert density.dtype == torch.float64
    assert float(integrate(density, X)) == pytest.approx(1, abs=1e-12)
    inside = (low + 0.01 < X) & (high - 0.01 > X)
    assert density[inside].tolist() == pytest.approx([1 / (high - low)] * int(inside.sum()))
    assert float(density[(low - 0.01 > X) | (high + 0.01 < X)].sum()) == 0


def test_uniform_shares_out_the_cell_of_an_edge() -> None:
    assert uniform_density(torch.tensor([0.0, 1.0, 2.0, 3.0]), 0.75, 2.75).tolist() == [0, 0.375, 0.5, 0.25]


def test_senseless_parameters_are_refused() -> None:
    with pytest.raises(UserError, match="std"):
        normal_density(X, 0.0, 0.0)
    with pytest.raises(UserError, match="low must be below high"):
        uniform_density(X, 1.0, 1.0)
    with pytest.raises(UserError, match="weights"):
        mixture_density(X, torch.zeros(2), 1.0, torch.zeros(2))
