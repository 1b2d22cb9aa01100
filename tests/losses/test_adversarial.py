"""Adversarial losses against hand-derived gradients, central differences and known optima."""

from math import log

import pytest
import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.losses import LOSSES
from ganwright.losses.adversarial import (
    HingeLoss,
    LeastSquaresLoss,
    NonSaturatingLoss,
    RelativisticAverageLoss,
    RelativisticPairingLoss,
    SaturatingLoss,
    WassersteinLoss,
    cross_entropy_discriminator,
    hinge_discriminator,
    least_squares_discriminator,
    non_saturating_generator,
    saturating_generator,
    wasserstein_discriminator,
)

LN2 = log(2)
N = 7
REAL = torch.tensor([-2.3, -0.7, 0.1, 0.4, 1.6, 2.9, 5.0], dtype=torch.float64)
FAKE = torch.tensor([3.1, -1.4, 0.3, -0.2, -2.6, 0.9, -4.0], dtype=torch.float64)


def relativistic_average(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    above, below = real - fake.mean(), fake - real.mean()
    return -above.neg().sigmoid() - below.sigmoid().mean(), below.sigmoid() + above.neg().sigmoid().mean()


# (config, N dL_D/dreal, N dL_D/dfake, N dL_G/dfake), derived by hand
GRADIENTS = {
    "non-saturating": (
        NonSaturatingLoss(),
        lambda r, f: r.sigmoid() - 1,
        lambda r, f: f.sigmoid(),
        lambda r, f: f.sigmoid() - 1,
    ),
    "non-saturating smoothed": (
        NonSaturatingLoss(real_label=0.9, fake_label=0.1),
        lambda r, f: r.sigmoid() - 0.9,
        lambda r, f: f.sigmoid() - 0.1,
        lambda r, f: f.sigmoid() - 1,
    ),
    "saturating": (
        SaturatingLoss(real_label=0.9),
        lambda r, f: r.sigmoid() - 0.9,
        lambda r, f: f.sigmoid(),
        lambda r, f: -f.sigmoid(),
    ),
    "least-squares": (LeastSquaresLoss(), lambda r, f: r - 1, lambda r, f: f, lambda r, f: f - 1),
    "hinge": (
        HingeLoss(),
        lambda r, f: -(r < 1).double(),
        lambda r, f: (f > -1).double(),
        lambda r, f: -torch.ones_like(f),
    ),
    "wasserstein": (
        WassersteinLoss(),
        lambda r, f: -torch.ones_like(r),
        lambda r, f: torch.ones_like(f),
        lambda r, f: -torch.ones_like(f),
    ),
    "wasserstein with drift": (
        WassersteinLoss(drift=0.25),
        lambda r, f: 0.5 * r - 1,
        lambda r, f: torch.ones_like(f),
        lambda r, f: -torch.ones_like(f),
    ),
    "relativistic-pairing": (
        RelativisticPairingLoss(),
        lambda r, f: -(f - r).sigmoid(),
        lambda r, f: (f - r).sigmoid(),
        lambda r, f: -(r - f).sigmoid(),
    ),
    "relativistic-average": (
        RelativisticAverageLoss(),
        lambda r, f: relativistic_average(r, f)[0],
        lambda r, f: relativistic_average(r, f)[1],
        lambda r, f: relativistic_average(f, r)[0],
    ),
}


def test_every_loss_has_its_gradients_derived():
    assert {config.kind for config, *_ in GRADIENTS.values()} == set(LOSSES)


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradients_equal_the_closed_forms(name):
    config, of_real, of_fake, of_generator = GRADIENTS[name]
    real, fake = REAL.clone().requires_grad_(), FAKE.clone().requires_grad_()
    got = torch.autograd.grad(config.discriminator(real, fake), (real, fake))
    torch.testing.assert_close(got[0], of_real(REAL, FAKE) / N, rtol=0, atol=1e-8)
    torch.testing.assert_close(got[1], of_fake(REAL, FAKE) / N, rtol=0, atol=1e-8)
    (got_generator,) = torch.autograd.grad(config.generator(REAL, fake), fake)
    torch.testing.assert_close(got_generator, of_generator(REAL, FAKE) / N, rtol=0, atol=1e-8)


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradients_equal_central_differences(name):
    config = GRADIENTS[name][0]
    real, fake = REAL.clone().requires_grad_(), FAKE.clone().requires_grad_()
    for loss in (config.discriminator, config.generator):
        gradients = torch.autograd.grad(loss(real, fake), (real, fake), allow_unused=True)
        for place, gradient in enumerate(gradients):
            numeric = torch.zeros(N, dtype=torch.float64)
            for i in range(N):
                step = torch.zeros(N, dtype=torch.float64)
                step[i] = 1e-5
                moved = [[x.detach() + s * step if p == place else x.detach() for p, x in enumerate((real, fake))]
                         for s in (1, -1)]  # fmt: skip
                numeric[i] = (loss(*moved[0]) - loss(*moved[1])) / 2e-5
            torch.testing.assert_close(
                torch.zeros(N).double() if gradient is None else gradient, numeric, atol=1e-6, rtol=0
            )


@pytest.mark.parametrize("labels", [{}, {"real_label": 0.9}, {"real_label": 0.9, "fake_label": 0.1}])
def test_cross_entropy_starts_at_2_ln_2_and_ln_2(labels):
    zeros = torch.zeros(64)
    loss = NonSaturatingLoss(**labels)
    assert float(loss.discriminator(zeros, zeros)) == pytest.approx(2 * LN2, rel=1e-6)
    assert float(loss.generator(None, zeros)) == pytest.approx(LN2, rel=1e-6)
    assert float(SaturatingLoss(**labels).generator(None, zeros)) == pytest.approx(-LN2, rel=1e-6)


@pytest.mark.parametrize(("real_label", "fake_label"), [(1.0, 0.0), (0.9, 0.0), (0.9, 0.1)])
def test_cross_entropy_is_that_of_probabilities(real_label, fake_label):
    real, fake = REAL.sigmoid(), FAKE.sigmoid()
    expected = -(real_label * real.log() + (1 - real_label) * (1 - real).log()).mean()
    expected -= (fake_label * fake.log() + (1 - fake_label) * (1 - fake).log()).mean()
    torch.testing.assert_close(cross_entropy_discriminator(REAL, FAKE, real_label, fake_label), expected)


# A distribution over 3 points as counts: real 5, 3, 2 and fake 1, 3, 6 of 10.
P, Q = torch.tensor([5, 3, 2]), torch.tensor([1, 3, 6])


def gradient_at(loss, scores: Tensor) -> Tensor:
    scores = scores.double().requires_grad_()
    points = torch.arange(3)
    value = loss(scores[points.repeat_interleave(P)], scores[points.repeat_interleave(Q)])
    return torch.autograd.grad(value, scores)[0]


@pytest.mark.parametrize(("r", "f"), [(1.0, 0.0), (0.9, 0.0), (0.9, 0.1)])
def test_cross_entropy_is_least_at_the_optimal_discriminator(r, f):
    best = (r * P.double() + f * Q.double()) / (P + Q)
    gradient = gradient_at(lambda a, b: cross_entropy_discriminator(a, b, r, f), torch.logit(best))
    torch.testing.assert_close(gradient, torch.zeros(3).double(), atol=1e-9, rtol=0)


def test_least_squares_is_least_at_the_optimal_discriminator():
    gradient = gradient_at(least_squares_discriminator, P.double() / (P + Q))
    torch.testing.assert_close(gradient, torch.zeros(3).double(), atol=1e-7, rtol=0)


def test_hinge_is_least_at_the_sign():
    points = torch.arange(3)
    real, fake = points.repeat_interleave(P), points.repeat_interleave(Q)
    best = (P - Q).sign().double()
    least = hinge_discriminator(best[real], best[fake])
    generator = torch.Generator().manual_seed(0)
    for _ in range(200):
        other = best + torch.randn(3, generator=generator, dtype=torch.float64)
        assert hinge_discriminator(other[real], other[fake]) >= least - 1e-12


def test_values_at_the_end_of_the_game():
    half, zero = torch.full((8,), 0.5), torch.zeros(8)
    smoothed = torch.logit(torch.full((8,), 0.45))
    entropy = -(0.45 * log(0.45) + 0.55 * log(0.55))
    assert float(cross_entropy_discriminator(smoothed, smoothed, 0.9)) == pytest.approx(2 * entropy, rel=1e-6)
    assert float(LeastSquaresLoss().discriminator(half, half)) == pytest.approx(1 / 4)
    assert float(LeastSquaresLoss().generator(None, half)) == pytest.approx(1 / 8)
    assert float(HingeLoss().discriminator(zero, zero)) == pytest.approx(2)
    assert float(WassersteinLoss().discriminator(zero + 3, zero + 3)) == 0
    for loss, least in ((RelativisticPairingLoss(), LN2), (RelativisticAverageLoss(), 2 * LN2)):
        assert float(loss.discriminator(zero + 3, zero + 3)) == pytest.approx(least, rel=1e-6)
        assert float(loss.generator(zero + 3, zero + 3)) == pytest.approx(least, rel=1e-6)


def test_wasserstein_is_the_distance_for_the_best_critic():
    real, fake = torch.tensor([2.0, 4.0]), torch.tensor([-1.0, 0.0])  # on a line the best critic is x itself
    assert float(-wasserstein_discriminator(real, fake)) == pytest.approx(3.5)


def test_saturating_gradient_vanishes_where_the_fake_is_found_out():
    logits = torch.full((1,), -20.0, dtype=torch.float64, requires_grad=True)
    (saturating,) = torch.autograd.grad(saturating_generator(logits), logits)
    (non_saturating,) = torch.autograd.grad(non_saturating_generator(logits), logits)
    assert abs(float(saturating)) < 1e-8
    assert float(non_saturating) == pytest.approx(-1, abs=1e-8)


@pytest.mark.parametrize("loss", [RelativisticPairingLoss(), RelativisticAverageLoss()])
def test_relativistic_losses_ignore_a_common_offset(loss):
    torch.testing.assert_close(loss.discriminator(REAL + 9, FAKE + 9), loss.discriminator(REAL, FAKE))
    torch.testing.assert_close(loss.generator(REAL + 9, FAKE + 9), loss.generator(REAL, FAKE))
    with pytest.raises(ValueError, match="needs the logits of real items"):
        loss.generator(None, FAKE)


@pytest.mark.parametrize(("option", "value"), [("real_label", 0.0), ("real_label", 1.1), ("fake_label", 1.0)])
def test_labels_outside_their_range_are_refused(option, value):
    with pytest.raises(UserError, match=option):
        NonSaturatingLoss.parse({option: value})
