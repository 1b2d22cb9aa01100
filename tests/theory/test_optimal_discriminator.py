"""The optimal discriminator against the losses it minimises, brute force and the divergences it knows of."""

import math

import pytest
import torch
from hypothesis import given, settings
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.losses.adversarial import cross_entropy_discriminator
from ganwright.theory import (
    discriminator_loss,
    distance_to_optimal,
    js_divergence,
    kl_divergence,
    non_saturating_of_logit,
    normal_density,
    normal_log_density,
    optimal_accuracy,
    optimal_logit,
    optimal_loss,
    optimal_probability,
    reverse_kl_divergence,
    saturating_of_logit,
    total_variation,
    value_of_the_game,
)

from .distributions import grid, probabilities

LN2 = math.log(2)
X = grid(-9, 11, 1001)
P, Q = normal_density(X, 1.0, 1.0), normal_density(X, 0.0, 1.3)
LOG_P, LOG_Q = normal_log_density(X, 1.0, 1.0), normal_log_density(X, 0.0, 1.3)
LABELS = [(1.0, 0.0), (0.9, 0.0), (0.9, 0.1)]
labels = pytest.mark.parametrize(("r", "f"), LABELS)


@labels
def test_probability_and_logit_agree(r: float, f: float) -> None:
    best = optimal_probability(P, Q, r, f)
    torch.testing.assert_close(best, (r * P + f * Q) / (P + Q))
    torch.testing.assert_close(optimal_logit(LOG_P, LOG_Q, r, f).sigmoid(), best)


def test_logit_is_the_log_ratio_even_where_densities_underflow() -> None:
    far = torch.tensor([1e3], dtype=torch.float64)
    found = optimal_logit(normal_log_density(far, 1.0), normal_log_density(far))
    assert float(found) == pytest.approx(1e3 - 0.5, rel=1e-9)  # log p - log q = x - 1/2
    smoothed = optimal_logit(normal_log_density(far, 1.0), normal_log_density(far), 0.9, 0.1)
    assert float(smoothed) == pytest.approx(math.log(9), rel=1e-9)
    empty = torch.tensor([-math.inf], dtype=torch.float64)
    assert float(optimal_logit(torch.zeros(1), empty)) == math.inf
    assert float(optimal_logit(torch.zeros(1), empty, 0.9)) == pytest.approx(math.log(9))
    assert float(optimal_logit(empty, torch.zeros(1), 0.9)) == -math.inf


def test_equal_distributions() -> None:
    """1/2, or 0.45 for real labels of 0.9; loss 2 ln 2 = 1.386."""
    assert optimal_probability(P, P)[100:900].unique().tolist() == [0.5]
    torch.testing.assert_close(optimal_probability(P, P, 0.9), torch.full_like(P, 0.45))
    assert float(optimal_loss(P, P, X)) == pytest.approx(2 * LN2)
    assert float(value_of_the_game(P, P, X)) == pytest.approx(-2 * LN2)
    assert float(optimal_accuracy(P, P, X)) == pytest.approx(0.5)
    entropy = -(0.45 * math.log(0.45) + 0.55 * math.log(0.55))
    assert float(optimal_loss(P, P, X, 0.9)) == pytest.approx(2 * entropy)


def test_where_nothing_is_any_value_is_optimal() -> None:
    p, q = torch.tensor([1.0, 0.0, 0.0]), torch.tensor([0.0, 1.0, 0.0])
    best = optimal_probability(p, q)
    assert best[:2].tolist() == [1, 0]
    assert best[2].isnan()
    assert float(optimal_loss(p, q)) == 0
    anything = torch.tensor([math.inf, -math.inf, 3.0])
    assert [float(v) for v in distance_to_optimal(p, q, logits=anything)] == [0, 0, 0]


@labels
def test_loss_equals_the_batch_loss_of_the_same_counts(r: float, f: float) -> None:
    """A batch of 10 real and 10 fake items over 3 points is a distribution."""
    real, fake, points = torch.tensor([5, 3, 2]), torch.tensor([1, 3, 6]), torch.arange(3)
    logits = torch.tensor([0.7, -0.4, -2.0], dtype=torch.float64)
    of_batch = cross_entropy_discriminator(
        logits[points.repeat_interleave(real)], logits[points.repeat_interleave(fake)], r, f
    )
    assert float(discriminator_loss(logits, real / 10, fake / 10, None, r, f)) == pytest.approx(float(of_batch))


