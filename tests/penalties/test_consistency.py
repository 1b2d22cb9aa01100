"""Consistency penalties against closed forms, and the transformation itself."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from ganwright.penalties.consistency import (
    BalancedConsistencyPenalty,
    ConsistencyPenalty,
    LatentConsistencyPenalty,
    flip_and_shift,
)

from .plays import DRAWS, OTHER_DRAWS, linear, play_of, quadratic, value_and_gradient


def normal(seed: int, *shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


REAL, FAKE, WEIGHT = normal(0, 6, 2, 7, 5), normal(1, 6, 2, 7, 5), normal(2, 70)
LATENTS, MATRIX = normal(3, 4, 3), normal(4, 5, 3)


def test_a_flip_and_a_shift_up_to_the_farthest():
    image = normal(5, 1, 2, 7, 5)
    moved = flip_and_shift(image.expand(3000, -1, -1, -1), DRAWS, "t", 1)
    wide = F.pad(image, (1, 1, 1, 1), mode="reflect")
    counts = []
    for source in (wide, wide.flip(-1)):
        for row in range(3):
            for column in range(3):
                crop = source[:, :, row : row + 7, column : column + 5]
                counts.append(int((moved == crop).flatten(1).all(1).sum()))
    assert sum(counts) == 3000  # nothing else
    assert min(counts) > 117  # 167 each, 4 standard deviations
    assert max(counts) < 217


def test_shifts_of_none_and_draws():
    images = normal(5, 200, 1, 3, 3)
    moved = flip_and_shift(images, DRAWS, "t", 0)
    still = (moved == images).flatten(1).all(1)
    assert torch.equal(moved[~still], images[~still].flip(-1))
    assert 70 < still.sum() < 130
    assert torch.equal(moved, flip_and_shift(images, DRAWS, "t", 0))
    assert not torch.equal(moved, flip_and_shift(images, OTHER_DRAWS, "t", 0))
    assert flip_and_shift(images, DRAWS, "t", 40).isfinite().all()  # farther than the image is wide


def cr_parts(purpose: str, images: Tensor) -> Tensor:
    return flip_and_shift(images, DRAWS, purpose, 4)


def test_cr_of_a_linear_critic():
    # w E (v.(x - Tx))^2, with gradient 2 w E (v.(x - Tx)) (x - Tx)
    change = (REAL - cr_parts("cr", REAL)).flatten(1)
    value, gradient = value_and_gradient(
        lambda v: ConsistencyPenalty(weight=3.0).discriminator(play_of(linear(v), real=REAL, fake=FAKE)), WEIGHT
    )
    torch.testing.assert_close(value, 3 * (change @ WEIGHT).square().mean())
    torch.testing.assert_close(gradient, 6 * (change @ WEIGHT) @ change / 6)


def test_cr_of_a_quadratic_critic():
    # w a^2/4 E (|x|^2 - |Tx|^2)^2, with gradient w a/2 E (..)^2
    change = REAL.flatten(1).square().sum(1) - cr_parts("cr", REAL).flatten(1).square().sum(1)
    curvature = torch.tensor(1.7, dtype=torch.float64)
    value, gradient = value_and_gradient(
        lambda a: ConsistencyPenalty().discriminator(play_of(quadratic(a), real=REAL, fake=FAKE)), curvature
    )
    torch.testing.assert_close(value, 10 * 1.7**2 / 4 * change.square().mean())
    torch.testing.assert_close(gradient, 10 * 1.7 / 2 * change.square().mean())
    assert value > 1


def test_bcr_is_a_term_on_real_and_one_on_fake():
    real, fake = ((x - cr_parts(f"bcr/{n}", x)).flatten(1) for n, x in (("real", REAL), ("fake", FAKE)))
    for real_weight, fake_weight in ((3.0, 5.0), (3.0, 0.0), (0.0, 5.0)):
        penalty = BalancedConsistencyPenalty(real_weight=real_weight, fake_weight=fake_weight)
        value, gradient = value_and_gradient(
            lambda v, p=penalty: p.discriminator(play_of(linear(v), real=REAL, fake=FAKE)), WEIGHT
        )
        expected = real_weight * (real @ WEIGHT).square().mean() + fake_weight * (fake @ WEIGHT).square().mean()
        torch.testing.assert_close(value, expected)
        slope = real_weight * (real @ WEIGHT) @ real + fake_weight * (fake @ WEIGHT) @ fake
        torch.testing.assert_close(gradient, 2 * slope / 6)


def test_scores_that_are_there_are_used():
    scored: list[Tensor] = []

    def critic(items: Tensor) -> Tensor:
        scored.append(items)
        return items.flatten(1).sum(1)

    logits = (torch.zeros(6, dtype=torch.float64), torch.ones(6, dtype=torch.float64))
    play = play_of(critic, real=REAL, fake=FAKE, logits=lambda: logits)
    value = BalancedConsistencyPenalty().discriminator(play)
    assert len(scored) == 2
    expected = 10 * (critic(scored[0]).square().mean() + (1 - critic(scored[1])).square().mean())
    torch.testing.assert_close(value, expected)


def stretch(matrix: Tensor, seen: list[Tensor] | None = None):
    """G(z) = A z"""

    def generate(latents: Tensor) -> Tensor:
        if seen is not None:
            seen.append(latents)
        return latents @ matrix.T

    return generate


def latent_play(critic, matrix: Tensor, seen: list[Tensor] | None = None, **options):
    fake = LATENTS @ matrix.T
    return play_of(critic, real=fake, fake=fake, latents=LATENTS, generate=stretch(matrix, seen), **options)


def zcr_step(noise: float) -> Tensor:
    seen: list[Tensor] = []
    LatentConsistencyPenalty(noise=noise).discriminator(latent_play(linear(normal(5, 5)), MATRIX, seen))
    (beside,) = seen
    return beside - LATENTS


def test_zcr_steps_in_latent_space():
    step = zcr_step(0.05)
    torch.testing.assert_close(zcr_step(0.1), 2 * step)
    latents = torch.zeros(4000, 2)
    play = play_of(fake=latents, latents=latents, generate=lambda z: z)
    square = -LatentConsistencyPenalty(noise=0.3, generator_weight=1.0).generator(play)
    assert square.item() == pytest.approx(0.09, rel=0.07)  # 4 standard errors of chi^2 / 8000


def test_zcr_of_a_linear_discriminator():
    # w E (v.A d)^2, with gradient 2 w E (v.A d) A d
    penalty, weight = LatentConsistencyPenalty(discriminator_weight=3.0, noise=0.2), normal(5, 5)
    change = zcr_step(0.2) @ MATRIX.T
    value, gradient = value_and_gradient(lambda v: penalty.discriminator(latent_play(linear(v), MATRIX)), weight)
    torch.testing.assert_close(value, 3 * (change @ weight).square().mean())
    torch.testing.assert_close(gradient, 6 * (change @ weight) @ change / 4)


def test_zcr_of_a_quadratic_discriminator():
    penalty, curvature = LatentConsistencyPenalty(noise=0.2), torch.tensor(1.7, dtype=torch.float64)
    here, there = LATENTS @ MATRIX.T, (LATENTS + zcr_step(0.2)) @ MATRIX.T
    change = here.square().sum(1) - there.square().sum(1)
    value, gradient = value_and_gradient(lambda a: penalty.discriminator(latent_play(quadratic(a), MATRIX)), curvature)
    torch.testing.assert_close(value, 5 * 1.7**2 / 4 * change.square().mean())
    torch.testing.assert_close(gradient, 5 * 1.7 / 2 * change.square().mean())


def test_zcr_of_a_linear_generator():
    # -w E (A d)^2 over all N M numbers, with gradient -2 w (A d) d^T / (N M)
    penalty, step = LatentConsistencyPenalty(generator_weight=3.0, noise=0.2), zcr_step(0.2)
    value, gradient = value_and_gradient(lambda a: penalty.generator(latent_play(linear(WEIGHT), a)), MATRIX)
    torch.testing.assert_close(value, -3 * (step @ MATRIX.T).square().mean())
    torch.testing.assert_close(gradient, -6 * (step @ MATRIX.T).T @ step / 20)


def test_a_part_of_zcr_without_weight_is_left_out():
    assert LatentConsistencyPenalty().players == ("discriminator", "generator")
    assert LatentConsistencyPenalty(generator_weight=0).players == ("discriminator",)
    assert LatentConsistencyPenalty(discriminator_weight=0).players == ("generator",)
