"""KL, JS and total variation against scipy, closed forms and what holds for all distributions."""

import math

import numpy as np
import pytest
import scipy.integrate
import scipy.stats
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.theory import (
    js_divergence,
    kl_divergence,
    mixture_density,
    normal_density,
    normal_kl,
    reverse_kl_divergence,
    total_variation,
)

from .distributions import grid, probabilities, random_grid

LN2 = math.log(2)
ROUNDING = 1e-12


@settings(max_examples=60, deadline=None)
@given(pair=probabilities(2))
def test_discrete_forms_equal_scipys(pair: list[Tensor]) -> None:
    p, q = pair
    assert float(kl_divergence(p, q)) == pytest.approx(scipy.stats.entropy(p, q), rel=1e-9, abs=ROUNDING)
    assert float(reverse_kl_divergence(p, q)) == float(kl_divergence(q, p))
    # scipy's is the root of the divergence, which loses half its digits near 0
    assert float(js_divergence(p, q)) == pytest.approx(float(jensenshannon(p, q)) ** 2, rel=1e-9, abs=1e-9)
    assert float(total_variation(p, q)) == pytest.approx(np.abs(p.numpy() - q.numpy()).sum() / 2, abs=ROUNDING)


@settings(max_examples=60, deadline=None)
@given(triple=probabilities(3), seed=st.integers(0, 99), on_grid=st.booleans())
def test_what_holds_for_all_distributions(triple: list[Tensor], seed: int, on_grid: bool) -> None:
    """Bounds, symmetry, triangle inequalities, Pinsker's inequality; on grids too, however coarse."""
    x = None
    if on_grid and len(triple[0]) > 1:
        x = random_grid(len(triple[0]), seed)
        weights = 0.5 * torch.cat([x.diff()[:1], x.diff()[:-1] + x.diff()[1:], x.diff()[-1:]])
        triple = [p / weights for p in triple]
    p, q, r = triple
    js, tv = js_divergence(p, q, x), total_variation(p, q, x)
    assert 0 <= js <= LN2 + ROUNDING
    assert 0 <= tv <= 1 + ROUNDING
    assert kl_divergence(p, q, x) >= 2 * tv.square() - ROUNDING
    assert 0.5 * tv.square() - ROUNDING <= js <= tv * LN2 + ROUNDING
    assert float(js_divergence(q, p, x)) == pytest.approx(float(js), abs=ROUNDING)
    assert float(total_variation(q, p, x)) == pytest.approx(float(tv), abs=ROUNDING)
    assert js.sqrt() <= js_divergence(p, r, x).sqrt() + js_divergence(r, q, x).sqrt() + 1e-7
    assert tv <= total_variation(p, r, x) + total_variation(r, q, x) + ROUNDING
    for same in (kl_divergence(p, p, x), js_divergence(p, p, x), total_variation(p, p, x)):
        assert same == 0


@settings(max_examples=30, deadline=None)
@given(pair=probabilities(2, size=8))
def test_merging_outcomes_never_tells_more(pair: list[Tensor]) -> None:
    p, q = pair
    merged = [t.reshape(4, 2).sum(1) for t in pair]
    for divergence in (kl_divergence, js_divergence, total_variation):
        assert divergence(*merged) <= divergence(p, q) + ROUNDING


def test_disjoint_distributions_reach_the_bounds() -> None:
    p, q = torch.tensor([0.5, 0.5, 0, 0]), torch.tensor([0, 0, 0.25, 0.75])
    assert float(js_divergence(p, q)) == pytest.approx(LN2, rel=1e-15)
    assert float(total_variation(p, q)) == 1
    assert float(kl_divergence(p, q)) == math.inf


def test_rounding_makes_nothing_negative() -> None:
    generator = torch.Generator().manual_seed(0)
    p = torch.rand(500, 20, generator=generator, dtype=torch.float64)
    q = p * (1 + 1e-15 * torch.randn(500, 20, generator=generator, dtype=torch.float64))
    p, q = p / p.sum(-1, keepdim=True), q / q.sum(-1, keepdim=True)
    assert (kl_divergence(p, q) >= 0).all()
    assert js_divergence(p, q).sqrt().isfinite().all()


def test_kl_sees_only_what_its_first_argument_has() -> None:
    both, one = torch.tensor([0.5, 0.5]), torch.tensor([1.0, 0.0])
    assert float(kl_divergence(one, both)) == pytest.approx(LN2)
    assert float(kl_divergence(both, one)) == math.inf


def test_leading_dimensions_broadcast() -> None:
    p = torch.rand(4, 1, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    q = torch.rand(3, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    p, q = p / p.sum(-1, keepdim=True), q / q.sum(-1, keepdim=True)
    for divergence in (kl_divergence, reverse_kl_divergence, js_divergence, total_variation):
        together = divergence(p, q)
        assert together.shape == (4, 3)
        assert float(together[2, 1]) == pytest.approx(float(divergence(p[2, 0], q[1])), rel=1e-12)


@pytest.mark.parametrize(("mean", "std"), [(0.5, 1.0), (2.0, 0.7), (-1.0, 1.6)])
def test_kl_of_densities_equals_the_closed_form(mean: float, std: float) -> None:
    x = grid(-16, 16)
    p, q = normal_density(x), normal_density(x, mean, std)
    assert float(kl_divergence(p, q, x)) == pytest.approx(float(normal_kl(0, 1, mean, std)), rel=1e-10)
    assert float(reverse_kl_divergence(p, q, x)) == pytest.approx(float(normal_kl(mean, std, 0, 1)), rel=1e-10)


def test_divergences_of_densities_equal_quadrature() -> None:
    x = grid(-9, 9)
    means = torch.tensor([-2.0, 2.0])

    def p(at: float) -> float:
        return float(mixture_density(torch.tensor([at]), means, 0.6))

    def q(at: float) -> float:
        return float(normal_density(torch.tensor([at]), 1.0, 1.2))

    def half_js(at: float) -> float:
        middle = (p(at) + q(at)) / 2
        return sum(0.5 * d * math.log(d / middle) for d in (p(at), q(at)) if d)

    tables = mixture_density(x, means, 0.6), normal_density(x, 1.0, 1.2)
    expected_js = scipy.integrate.quad(half_js, -9, 9, limit=200)[0]
    expected_tv = scipy.integrate.quad(lambda t: abs(p(t) - q(t)) / 2, -9, 9, limit=200)[0]
    assert float(js_divergence(*tables, x)) == pytest.approx(expected_js, rel=1e-7)
    assert float(total_variation(*tables, x)) == pytest.approx(expected_tv, rel=1e-4)  # kinks: second order


def test_gradients_equal_central_differences() -> None:
    x = grid(-10, 10, 401)

    def js_at(shift: Tensor) -> Tensor:
        return js_divergence(normal_density(x), normal_density(x, shift), x)

    shift = torch.tensor(1.3, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(js_at(shift), shift)
    numeric = (js_at(shift.detach() + 1e-5) - js_at(shift.detach() - 1e-5)) / 2e-5
    assert float(gradient) == pytest.approx(float(numeric), rel=1e-6)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(UserError, match="p has 2 values and q has 3"):
        kl_divergence(torch.full((2,), 0.5), torch.full((3,), 1 / 3))
    with pytest.raises(UserError, match="q sums to 2"):
        js_divergence(torch.full((2,), 0.5), torch.ones(2))
