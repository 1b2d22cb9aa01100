"""Gradient penalties against closed forms, with their parameter gradients."""

import pytest
import torch
from torch import Tensor, nn

from ganwright.core.seeding import Draws
from ganwright.core.spec import DataSpec
from ganwright.networks.dcgan import DcganDiscriminatorConfig
from ganwright.networks.mlp import MlpDiscriminatorConfig
from ganwright.penalties import PENALTIES
from ganwright.penalties.gradient import GradientPenalty, R1Penalty, R2Penalty, input_gradient

DRAWS = Draws(("test",), torch.device("cpu"))
REAL = torch.linspace(-1, 1, 4 * 3, dtype=torch.float64).view(4, 3)
FAKE = torch.linspace(2, -3, 4 * 3, dtype=torch.float64).view(4, 3).sin()


def linear(weight: Tensor):
    return lambda items: items.flatten(1) @ weight + 0.3


def quadratic(curvature: Tensor):
    return lambda items: 0.5 * curvature * items.flatten(1).square().sum(1)


def value_and_gradient(penalty, critic_of, parameter: Tensor) -> tuple[Tensor, Tensor]:
    parameter = parameter.clone().requires_grad_()
    value = penalty.penalty(critic_of(parameter), REAL, FAKE, DRAWS)
    return value.detach(), torch.autograd.grad(value, parameter)[0]


@pytest.mark.parametrize("sided", ["two", "one"])
@pytest.mark.parametrize("scale", [0.2, 3.0])
def test_gp_of_a_linear_critic(sided, scale):
    # C = w.x + b: 10 (|w| - 1)^2, with gradient 20 (|w| - 1) w / |w|
    weight = scale * torch.tensor([1.0, -2.0, 2.0], dtype=torch.float64) / 3
    value, gradient = value_and_gradient(GradientPenalty(sided=sided), linear, weight)
    excess = scale - 1 if sided == "two" else max(scale - 1, 0)
    assert float(value) == pytest.approx(10 * excess**2)
    torch.testing.assert_close(gradient, 20 * excess * weight / scale)


def test_gp_of_a_quadratic_critic():
    # C = a/2 |x|^2: lambda E (a |x_hat| - 1)^2, with derivative 2 lambda E (a |x_hat| - 1) |x_hat|
    curvature = torch.tensor(1.7, dtype=torch.float64)
    seen: list[Tensor] = []

    def critic(items: Tensor) -> Tensor:
        seen.append(items.detach())
        return quadratic(curvature)(items)

    GradientPenalty().penalty(critic, REAL, FAKE, DRAWS)
    norms = seen[0].norm(dim=1)
    value, gradient = value_and_gradient(GradientPenalty(weight=4.0), quadratic, curvature)
    torch.testing.assert_close(value, 4 * (1.7 * norms - 1).square().mean())
    torch.testing.assert_close(gradient, 8 * ((1.7 * norms - 1) * norms).mean())


def test_gp_looks_between_real_and_fake_at_one_random_share_an_item():
    seen: list[Tensor] = []

    def critic(items: Tensor) -> Tensor:
        seen.append(items.detach())
        return items.flatten(1).sum(1)

    real, fake = torch.ones(256, 1, 4, 4), torch.full((256, 1, 4, 4), -1.0)
    for _ in range(2):
        GradientPenalty().penalty(critic, real, fake, DRAWS)
    GradientPenalty().penalty(critic, real, fake, Draws(("other",), torch.device("cpu")))
    shares = seen[0][:, 0, 0, 0]
    assert torch.equal(seen[0], shares.view(-1, 1, 1, 1).expand_as(seen[0]))
    assert torch.equal(seen[0], seen[1])
    assert not torch.equal(seen[0], seen[2])
    assert -1 <= shares.min() < -0.9
    assert 0.9 < shares.max() <= 1
    assert abs(shares.mean()) < 0.12  # 3 standard errors of U(-1, 1)


def test_gp_of_a_flat_critic_has_a_finite_gradient():
    value, gradient = value_and_gradient(GradientPenalty(), linear, torch.zeros(3, dtype=torch.float64))
    assert float(value) == pytest.approx(10)
    assert gradient.isfinite().all()


