"""What every row of LOSSES promises."""

import pytest
import torch

from ganwright.losses import LOSSES

pytestmark = pytest.mark.parametrize("kind", LOSSES)
REAL = torch.tensor([0.8, -0.5, 1.7, 0.2])
FAKE = torch.tensor([-0.9, 0.6, -1.2, 0.1])


def test_row_is_named_by_its_kind_and_round_trips(kind):
    config = LOSSES[kind]()
    assert config.plain()["kind"] == kind
    assert LOSSES[kind].parse(config.plain()) == config
    assert LOSSES[kind].__doc__


def test_losses_are_finite_scalars(kind):
    loss = LOSSES[kind]()
    for value in (loss.discriminator(REAL, FAKE), loss.generator(REAL, FAKE)):
        assert value.shape == ()
        assert value.isfinite()


def test_discriminator_is_paid_for_ranking_real_above_fake(kind):
    real, fake = torch.tensor([0.5]), torch.tensor([-0.5])
    loss = LOSSES[kind]()
    assert loss.discriminator(real, fake) < loss.discriminator(fake, real)


def test_generator_is_paid_for_higher_scores(kind):
    fake = FAKE.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(LOSSES[kind]().generator(REAL, fake), fake)
    assert (gradient < 0).all()


def test_only_losses_that_say_so_look_at_real_logits(kind):
    loss, real = LOSSES[kind](), REAL.clone().requires_grad_()
    value = loss.generator(real, FAKE.clone().requires_grad_())
    (gradient,) = torch.autograd.grad(value, real, allow_unused=True)
    assert (gradient is not None) == loss.generator_needs_real
    if not loss.generator_needs_real:
        assert loss.generator(None, FAKE) == value


def test_extreme_logits_stay_finite(kind):
    loss = LOSSES[kind]()
    for scale in (1e4, -1e4):
        real = torch.full((4,), scale, requires_grad=True)
        fake = torch.full((4,), -scale, requires_grad=True)
        for value in (loss.discriminator(real, fake), loss.generator(real, fake)):
            gradients = torch.autograd.grad(value, (real, fake), allow_unused=True)
            assert value.isfinite()
            assert all(g is None or g.isfinite().all() for g in gradients)


def test_vmap_of_grad_equals_a_loop(kind):
    loss = LOSSES[kind]()
    real, fake = REAL.expand(3, 4) * torch.tensor([[1.0], [2.0], [-1.0]]), FAKE.expand(3, 4).clone()
    for function in (loss.discriminator, loss.generator):
        together = torch.func.vmap(torch.func.grad(function, argnums=1))(real, fake)
        for row in range(3):
            alone = fake[row].clone().requires_grad_()
            (gradient,) = torch.autograd.grad(function(real[row], alone), alone)
            torch.testing.assert_close(together[row], gradient)
