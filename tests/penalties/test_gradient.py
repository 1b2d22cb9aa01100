"""Gradient penalties against closed forms, with their parameter gradients."""

import pytest
import torch
from torch import Tensor, nn

from ganwright.core.schedules import Linear
from ganwright.core.spec import DataSpec
from ganwright.networks.dcgan import DcganDiscriminatorConfig
from ganwright.networks.mlp import MlpDiscriminatorConfig
from ganwright.penalties.gradient import DraganPenalty, GradientPenalty, R1Penalty, R2Penalty, input_gradient

from .plays import DRAWS, FAKE, OTHER_DRAWS, REAL, linear, play_of, quadratic, value_and_gradient


def of(penalty, critic_of, parameter: Tensor) -> tuple[Tensor, Tensor]:
    """A penalty and its gradient in the critic's parameter."""
    return value_and_gradient(lambda p: penalty.discriminator(play_of(critic_of(p), real=REAL, fake=FAKE)), parameter)


@pytest.mark.parametrize("penalty", [GradientPenalty, DraganPenalty])
@pytest.mark.parametrize("sided", ["two", "one"])
@pytest.mark.parametrize("scale", [0.2, 3.0])
def test_gp_and_dragan_of_a_linear_critic(penalty, sided, scale):
    # C = w.x + b: 10 (|w| - 1)^2, with gradient 20 (|w| - 1) w / |w|
    weight = scale * torch.tensor([1.0, -2.0, 2.0], dtype=torch.float64) / 3
    value, gradient = of(penalty(sided=sided), linear, weight)
    excess = scale - 1 if sided == "two" else max(scale - 1, 0)
    assert float(value) == pytest.approx(10 * excess**2)
    torch.testing.assert_close(gradient, 20 * excess * weight / scale)


@pytest.mark.parametrize("penalty", [GradientPenalty(weight=4.0), DraganPenalty(weight=4.0)], ids=lambda p: p.kind)
def test_gp_and_dragan_of_a_quadratic_critic(penalty):
    # C = a/2 |x|^2: lambda E (a |x_hat| - 1)^2, with derivative 2 lambda E (a |x_hat| - 1) |x_hat|
    curvature = torch.tensor(1.7, dtype=torch.float64)
    norms = looked_at(penalty, REAL, FAKE).norm(dim=1)
    value, gradient = of(penalty, quadratic, curvature)
    torch.testing.assert_close(value, 4 * (1.7 * norms - 1).square().mean())
    torch.testing.assert_close(gradient, 8 * ((1.7 * norms - 1) * norms).mean())


def looked_at(penalty, real: Tensor, fake: Tensor, draws=DRAWS) -> Tensor:
    """The items that a penalty scores."""
    seen: list[Tensor] = []

    def critic(items: Tensor) -> Tensor:
        seen.append(items.detach())
        return items.flatten(1).sum(1)

    penalty.discriminator(play_of(critic, real=real, fake=fake, draws=draws))
    (items,) = seen
    return items


def test_gp_looks_between_real_and_fake_at_one_random_share_an_item():
    real, fake = torch.ones(256, 1, 4, 4), torch.full((256, 1, 4, 4), -1.0)
    seen = looked_at(GradientPenalty(), real, fake)
    shares = seen[:, 0, 0, 0]
    assert torch.equal(seen, shares.view(-1, 1, 1, 1).expand_as(seen))
    assert torch.equal(seen, looked_at(GradientPenalty(), real, fake))
    assert not torch.equal(seen, looked_at(GradientPenalty(), real, fake, OTHER_DRAWS))
    assert -1 <= shares.min() < -0.9
    assert 0.9 < shares.max() <= 1
    assert abs(shares.mean()) < 0.12  # 3 standard errors of U(-1, 1)


def test_dragan_looks_between_real_items_and_up_to_half_a_standard_deviation_beside_them():
    real = torch.cat([torch.full((128, 1, 4, 4), 3.0), torch.full((128, 1, 4, 4), -1.0)])  # std 2
    shift = looked_at(DraganPenalty(), real, torch.empty(0)) - real
    assert shift.min() >= 0
    assert shift.max() <= 1
    # A share a ~ U(0, 1) an item, times numbers u ~ U(0, 1): of an item the largest is a, nearly (16 / 17 on average).
    share = shift.flatten(1).amax(1)
    assert abs(share.mean() - 8 / 17) < 0.07  # 4 standard errors
    assert abs(share.std() - 12**-0.5) < 0.05
    numbers = (shift.flatten(1) / share[:, None])[:, :2]
    assert abs(numbers.mean() - (1 / 16 + 15 / 32)) < 0.06
    assert abs(torch.corrcoef(numbers.T)[0, 1]) < 0.25  # beside the share each number is moved by itself
    torch.testing.assert_close(looked_at(DraganPenalty(noise=1.5), real, torch.empty(0)) - real, 3 * shift)
    assert torch.equal(looked_at(DraganPenalty(noise=0), real, torch.empty(0)), real)
    assert not torch.equal(looked_at(DraganPenalty(), real, torch.empty(0), OTHER_DRAWS) - real, shift)