@labels
def test_no_other_discriminator_has_a_lower_loss(r: float, f: float) -> None:
    best = optimal_logit(LOG_P, LOG_Q, r, f)
    least = float(optimal_loss(P, Q, X, r, f))
    assert float(discriminator_loss(best, P, Q, X, r, f)) == pytest.approx(least, rel=1e-12)
    others = best + 0.3 * torch.randn(50, len(X), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert (discriminator_loss(others, P, Q, X, r, f) > least).all()
    logits = best.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(discriminator_loss(logits, P, Q, X, r, f), logits)
    assert float(gradient.abs().max()) < 1e-12


@settings(max_examples=50, deadline=None)
@given(pair=probabilities(2))
def test_value_of_the_game(pair: list[Tensor]) -> None:
    """V = 2 JS - 2 ln 2 = minus the least loss; within [-2 ln 2, 0]; accuracy (1 + TV) / 2 is the larger mass's."""
    p, q = pair
    value = float(value_of_the_game(p, q))
    assert value == pytest.approx(2 * float(js_divergence(p, q)) - 2 * LN2)
    assert float(optimal_loss(p, q)) == pytest.approx(-value, abs=1e-9)
    assert -2 * LN2 - 1e-12 <= value <= 1e-12
    assert float(optimal_accuracy(p, q)) == pytest.approx(float(torch.maximum(p, q).sum()) / 2)


def test_what_the_generators_minimise_under_the_optimal_discriminator() -> None:
    """E_q[log(1 - D*)] = KL(q | m) - ln 2 and E_q[-log D*] = ln 2 + KL(q | p) - KL(q | m)."""
    logit, middle = optimal_logit(LOG_P, LOG_Q), (P + Q) / 2
    weight = Q * float(X[1] - X[0])
    to_middle = float(kl_divergence(Q, middle, X))
    assert float((weight * saturating_of_logit(logit).loss).sum()) == pytest.approx(to_middle - LN2, rel=1e-9)
    expected = LN2 + float(reverse_kl_divergence(P, Q, X)) - to_middle
    assert float((weight * non_saturating_of_logit(logit).loss).sum()) == pytest.approx(expected, rel=1e-9)


def test_where_the_non_saturating_step_leads_under_the_optimal_discriminator() -> None:
    """With D* held still, the gradient of E_q[-log D*] is that of KL(q | p) - 2 JS(p, q)."""

    def generated(shift: Tensor) -> Tensor:
        return normal_density(X, shift, 1.3)

    shift = torch.tensor(0.4, dtype=torch.float64, requires_grad=True)
    still = optimal_logit(LOG_P, normal_log_density(X, 0.4, 1.3))
    loss = (generated(shift) * float(X[1] - X[0]) * non_saturating_of_logit(still).loss).sum()
    meant = reverse_kl_divergence(P, generated(shift), X) - 2 * js_divergence(P, generated(shift), X)
    found, expected = (torch.autograd.grad(value, shift)[0] for value in (loss, meant))
    assert float(found) == pytest.approx(float(expected), rel=1e-9)


def test_distance_of_a_constant() -> None:
    """D = 1/2 where p and q share nothing: half a unit off everywhere, and 2 ln 2 above a loss of 0."""
    p, q = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
    found = distance_to_optimal(p, q, probabilities=torch.full((2,), 0.5))
    assert [float(v) for v in found] == pytest.approx([0.5, 0.25, 2 * LN2])
    wrong = distance_to_optimal(p, q, probabilities=torch.tensor([0.0, 1.0]))
    assert [float(v) for v in wrong] == [1, 1, math.inf]


@labels
def test_distance_by_hand(r: float, f: float) -> None:
    best, scores = optimal_probability(P, Q, r, f), 1.5 * torch.tanh(X) - 0.2
    found = distance_to_optimal(P, Q, X, logits=scores, real_label=r, fake_label=f)
    step, d = float(X[1] - X[0]), scores.sigmoid()
    weight = (P + Q) / 2 * step
    assert float(found.mean_absolute) == pytest.approx(float((weight * (d - best).abs()).sum()), rel=1e-9)
    assert float(found.mean_squared) == pytest.approx(float((weight * (d - best).square()).sum()), rel=1e-9)
    inside = torch.special.xlogy(best, best / d) + torch.special.xlogy(1 - best, (1 - best) / (1 - d))
    assert float(found.excess_loss) == pytest.approx(2 * float((weight * inside).sum()), rel=1e-9)
    of_probabilities = distance_to_optimal(P, Q, X, probabilities=d, real_label=r, fake_label=f)
    assert [float(v) for v in of_probabilities] == pytest.approx([float(v) for v in found])


def test_distance_falls_to_0_as_a_discriminator_comes_near() -> None:
    steps = torch.linspace(0, 1, 6, dtype=torch.float64)[:, None]
    found = distance_to_optimal(P, Q, X, logits=steps * optimal_logit(LOG_P, LOG_Q))
    for values in found:
        assert values.shape == (6,)
        assert (values.diff() < 0).all()
        assert float(values[-1]) == pytest.approx(0, abs=1e-12)


def test_far_from_all_items_a_discriminator_may_say_anything() -> None:
    scores = optimal_logit(LOG_P, LOG_Q)
    nonsense = torch.where((X - 0.5).abs() > 8, -50.0 * X, scores)
    assert float(distance_to_optimal(P, Q, X, logits=nonsense).mean_absolute) < 1e-8
    assert float(total_variation(P, Q, X)) > 0.3


def test_bad_input_is_refused() -> None:
    scores = torch.zeros(len(X))
    with pytest.raises(UserError, match="not both"):
        distance_to_optimal(P, Q, X)
    with pytest.raises(UserError, match="not both"):
        distance_to_optimal(P, Q, X, logits=scores, probabilities=scores)
    with pytest.raises(UserError, match="mostly logits"):
        distance_to_optimal(P, Q, X, probabilities=scores + 2)
    with pytest.raises(UserError, match=r"\(3,\); p and q have 1001 points"):
        distance_to_optimal(P, Q, X, logits=torch.zeros(3))
    with pytest.raises(UserError, match="NaN"):
        discriminator_loss(scores + math.nan, P, Q, X)
    with pytest.raises(UserError, match=r"real_label must be from 0 to 1, not 1\.1"):
        optimal_probability(P, Q, 1.1)
    with pytest.raises(UserError, match="fake_label"):
        optimal_logit(LOG_P, LOG_Q, 1.0, -0.1)
    with pytest.raises(UserError, match="integrates"):
        optimal_loss(2 * P, Q, X)
