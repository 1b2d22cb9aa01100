"""The closed forms against the losses that are trained with, and against autograd through a sigmoid."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.losses.adversarial import non_saturating_generator, saturating_generator
from ganwright.theory import (
    Landscape,
    non_saturating,
    non_saturating_of_logit,
    saturating,
    saturating_of_logit,
)

LOGITS = torch.tensor([-30.0, -8.0, -1.0, 0.0, 0.4, 3.0, 20.0], dtype=torch.float64)
GAMES = [
    (saturating_of_logit, saturating, saturating_generator),
    (non_saturating_of_logit, non_saturating, non_saturating_generator),
]
both_games = pytest.mark.parametrize(("of_logit", "of_probability", "loss"), GAMES)
Closed = Callable[[Tensor], Landscape]
Loss = Callable[[Tensor], Tensor]


@both_games
def test_logit_forms_equal_the_trained_losses_and_their_autograd(
    of_logit: Closed, of_probability: Closed, loss: Loss
) -> None:
    logits = LOGITS.clone().requires_grad_()
    values = torch.stack([loss(logit) for logit in logits])
    (gradient,) = torch.autograd.grad(values.sum(), logits)
    found = of_logit(LOGITS)
    torch.testing.assert_close(found.loss, values.detach(), rtol=1e-12, atol=0)
    torch.testing.assert_close(found.gradient, gradient, rtol=1e-6, atol=1e-12)


@both_games
def test_probability_forms_equal_autograd_and_the_chain_rule(
    of_logit: Closed, of_probability: Closed, loss: Loss
) -> None:
    """dL/dl = dL/dD dD/dl with dD/dl = D (1 - D)."""
    logits = LOGITS[1:-1]
    probability = logits.sigmoid().requires_grad_()
    values = torch.stack([loss(torch.logit(one)) for one in probability])
    (gradient,) = torch.autograd.grad(values.sum(), probability)
    found = of_probability(probability.detach())
    torch.testing.assert_close(found.loss, values.detach(), rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(found.gradient, gradient, rtol=1e-6, atol=1e-12)
    slope = probability.detach() * (1 - probability.detach())
    torch.testing.assert_close(found.gradient * slope, of_logit(logits).gradient, rtol=1e-9, atol=1e-12)


def test_where_a_fake_is_found_out_only_the_logits_gradient_vanishes() -> None:
    certain = torch.tensor(-40.0, dtype=torch.float64)
    assert float(saturating(certain.sigmoid()).gradient) == pytest.approx(-1, abs=1e-12)
    assert abs(float(saturating_of_logit(certain).gradient)) < 1e-15
    assert float(non_saturating(certain.sigmoid()).gradient) < -1e15
    assert float(non_saturating_of_logit(certain).gradient) == pytest.approx(-1, abs=1e-12)


def test_the_two_agree_at_the_end_of_the_game() -> None:
    half, zero = torch.tensor(0.5), torch.tensor(0.0)
    assert float(saturating(half).loss) == pytest.approx(-math.log(2))
    assert float(non_saturating(half).loss) == pytest.approx(math.log(2))
    assert float(saturating(half).gradient) == float(non_saturating(half).gradient) == -2
    assert float(saturating_of_logit(zero).gradient) == float(non_saturating_of_logit(zero).gradient) == -0.5


def test_both_pay_for_higher_scores_and_their_gradients_share_one() -> None:
    found = [saturating_of_logit(LOGITS), non_saturating_of_logit(LOGITS)]
    assert all((f.loss.diff() < 0).all() and (f.gradient < 0).all() for f in found)
    torch.testing.assert_close(found[0].gradient + found[1].gradient, -torch.ones(7).double())


def test_ends_of_the_range() -> None:
    ends = torch.tensor([0.0, 1.0])
    assert saturating(ends) == (pytest.approx([0, -math.inf]), pytest.approx([-1, -math.inf]))
    assert non_saturating(ends) == (pytest.approx([math.inf, 0]), pytest.approx([-math.inf, -1]))
    huge = torch.tensor([-1e4, 1e4])
    assert saturating_of_logit(huge).loss.tolist() == [0, -1e4]
    assert non_saturating_of_logit(huge).loss.tolist() == [1e4, 0]


@pytest.mark.parametrize("bad", [-0.1, 1.1, math.nan])
def test_logits_are_not_taken_for_probabilities(bad: float) -> None:
    for function in (saturating, non_saturating):
        with pytest.raises(UserError, match="_of_logit"):
            function(torch.tensor([0.5, bad]))