@pytest.mark.parametrize("penalty", [GradientPenalty(), DraganPenalty()], ids=lambda p: p.kind)
def test_a_flat_critic_has_a_finite_gradient(penalty):
    value, gradient = of(penalty, linear, torch.zeros(3, dtype=torch.float64))
    assert float(value) == pytest.approx(10)
    assert gradient.isfinite().all()


@pytest.mark.parametrize(("penalty", "items"), [(R1Penalty(gamma=3.0), REAL), (R2Penalty(gamma=3.0), FAKE)])
def test_r1_and_r2(penalty, items):
    weight = torch.tensor([1.0, -2.0, 2.0], dtype=torch.float64)
    value, gradient = of(penalty, linear, weight)  # gamma/2 |w|^2
    assert float(value) == pytest.approx(1.5 * 9)
    torch.testing.assert_close(gradient, 3 * weight)
    value, gradient = of(penalty, quadratic, torch.tensor(1.7, dtype=torch.float64))
    energy = items.square().sum(1).mean()  # gamma/2 a^2 E|x|^2
    torch.testing.assert_close(value, 1.5 * 1.7**2 * energy)
    torch.testing.assert_close(gradient, 3 * 1.7 * energy)


@pytest.mark.parametrize("penalty", [R1Penalty, R2Penalty])
def test_gamma_follows_its_schedule(penalty):
    config = penalty(gamma=Linear(start=4.0, end=2.0))
    weight = torch.tensor([1.0, -2.0, 2.0], dtype=torch.float64)
    for num_images, gamma in ((0, 4.0), (50, 3.0), (100, 2.0)):
        play = play_of(linear(weight), real=REAL, fake=FAKE, num_images=num_images)
        assert float(config.discriminator(play)) == pytest.approx(gamma / 2 * 9)


def test_r1_and_r2_take_gradients_that_are_there():
    play = play_of(real=REAL, fake=FAKE, draw_gradients=lambda: (REAL, FAKE))
    torch.testing.assert_close(R1Penalty(gamma=2.0).discriminator(play), REAL.square().sum(1).mean())
    torch.testing.assert_close(R2Penalty(gamma=2.0).discriminator(play), FAKE.square().sum(1).mean())


def test_gradients_flow_into_fakes_that_carry_them():
    # An unrolled discriminator's steps depend on the generator: gamma/2 a^2 E|x|^2 has the gradient gamma a^2 x / N.
    def term(penalty, fake):
        return penalty.discriminator(play_of(quadratic(torch.tensor(1.7)), real=REAL, fake=fake))

    _, gradient = value_and_gradient(lambda fake: term(R2Penalty(gamma=3.0), fake), FAKE)
    torch.testing.assert_close(gradient, 3 * 1.7**2 * FAKE / 4)
    _, gradient = value_and_gradient(lambda fake: term(GradientPenalty(), fake), FAKE)
    assert gradient.norm() > 0.1


@pytest.mark.parametrize(
    "penalty", [GradientPenalty(), DraganPenalty(), R1Penalty(), R2Penalty()], ids=lambda p: p.kind
)
def test_plain_items_stay_plain(penalty):
    real, fake = REAL.clone(), FAKE.clone()
    penalty.discriminator(play_of(linear(torch.ones(3, dtype=torch.float64)), real=real, fake=fake))
    assert not real.requires_grad
    assert not fake.requires_grad


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
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.track_running_stats = False  # torch.func refuses to count batches
    mixed, alone = input_gradient(network, real), input_gradient(network.eval(), real)
    assert (mixed - alone).norm() > 0.1 * alone.norm()


@pytest.mark.parametrize(
    "penalty", [GradientPenalty(), DraganPenalty(), R1Penalty(), R2Penalty()], ids=lambda p: p.kind
)
@pytest.mark.parametrize("name", NETWORKS)
def test_parameter_gradients_of_networks_equal_central_differences(name, penalty):
    network, real, fake = network_and_items(NETWORKS[name])
    parameters = [p for p in network.parameters() if p.ndim > 1]

    def term() -> Tensor:
        return penalty.discriminator(play_of(network, real=real, fake=fake))

    value = term()
    gradients = torch.autograd.grad(value, parameters)
    generator = torch.Generator().manual_seed(1)
    for parameter, gradient in zip(parameters, gradients, strict=True):
        direction = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
        values = []
        for step in (1e-6, -1e-6):
            with torch.no_grad():
                parameter.add_(step * direction)
            values.append(term().item())
            with torch.no_grad():
                parameter.sub_(step * direction)
        assert (values[0] - values[1]) / 2e-6 == pytest.approx(float((gradient * direction).sum()), rel=1e-4, abs=1e-6)
