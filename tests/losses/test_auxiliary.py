"""The auxiliary classifier's losses against closed forms."""

import math

import pytest
import torch

from ganwright.losses.auxiliary import auxiliary_discriminator, auxiliary_generator

REAL = torch.tensor([[1.0, -0.5, 0.2], [0.3, 0.9, -2.0]], dtype=torch.float64)
FAKE = torch.tensor([[-1.0, 0.4, 0.7], [2.0, 0.1, 0.1]], dtype=torch.float64)
LABELS = torch.tensor([0, 2])


def hand_made(logits: torch.Tensor) -> torch.Tensor:
    """-E log P(class | item)"""
    return -(logits.exp() / logits.exp().sum(1, keepdim=True))[[0, 1], LABELS].log().mean()


def test_values():
    torch.testing.assert_close(auxiliary_discriminator(REAL, FAKE, LABELS), hand_made(REAL) + hand_made(FAKE))
    torch.testing.assert_close(auxiliary_generator(FAKE, LABELS), hand_made(FAKE))


def test_gradients_are_probability_minus_label():
    for term in (lambda f: auxiliary_discriminator(REAL, f, LABELS), lambda f: auxiliary_generator(f, LABELS)):
        gradient = torch.func.grad(term)(FAKE)
        torch.testing.assert_close(gradient, (FAKE.softmax(1) - torch.eye(3)[LABELS]) / 2)
    gradient = torch.func.grad(lambda r: auxiliary_discriminator(r, FAKE, LABELS))(REAL)
    torch.testing.assert_close(gradient, (REAL.softmax(1) - torch.eye(3)[LABELS]) / 2)


def test_what_certainty_and_ignorance_cost():
    ignorant, certain = torch.zeros(2, 3), 1e4 * torch.eye(3)[LABELS]
    assert auxiliary_discriminator(ignorant, ignorant, LABELS).item() == pytest.approx(2 * math.log(3))
    assert auxiliary_generator(certain, LABELS) == 0
    assert auxiliary_discriminator(certain, -certain, LABELS).isfinite()


def test_vmap_of_grad_equals_a_loop():
    scales = torch.tensor([[[1.0]], [[2.0]], [[-1.0]]], dtype=torch.float64)
    real, fake = REAL * scales, FAKE * scales
    together = torch.func.vmap(torch.func.grad(auxiliary_discriminator, argnums=(0, 1)), (0, 0, None))(
        real, fake, LABELS
    )
    for row in range(3):
        alone = torch.func.grad(auxiliary_discriminator, argnums=(0, 1))(real[row], fake[row], LABELS)
        for t, a in zip(together, alone, strict=True):
            torch.testing.assert_close(t[row], a)
