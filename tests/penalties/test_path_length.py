"""Path lengths against closed forms, with their gradients."""

import math

import pytest
import torch
from torch import Tensor

from ganwright.penalties.path_length import PathLengthPenalty, path_lengths

from .plays import DRAWS, OTHER_DRAWS, play_of, value_and_gradient


def normal(seed: int, *shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


LATENTS, NOISE, MATRIX, CURVATURES = normal(0, 4, 3), normal(1, 4, 5), normal(2, 5, 3), normal(3, 5, 3, 3)
CURVATURES = CURVATURES + CURVATURES.mT


def linear(matrix: Tensor):
    """G(z) = A z, J = A"""
    return lambda latents: latents @ matrix.T


def quadratic(curvatures: Tensor):
    """G(z)_i = z^T Q_i z / 2, J = (Q_i z)_i for symmetric Q_i"""
    return lambda latents: torch.einsum("nj,ijk,nk->ni", latents, curvatures, latents) / 2


def test_lengths_of_a_linear_generator():
    # |A^T y|, with derivative y (A^T y)^T / |A^T y|
    pulled = NOISE @ MATRIX
    value, gradient = value_and_gradient(lambda a: path_lengths(linear(a), LATENTS, NOISE).sum(), MATRIX)
    torch.testing.assert_close(value, pulled.norm(dim=1).sum())
    torch.testing.assert_close(gradient, NOISE.T @ (pulled / pulled.norm(dim=1, keepdim=True)))


def test_lengths_of_a_quadratic_generator():
    # |sum_i y_i Q_i z|: the Jacobian is that at each latent itself
    pulled = torch.einsum("ni,ijk,nk->nj", NOISE, CURVATURES, LATENTS)
    torch.testing.assert_close(path_lengths(quadratic(CURVATURES), LATENTS, NOISE), pulled.norm(dim=1))


def test_several_latents_an_item_count_as_the_root_mean_square():
    latents = normal(4, 4, 2, 3)
    lengths = path_lengths(lambda w: w[:, 0] @ MATRIX.T + 2 * w[:, 1] @ MATRIX.T, latents, NOISE)
    torch.testing.assert_close(lengths, (NOISE @ MATRIX).norm(dim=1) * math.sqrt((1 + 4) / 2))


def test_a_generator_that_ignores_its_latents_has_a_finite_gradient():
    value, gradient = value_and_gradient(lambda a: path_lengths(linear(a), LATENTS, NOISE).sum(), 0 * MATRIX)
    assert value == 0
    assert gradient.isfinite().all()


def penalised(penalty: PathLengthPenalty, matrix: Tensor, mean: float, updates=None, draws=DRAWS) -> Tensor:
    generate = linear(matrix)
    memory = {"mean": torch.tensor(mean, dtype=torch.float64)}
    return penalty.generator(
        play_of(generate=generate, fake=generate(LATENTS), latents=LATENTS, memory=memory, updates=updates, draws=draws)
    )


@pytest.mark.parametrize("shrink", [1, 2])
def test_the_penalty_of_a_linear_generator(shrink):
    # w E (|A^T y| - a)^2 with a constant: derivative 2 w E (1 - a / |A^T y|) y (A^T y)^T
    penalty = PathLengthPenalty(weight=3.0, decay=0.1, batch_shrink=shrink)
    noise = DRAWS.normal("path-length", 4 // shrink, 5).double()
    pulled = noise @ MATRIX
    lengths = pulled.norm(dim=1)
    mean = 0.9 * 2.0 + 0.1 * lengths.mean()
    updates: dict[str, Tensor] = {}
    value, gradient = value_and_gradient(lambda a: penalised(penalty, a, 2.0, updates), MATRIX)
    torch.testing.assert_close(value, 3 * (lengths - mean).square().mean())
    factors = ((lengths - mean) / lengths)[:, None] / len(noise)
    torch.testing.assert_close(gradient, 6 * noise.T @ (factors * pulled))
    torch.testing.assert_close(updates["mean"], mean)
    assert not updates["mean"].requires_grad


def test_the_mean_follows_the_lengths():
    penalty, mean = PathLengthPenalty(batch_shrink=1), torch.zeros((), dtype=torch.float64)
    length = (DRAWS.normal("path-length", 4, 5).double() @ MATRIX).norm(dim=1).mean()
    for _ in range(50):
        updates: dict[str, Tensor] = {}
        penalised(penalty, MATRIX, float(mean), updates)
        mean = updates["mean"]
    torch.testing.assert_close(mean, length * (1 - 0.99**50))


def test_a_generator_that_stretches_evenly_costs_nothing():
    # In one dimension |A^T y| = |A| |y|: with one item, at its own mean.
    updates: dict[str, Tensor] = {}
    assert penalised(PathLengthPenalty(decay=1.0, batch_shrink=4), MATRIX, 0.0, updates) == 0
    assert updates["mean"] > 0


def test_directions_in_image_space_do_not_grow_with_the_resolution():
    # y = N(0, I) / sqrt(H W): pixels that all show z have the length |sum of y| / sqrt(H W), E l^2 = channels.
    def squares(*shape: int) -> Tensor:
        latents = torch.zeros(2000, 1)

        def generate(z: Tensor) -> Tensor:
            return z.view(-1, *[1] * len(shape)).expand(-1, *shape)

        updates: dict[str, Tensor] = {}
        penalty = PathLengthPenalty(batch_shrink=1, decay=1.0)
        play = play_of(
            generate=generate, fake=generate(latents), latents=latents, memory=penalty.memory(), updates=updates
        )
        variance = penalty.generator(play) / penalty.weight
        return variance + updates["mean"].square()

    for shape, energy in (((1, 4, 4), 1.0), ((1, 16, 16), 1.0), ((3, 8, 8), 3.0), ((5,), 5.0)):
        assert squares(*shape).item() == pytest.approx(energy, rel=0.15)  # 4 standard errors of chi^2 / 2000


def test_draws_decide_the_directions():
    one, other = (penalised(PathLengthPenalty(), MATRIX, 0.0, draws=d) for d in (DRAWS, OTHER_DRAWS))
    assert one != other
    assert one == penalised(PathLengthPenalty(), MATRIX, 0.0)


def test_a_batch_smaller_than_the_shrinkage_keeps_one_latent():
    assert penalised(PathLengthPenalty(batch_shrink=64), MATRIX, 0.0) > 0


def test_in_w_it_looks_at_the_styles_and_at_half_the_latents():
    # G(w) = A (w_1 + w_2), w = B z twice: each layer pulls A^T y, so the length is |A^T y|
    penalty, seen = PathLengthPenalty(space="w", decay=1.0), []

    def styles(latents: Tensor) -> Tensor:
        seen.append(len(latents))
        return (2 * latents).unsqueeze(1).expand(-1, 2, -1)

    updates: dict[str, Tensor] = {}
    play = play_of(
        latents=LATENTS,
        styles=styles,
        synthesise=lambda w: w.sum(1) @ MATRIX.T,
        memory={"mean": torch.zeros((), dtype=torch.float64)},
        updates=updates,
    )
    lengths = (DRAWS.normal("path-length", 2, 5).double() @ MATRIX).norm(dim=1)
    torch.testing.assert_close(penalty.generator(play), 2 * (lengths - lengths.mean()).square().mean())
    torch.testing.assert_close(updates["mean"], lengths.mean())
    assert seen == [2]
