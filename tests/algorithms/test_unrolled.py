"""Looking ahead: the generator's gradient through k steps of the discriminator, against steps written out by hand."""

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.algorithms.phase import Algorithm, Batch, Step
from ganwright.algorithms.unrolled import unroll
from ganwright.core.seeding import Draws
from ganwright.core.spec import DataSpec
from ganwright.losses.adversarial import NonSaturatingLoss
from ganwright.networks.mlp import MlpDiscriminatorConfig, MlpGeneratorConfig
from ganwright.penalties.path_length import PathLengthPenalty

CPU = torch.device("cpu")


def test_steps_on_a_quadratic_have_their_closed_form() -> None:
    """From w, k steps of rate a on (w - t)^2 / 2 lead to t + (1 - a)^k (w - t), whose derivative in t is 1 - (1 -
    a)^k."""
    network = nn.Linear(1, 1, bias=False).double()
    target = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    one = torch.ones(1, dtype=torch.float64)
    weights = unroll(network, lambda n: 0.5 * (n(one) - target).square().sum(), 4, 0.3)
    start = network.weight.item()
    assert weights["weight"].item() == pytest.approx(3 + 0.7**4 * (start - 3), rel=1e-12)
    (slope,) = torch.autograd.grad(weights["weight"].sum(), target)
    assert slope.item() == pytest.approx(1 - 0.7**4, rel=1e-12)
    assert network.weight.item() == start
    assert not weights["weight"].is_leaf


def play(config: AdversarialConfig, size: int = 16) -> tuple[Algorithm, Step]:
    torch.manual_seed(0)
    algorithm = config.build(DataSpec((2,), 0, bounded=False))
    real = torch.randn(size, 2, generator=torch.Generator().manual_seed(1)) * 0.3 + 1
    for parameter in algorithm.networks["discriminator"].parameters():
        parameter.requires_grad_(False)  # as the engine has it in the generator's phase
    return algorithm, Step(algorithm.networks, lambda: Batch(real, None), Draws((0, 1), CPU), size, 0, 1000)


@pytest.mark.parametrize("steps", [1, 3])
def test_the_generators_gradient_equals_that_of_steps_written_out(steps: int) -> None:
    rate = 0.5
    config = AdversarialConfig(
        generator=MlpGeneratorConfig(latent_size=4, hidden=(8,), activation="tanh"),
        discriminator=MlpDiscriminatorConfig(hidden=(8,), activation="tanh"),
        loss=NonSaturatingLoss(),
        unrolled_steps=steps,
        unrolled_rate=rate,
    )
    algorithm, step = play(config)
    parameters = list(algorithm.networks["generator"].parameters())
    loss, _ = algorithm.phases[-1].loss(step)
    mine = torch.autograd.grad(loss, parameters)

    def score(weights: dict[str, Tensor], items: Tensor) -> Tensor:
        hidden = torch.tanh(items @ weights["layers.0.weight"].T + weights["layers.0.bias"])
        return hidden @ weights["score.score.weight"][0] + weights["score.score.bias"]

    assert algorithm.latents is not None
    fake = algorithm.networks["generator"](algorithm.latents(step.draws, 16))
    weights = {n: p.detach().requires_grad_() for n, p in algorithm.networks["discriminator"].named_parameters()}
    for _ in range(steps):
        value = F.softplus(score(weights, fake)).mean() + F.softplus(-score(weights, step.real.items)).mean()
        gradients = torch.autograd.grad(value, list(weights.values()), create_graph=True)
        weights = {n: w - rate * g for (n, w), g in zip(weights.items(), gradients, strict=True)}
    reference = F.softplus(-score(weights, fake)).mean()
    torch.testing.assert_close(loss, reference, rtol=1e-6, atol=1e-7)
    for own, hand in zip(mine, torch.autograd.grad(reference, parameters), strict=True):
        torch.testing.assert_close(own, hand, rtol=1e-5, atol=1e-7)

    plain, plain_step = play(config.override({"unrolled_steps": 0}))
    (other,) = torch.autograd.grad(
        plain.phases[-1].loss(plain_step)[0], [next(iter(plain.networks["generator"].parameters()))]
    )
    assert not torch.allclose(mine[0], other, rtol=1e-2), "the look ahead must change the gradient"


def test_looking_ahead_leaves_weights_buffers_and_memory_as_they_are() -> None:
    config = AdversarialConfig(
        generator=MlpGeneratorConfig(latent_size=4, hidden=(8,)),
        discriminator=MlpDiscriminatorConfig(hidden=(8, 8), norm="batch"),
        loss=NonSaturatingLoss(),
        unrolled_steps=2,
        history=16,
    )
    algorithm, step = play(config)
    before = {n: t.clone() for n, t in algorithm.networks["discriminator"].named_parameters()}
    loss, _ = algorithm.phases[-1].loss(step)
    assert math.isfinite(loss.item())
    assert not step.updates
    for name, tensor in algorithm.networks["discriminator"].named_parameters():
        assert torch.equal(tensor, before[name])


def test_what_the_generators_penalties_remember_is_kept() -> None:
    config = AdversarialConfig(
        generator=MlpGeneratorConfig(latent_size=4, hidden=(8,)),
        discriminator=MlpDiscriminatorConfig(hidden=(8,)),
        loss=NonSaturatingLoss(),
        penalties=(PathLengthPenalty(),),
    )
    kept = []
    for steps in (0, 2):
        algorithm, step = play(config.override({"unrolled_steps": steps}))
        step = replace(step, memory=algorithm.memory)
        algorithm.phases[-1].loss(step)
        kept.append(step.updates)
    assert kept[0]
    assert kept[0] == kept[1]
