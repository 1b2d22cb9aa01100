"""Divergences of normals against quadrature and sorted quantiles."""

import math
from itertools import pairwise

import numpy as np
import pytest
import scipy.integrate
import scipy.stats
import torch

from ganwright.core.errors import UserError
from ganwright.theory import normal_js, normal_kl, normal_total_variation, normal_wasserstein

PAIRS = [(0.0, 1.0, 0.0, 1.0), (0.0, 1.0, 2.0, 1.0), (-1.0, 0.5, 3.0, 2.0), (0.0, 0.05, 0.5, 1.0), (5.0, 3.0, 5.0, 0.4)]


def integral(of: object, mean_p: float, std_p: float, mean_q: float, std_q: float) -> float:
    """Over the line, cut where one of the densities ends, so that a narrow one is not missed."""
    cuts = sorted(m + s * k for m, s in ((mean_p, std_p), (mean_q, std_q)) for k in (-14, -4, 0, 4, 14))
    return sum(
        scipy.integrate.quad(of, low, high, epsabs=1e-13, epsrel=1e-11, limit=200)[0] for low, high in pairwise(cuts)
    )


@pytest.mark.parametrize("pair", PAIRS)
def test_kl_js_and_total_variation_equal_quadrature(pair: tuple[float, float, float, float]) -> None:
    mean_p, std_p, mean_q, std_q = pair

    def log_p(x: float) -> float:
        return float(scipy.stats.norm.logpdf(x, mean_p, std_p))

    def log_q(x: float) -> float:
        return float(scipy.stats.norm.logpdf(x, mean_q, std_q))

    def kl(x: float) -> float:
        return math.exp(log_p(x)) * (log_p(x) - log_q(x))

    def js(x: float) -> float:
        middle = np.logaddexp(log_p(x), log_q(x)) - math.log(2)
        return 0.5 * (math.exp(log_p(x)) * (log_p(x) - middle) + math.exp(log_q(x)) * (log_q(x) - middle))

    assert float(normal_kl(*pair)) == pytest.approx(integral(kl, *pair), rel=1e-8, abs=1e-10)
    assert float(normal_js(*pair)) == pytest.approx(integral(js, *pair), rel=1e-8, abs=1e-10)
    if std_p == std_q:
        expected = scipy.stats.norm.cdf(abs(mean_p - mean_q) / 2 / std_p) * 2 - 1
        assert float(normal_total_variation(mean_p, mean_q, std_p)) == pytest.approx(expected, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("pair", PAIRS)
def test_wasserstein_is_the_mean_distance_of_quantiles(pair: tuple[float, float, float, float]) -> None:
    mean_p, std_p, mean_q, std_q = pair

    def distance(z: float) -> float:
        return abs(mean_p - mean_q + (std_p - std_q) * z) * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    kink = [(mean_q - mean_p) / (std_p - std_q)] if std_p != std_q else [0.0]
    expected = scipy.integrate.quad(distance, -12, 12, points=kink, epsabs=1e-12, limit=200)[0]
    assert float(normal_wasserstein(*pair)) == pytest.approx(expected, rel=1e-8, abs=1e-10)


def test_equal_spread_costs_the_shift() -> None:
    shifts = torch.tensor([-3.0, 0.0, 0.7])
    assert normal_wasserstein(shifts, 2.0, 0.0, 2.0).tolist() == pytest.approx([3, 0, 0.7])
    assert normal_kl(shifts, 2.0, 0.0, 2.0).tolist() == pytest.approx([9 / 8, 0, 0.49 / 8])


def test_js_is_bounded_symmetric_and_reaches_ln_2() -> None:
    shifts = torch.linspace(0, 60, 61, dtype=torch.float64)
    found = normal_js(0, 1, shifts, 0.3)
    torch.testing.assert_close(found, normal_js(shifts, 0.3, 0, 1), atol=1e-12, rtol=0)
    assert float(found[-1]) == pytest.approx(math.log(2), rel=1e-12)
    assert (found.diff() > -1e-12).all()
    assert float(normal_js(1, 2, 1, 2)) == pytest.approx(0, abs=1e-14)


def test_gradients_with_respect_to_the_shift() -> None:
    """d KL = s / std^2, d W1 = 1; that of JS is the central difference and vanishes far apart."""
    shift = torch.tensor(1.5, dtype=torch.float64, requires_grad=True)
    assert float(torch.autograd.grad(normal_kl(0, 2, shift, 2), shift)[0]) == pytest.approx(1.5 / 4)
    assert float(torch.autograd.grad(normal_wasserstein(0, 2, shift, 2), shift)[0]) == pytest.approx(1)
    numeric = (float(normal_js(0, 2, 1.5 + 1e-5, 2)) - float(normal_js(0, 2, 1.5 - 1e-5, 2))) / 2e-5
    assert float(torch.autograd.grad(normal_js(0, 2, shift, 2), shift)[0]) == pytest.approx(numeric, rel=1e-6)
    far = torch.tensor(40.0, dtype=torch.float64, requires_grad=True)
    assert abs(float(torch.autograd.grad(normal_js(0, 2, far, 2), far)[0])) < 1e-15


def test_a_spread_of_0_is_refused() -> None:
    for function in (normal_kl, normal_js, normal_wasserstein):
        with pytest.raises(UserError, match="standard deviation"):
            function(0.0, 1.0, 0.0, 0.0)
    with pytest.raises(UserError, match="standard deviation"):
        normal_total_variation(0.0, 1.0, -1.0)
