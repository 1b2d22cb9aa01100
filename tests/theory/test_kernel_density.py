"""Kernel densities against scipy's and against the truth."""

import numpy as np
import pytest
import scipy.stats
import torch

from ganwright.core.errors import UserError
from ganwright.theory import (
    density_of_samples,
    integrate,
    log_density_of_samples,
    normal_density,
    silverman_bandwidth,
    total_variation,
)

from .distributions import grid

X = grid(-8, 8, 801)


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("bandwidth", [0.05, 0.7])
def test_equals_scipys_for_a_given_bandwidth(bandwidth: float) -> None:
    samples = draw(200).double()
    theirs = scipy.stats.gaussian_kde(samples.numpy(), bandwidth / float(samples.std()))
    np.testing.assert_allclose(density_of_samples(samples, X, bandwidth), theirs(X.numpy()), rtol=1e-9, atol=1e-300)
    np.testing.assert_allclose(log_density_of_samples(samples, X, bandwidth), theirs.logpdf(X.numpy()), rtol=1e-9)


def test_one_sample_is_a_normal() -> None:
    torch.testing.assert_close(density_of_samples(torch.tensor([1.5]), X, 0.3), normal_density(X, 1.5, 0.3))


def test_mass_mean_and_variance_are_the_samples_and_the_kernels() -> None:
    samples = draw(300).double()
    density = density_of_samples(samples, X, 0.4)
    assert float(integrate(density, X)) == pytest.approx(1, abs=1e-10)
    mean = float(integrate(density * X, X))
    assert mean == pytest.approx(float(samples.mean()), abs=1e-10)
    variance = float(integrate(density * (X - mean).square(), X))
    assert variance == pytest.approx(float(samples.var(correction=0)) + 0.4**2, rel=1e-9)


def test_silvermans_rule() -> None:
    samples = draw(2, 1000)
    rows = samples.double().numpy()
    std = rows.std(-1, ddof=1)
    low, high = np.quantile(rows, [0.25, 0.75], axis=-1)
    expected = 0.9 * np.minimum(std, (high - low) / 1.34) * 1000**-0.2
    np.testing.assert_allclose(silverman_bandwidth(samples), expected, rtol=1e-9)
    heavy = torch.cat([torch.zeros(90), torch.ones(10)])  # the middle half is one value
    assert float(silverman_bandwidth(heavy)) == pytest.approx(0.9 * float(heavy.double().std()) * 100**-0.2)


def test_more_samples_come_closer_to_the_truth() -> None:
    truth = normal_density(X)
    gaps = [float(total_variation(density_of_samples(draw(num, seed=1), X), truth, X)) for num in (100, 1_000, 10_000)]
    assert gaps[0] > gaps[1] > gaps[2]
    assert gaps[2] < 0.03


def test_many_sets_at_once_and_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = draw(3, 50)
    together = density_of_samples(samples, X)
    assert together.shape == (3, 801)
    torch.testing.assert_close(together[1], density_of_samples(samples[1], X))
    monkeypatch.setattr("ganwright.theory.kernel_density._MOST_PAIRS", 1_000)
    torch.testing.assert_close(density_of_samples(samples, X), together)
    own_widths = density_of_samples(samples, X, torch.tensor([0.1, 0.2, 0.3]))
    torch.testing.assert_close(own_widths[2], density_of_samples(samples[2], X, 0.3))


def test_the_logarithm_is_finite_where_the_density_underflows() -> None:
    far = torch.tensor([1e3], dtype=torch.float64)
    assert float(density_of_samples(torch.zeros(5), far, 0.1)) == 0
    assert float(log_density_of_samples(torch.zeros(5), far, 0.1)) == pytest.approx(-5e7, rel=1e-6)


def test_bad_input_is_refused() -> None:
    with pytest.raises(UserError, match="all samples are the same"):
        density_of_samples(torch.ones(5), X)
    with pytest.raises(UserError, match="one sample"):
        density_of_samples(torch.ones(1), X)
    with pytest.raises(UserError, match="bandwidth"):
        density_of_samples(draw(5), X, 0.0)
    for bad in (torch.tensor([1.0, torch.inf]), torch.ones(0), torch.tensor(1.0)):
        with pytest.raises(UserError, match="samples"):
            density_of_samples(bad, X)
