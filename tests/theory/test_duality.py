"""Primal against dual, both against W1 on a line, and what ties an optimal plan to an optimal potential."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.theory import duality, lipschitz_potential, transport_plan, wasserstein_of_samples


def cloud(num: int, size: int, seed: int) -> Tensor:
    return torch.randn(num, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@settings(max_examples=25, deadline=None)
@given(
    num_p=st.integers(1, 8), num_q=st.integers(1, 8), size=st.integers(1, 3), seed=st.integers(0, 999), w=st.booleans()
)
def test_the_two_programmes_agree(num_p: int, num_q: int, size: int, seed: int, w: bool) -> None:
    p, q = cloud(num_p, size, seed), cloud(num_q, size, seed + 1) + 0.5
    generator = torch.Generator().manual_seed(seed)
    weights = [torch.randint(0, 4, (n,), generator=generator) for n in (num_p, num_q)]
    weights = [v if w and int(v.sum()) else None for v in weights]
    share_p, share_q = (
        torch.full((n,), 1 / n, dtype=torch.float64) if v is None else v.double() / v.sum()
        for n, v in zip((num_p, num_q), weights, strict=True)
    )
    transport = transport_plan(p, q, *weights)
    potential = lipschitz_potential(p, q, *weights)
    cost = torch.cdist(p, q)

    # the plan is allowed
    assert (transport.plan >= 0).all()
    torch.testing.assert_close(transport.plan.sum(1), share_p, atol=1e-7, rtol=0)
    torch.testing.assert_close(transport.plan.sum(0), share_q, atol=1e-7, rtol=0)
    # the potential is allowed, between all points and not only between pairs of one each
    everywhere = torch.cat([p, q, cloud(20, size, seed + 2)])
    f = potential(everywhere)
    assert float(((f[:, None] - f).abs() - torch.cdist(everywhere, everywhere)).max()) <= 1e-7
    # its means are what it says
    assert float(share_q @ potential(q)) == pytest.approx(0, abs=1e-9)
    assert float(share_p @ potential(p)) == pytest.approx(float(potential.value), abs=1e-9)
    # no gap between the two
    assert float(transport.value) == pytest.approx(float(potential.value), rel=1e-6, abs=1e-7)
    # complementary slackness: mass moves only along pairs whose price is the whole distance
    slack = cost - (potential(p)[:, None] - potential(q))
    assert float((transport.plan * slack).sum()) == pytest.approx(0, abs=1e-6)
    if size == 1:
        on_a_line = wasserstein_of_samples(p[:, 0], q[:, 0], *weights)
        assert float(transport.value) == pytest.approx(float(on_a_line), rel=1e-6, abs=1e-7)


def test_points_of_a_line_need_no_second_dimension() -> None:
    p, q = torch.tensor([0.0, 1.0]), torch.tensor([2.0, 3.0, 4.0])
    assert float(transport_plan(p, q).value) == pytest.approx(2.5)
    potential = lipschitz_potential(p, q)
    assert float(potential.value) == pytest.approx(2.5)
    assert (potential(torch.tensor([0.0, 1.0, 2.0])).diff() + 1).abs().max() < 1e-9  # downhill from p to q


def test_a_known_plan() -> None:
    """Two piles, three holes: the left pile fills the left hole and half of the middle one."""
    plan = transport_plan(torch.tensor([0.0, 10.0]), torch.tensor([0.0, 5.0, 10.0])).plan
    expected = torch.tensor([[1 / 3, 1 / 6, 0], [0, 1 / 6, 1 / 3]], dtype=torch.float64)
    torch.testing.assert_close(plan, expected, atol=1e-9, rtol=0)


def test_no_plan_is_cheaper_and_no_critic_pays_more() -> None:
    p, q = cloud(6, 2, 0), cloud(6, 2, 1)
    value = float(transport_plan(p, q).value)
    for seed in range(50):
        order = torch.randperm(6, generator=torch.Generator().manual_seed(seed))
        assert float((p - q[order]).norm(dim=1).mean()) >= value - 1e-9
        direction = torch.nn.functional.normalize(cloud(1, 2, seed), dim=1)[0]
        assert float((p @ direction).mean() - (q @ direction).mean()) <= value + 1e-9


@pytest.mark.parametrize("unit", [1e-9, 1e9])
def test_the_unit_of_the_points_is_free(unit: float) -> None:
    p, q = cloud(7, 2, 0), cloud(9, 2, 1) + 1
    for programme in (transport_plan, lipschitz_potential):
        assert float(programme(unit * p, unit * q).value) == pytest.approx(unit * float(programme(p, q).value))


def test_a_point_of_no_weight_changes_nothing() -> None:
    p, q = cloud(3, 2, 0), cloud(4, 2, 1)
    far = torch.cat([p, torch.full((1, 2), 100.0)])
    weights = torch.tensor([1.0, 1, 1, 0])
    assert float(transport_plan(far, q, weights).value) == pytest.approx(float(transport_plan(p, q).value))
    assert float(lipschitz_potential(far, q, weights).value) == pytest.approx(float(lipschitz_potential(p, q).value))


def test_equal_distributions_are_at_distance_0() -> None:
    p = cloud(5, 2, 3)
    assert float(transport_plan(p, p).value) == pytest.approx(0, abs=1e-9)
    assert float(lipschitz_potential(p, p).value) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("programme", [transport_plan, lipschitz_potential])
def test_bad_input_is_refused(programme: object) -> None:
    assert programme in (transport_plan, lipschitz_potential)
    solve = transport_plan if programme is transport_plan else lipschitz_potential
    with pytest.raises(UserError, match="1 and of 2 dimensions"):
        solve(torch.zeros(3), torch.zeros(3, 2))
    with pytest.raises(UserError, match="not of shape"):
        solve(torch.zeros(1, 2, 3), torch.zeros(3))
    with pytest.raises(UserError, match="not finite"):
        solve(torch.zeros(3), torch.tensor([math.nan]))
    with pytest.raises(UserError, match="weights_p"):
        solve(torch.zeros(3), torch.zeros(3), torch.zeros(3))
    with pytest.raises(UserError, match="weights_q"):
        solve(torch.zeros(3), torch.zeros(3), None, torch.ones(2, 3))
    with pytest.raises(UserError, match="no points"):
        solve(torch.zeros(0), torch.zeros(3))
    with pytest.raises(UserError, match="more than 250,000 pairs"):
        solve(torch.zeros(501), torch.zeros(500))


def test_a_programme_without_a_solution_is_not_hidden() -> None:
    cost = torch.ones(1, dtype=torch.float64)
    with pytest.raises(RuntimeError, match="not solved"):
        duality._solve(cost, bounds=(0, None), A_eq=[[1.0]], b_eq=[-1.0])