@pytest.mark.parametrize(("penalty", "items"), [(R1Penalty(gamma=3.0), REAL), (R2Penalty(gamma=3.0), FAKE)])
def test_r1_and_r2(penalty, items):
    weight = torch.tensor([1.0, -2.0, 2.0], dtype=torch.float64)
    value, gradient = value_and_gradient(penalty, linear, weight)  # gamma/2 |w|^2
    assert float(value) == pytest.approx(1.5 * 9)
    torch.testing.assert_close(gradient, 3 * weight)
    value, gradient = value_and_gradient(penalty, quadratic, torch.tensor(1.7, dtype=torch.float64))
    energy = items.square().sum(1).mean()  # gamma/2 a^2 E|x|^2
    torch.testing.assert_close(value, 1.5 * 1.7**2 * energy)
    torch.testing.assert_close(gradient, 3 * 1.7 * energy)


@pytest.mark.parametrize("kind", [k for k, p in PENALTIES.items() if p.adds_loss])
def test_no_gradient_reaches_the_items(kind):
    real, fake = REAL.clone().requires_grad_(), FAKE.clone().requires_grad_()
    weight = torch.ones(3, dtype=torch.float64, requires_grad=True)
    PENALTIES[kind]().penalty(linear(weight), real, fake, DRAWS).backward()
    assert real.grad is None
    assert fake.grad is None
    assert weight.grad is not None
    plain = REAL.clone()
    PENALTIES[kind]().penalty(linear(weight), plain, FAKE, DRAWS)
    assert not plain.requires_grad


NETWORKS = {
    "mlp": MlpDiscriminatorConfig(hidden=(12, 8), activation="tanh"),
    "mlp layer": MlpDiscriminatorConfig(hidden=(12, 8), norm="layer", activation="tanh"),
    "dcgan none": DcganDiscriminatorConfig(width=4, norm="none", init="he"),
    "dcgan layer": DcganDiscriminatorConfig(width=4, norm="layer", init="he"),
    "dcgan instance": DcganDiscriminatorConfig(width=4, norm="instance", init="he"),
}


def network_and_items(config) -> tuple[nn.Module, Tensor, Tensor]:
    torch.manual_seed(0)
    network = config.build(DataSpec((1, 16, 16))).double()
    return network, torch.randn(6, 1, 16, 16, dtype=torch.float64), torch.randn(6, 1, 16, 16, dtype=torch.float64)


@pytest.mark.parametrize("name", NETWORKS)
def test_summed_logits_give_each_item_its_own_gradient(name):
    network, real, _ = network_and_items(NETWORKS[name])
    one = torch.func.grad(lambda item: network(item[None])[0])
    torch.testing.assert_close(input_gradient(network, real), torch.stack([one(item) for item in real]).flatten(1))


def test_summed_logits_mix_items_under_batch_norm():
    network, real, _ = network_and_items(DcganDiscriminatorConfig(width=4, init="he"))
    network(real)
    mixed, alone = input_gradient(network, real), input_gradient(network.eval(), real)
    assert (mixed - alone).norm() > 0.1 * alone.norm()


@pytest.mark.parametrize("penalty", [GradientPenalty(), R1Penalty(), R2Penalty()], ids=lambda p: p.kind)
@pytest.mark.parametrize("name", NETWORKS)
def test_parameter_gradients_of_networks_equal_central_differences(name, penalty):
    network, real, fake = network_and_items(NETWORKS[name])
    parameters = [p for p in network.parameters() if p.ndim > 1]
    value = penalty.penalty(network, real, fake, DRAWS)
    gradients = torch.autograd.grad(value, parameters)
    generator = torch.Generator().manual_seed(1)
    for parameter, gradient in zip(parameters, gradients, strict=True):
        direction = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
        values = []
        for step in (1e-6, -1e-6):
            with torch.no_grad():
                parameter.add_(step * direction)
            values.append(penalty.penalty(network, real, fake, DRAWS).item())
            with torch.no_grad():
                parameter.sub_(step * direction)
        assert (values[0] - values[1]) / 2e-6 == pytest.approx(float((gradient * direction).sum()), rel=1e-4, abs=1e-6)
