"""Weighted points over one support, and the cost of lost modes."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ganwright.core.errors import UserError
from ganwright.theory import coverage_cost, js_divergence, kl_divergence, on_common_support, reverse_kl_divergence

LN2 = math.log(2)


def test_one_delta_against_two() -> None:
    """The known figure: 0.2158 of at most ln 2 = 0.6931; by hand 3/4 ln(4/3)."""
    points, p, q = on_common_support(torch.tensor([0.0]), torch.tensor([0.0, 1.0]))
    assert (points.tolist(), p.tolist(), q.tolist()) == ([0, 1], [1, 0], [0.5, 0.5])
    assert float(js_divergence(p, q)) == pytest.approx(0.2158, abs=5e-5)
    assert float(js_divergence(p, q)) == pytest.approx(0.75 * math.log(4 / 3), rel=1e-14)
    assert float(coverage_cost(0.5).js) == pytest.approx(0.75 * math.log(4 / 3), rel=1e-14)


def test_points_are_joined_by_value_and_weights_added() -> None:
    points = torch.tensor([[1.0, 2.0], [0.0, -0.0], [1.0, 2.0]])
    support = on_common_support(points, torch.zeros(1, 2), weights_p=torch.tensor([1.0, 2.0, 5.0]))
    assert support.points.tolist() == [[0, 0], [1, 2]]
    assert support.p.tolist() == [0.25, 0.75]
    assert support.q.tolist() == [1, 0]


@settings(max_examples=40, deadline=None)
@given(num_modes=st.integers(1, 30), data=st.data())
def test_cost_of_coverage_equals_the_divergences(num_modes: int, data: st.DataObject) -> None:
    covered = data.draw(st.integers(1, num_modes))
    modes = torch.arange(num_modes, dtype=torch.float64)
    _, p, q = on_common_support(modes, modes[:covered])
    cost = coverage_cost(covered / num_modes)
    assert float(cost.js) == pytest.approx(float(js_divergence(p, q)), rel=1e-9, abs=1e-12)
    assert float(cost.reverse_kl) == pytest.approx(float(reverse_kl_divergence(p, q)), rel=1e-9, abs=1e-12)
    assert float(cost.kl) == pytest.approx(float(kl_divergence(p, q)), abs=1e-12)


def test_cost_falls_from_ln_2_to_0() -> None:
    shares = torch.linspace(0.01, 1, 100, dtype=torch.float64)
    cost = coverage_cost(shares)
    assert (cost.js.diff() < 0).all()
    assert float(cost.js[-1]) == float(cost.reverse_kl[-1]) == float(cost.kl[-1]) == 0
    assert float(coverage_cost(1e-12).js) == pytest.approx(LN2, abs=1e-9)


def test_bad_input_is_refused() -> None:
    for share in (0.0, 1.1, math.nan):
        with pytest.raises(UserError, match="share"):
            coverage_cost(share)
    with pytest.raises(UserError, match="cannot be compared"):
        on_common_support(torch.zeros(2), torch.zeros(2, 2))
    with pytest.raises(UserError, match="not finite"):
        on_common_support(torch.tensor([math.nan]), torch.zeros(1))
    with pytest.raises(UserError, match="weights_q"):
        on_common_support(torch.zeros(1), torch.zeros(2), None, torch.ones(3))
    with pytest.raises(UserError, match="no points"):
        on_common_support(torch.zeros(0), torch.zeros(2))
