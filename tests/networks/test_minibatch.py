"""Minibatch features equal their equations, first and second gradients are right, and they stand before the head."""

from math import sqrt
from typing import Any

import pytest
import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.networks.base import has_batch_norm, has_batch_statistics
from ganwright.networks.dcgan import DcganDiscriminatorConfig
from ganwright.networks.layers.minibatch import EachAlone, MinibatchDiscrimination, MinibatchStddev, minibatch_of
from ganwright.networks.mlp import MlpDiscriminatorConfig

SPEC = DataSpec((1, 16, 16), 10)
FAMILIES = [MlpDiscriminatorConfig(hidden=(8, 6)), DcganDiscriminatorConfig(width=4, norm="none", init="he")]


def batch(num: int, num_features: int = 7) -> Tensor:
    generator = torch.Generator().manual_seed(num)
    return torch.randn(num, num_features, dtype=torch.float64, generator=generator)


def stddev_by_formula(features: Tensor, group: int) -> list[float]:
    """Item by item, with Python's numbers."""
    num, num_features = features.shape
    spreads = []
    for i in range(num):
        members = [features[j] for j in range(num) if j % (num // group) == i % (num // group)]
        assert len(members) == group
        total = 0.0
        for f in range(num_features):
            values = [m[f].item() for m in members]
            mean = sum(values) / group
            total += sqrt(sum((v - mean) ** 2 for v in values) / group + 1e-8)
        spreads.append(total / num_features)
    return spreads


@pytest.mark.parametrize(
    ("num", "group_size", "group"),
    [(8, 4, 4), (12, 4, 4), (6, 4, 3), (9, 4, 3), (10, 4, 2), (3, 4, 3), (7, 4, 1), (8, 99, 8)],
)
def test_stddev_is_the_mean_spread_of_the_group(num: int, group_size: int, group: int) -> None:
    features = batch(num)
    layer = MinibatchStddev(7, group_size)
    outputs = layer(features)
    assert outputs.shape == (num, layer.size) == (num, 8)
    assert torch.equal(outputs[:, :7], features)
    assert outputs[:, 7].tolist() == pytest.approx(stddev_by_formula(features, group))


def test_stddev_tells_a_repeated_item_from_a_varied_batch() -> None:
    features = batch(8)
    layer = MinibatchStddev(7, 4)
    assert layer(features[:1].expand(8, -1))[:, 7].max().item() == pytest.approx(1e-4)
    assert layer(features)[:, 7].min() > 0.3


def discrimination_by_loops(features: Tensor, weight: Tensor, num_kernels: int) -> Tensor:
    """Equation by equation: the weight's rows are the kernels' numbers, one kernel after the other."""
    kernels = weight.chunk(num_kernels)
    closeness = torch.zeros(len(features), num_kernels, dtype=features.dtype)
    for i, mine in enumerate(features):
        for other in features:
            for b, kernel in enumerate(kernels):
                closeness[i, b] += torch.exp(-(kernel @ mine - kernel @ other).abs().sum())
    return closeness


@pytest.mark.parametrize(("num", "num_kernels", "kernel_size"), [(5, 3, 2), (1, 4, 3), (6, 1, 1)])
def test_discrimination_equals_a_double_loop(num: int, num_kernels: int, kernel_size: int) -> None:
    torch.manual_seed(0)
    features = batch(num)
    layer = MinibatchDiscrimination(7, num_kernels, kernel_size).double()
    outputs = layer(features)
    assert outputs.shape == (num, layer.size) == (num, 7 + num_kernels)
    assert torch.equal(outputs[:, :7], features)
    torch.testing.assert_close(outputs[:, 7:], discrimination_by_loops(features, layer.project.weight, num_kernels))


def test_discrimination_of_a_repeated_item_is_the_size_of_the_batch() -> None:
    torch.manual_seed(0)
    layer = MinibatchDiscrimination(7, 3, 5).double()
    torch.testing.assert_close(layer(batch(8)[:1].expand(8, -1))[:, 7:], torch.full((8, 3), 8.0, dtype=torch.float64))
    apart = layer(100 * batch(8))[:, 7:]
    torch.testing.assert_close(apart, torch.ones_like(apart), atol=1e-3, rtol=0)


def layers() -> list[torch.nn.Module]:
    torch.manual_seed(0)
    return [MinibatchStddev(3, 2), MinibatchStddev(3, 4), MinibatchDiscrimination(3, 2, 2).double()]


@pytest.mark.parametrize("layer", layers(), ids=["stddev-2", "stddev-4", "discrimination"])
def test_first_and_second_gradients_equal_differences(layer: torch.nn.Module) -> None:
    features = batch(4, 3).requires_grad_()
    assert torch.autograd.gradcheck(layer, features)
    assert torch.autograd.gradgradcheck(layer, features)


@pytest.mark.parametrize("layer", layers(), ids=["stddev-2", "stddev-4", "discrimination"])
def test_gradients_stay_finite_where_all_items_are_equal(layer: torch.nn.Module) -> None:
    features = torch.ones(4, 3, dtype=torch.float64, requires_grad=True)
    (first,) = torch.autograd.grad(layer(features).square().sum(), features, create_graph=True)
    (second,) = torch.autograd.grad(first.square().sum(), features)
    assert first.isfinite().all()
    assert second.isfinite().all()


@pytest.mark.parametrize("config", FAMILIES)
@pytest.mark.parametrize("minibatch", ["stddev", "discrimination"])
def test_it_stands_between_the_last_layer_and_the_head(config: Any, minibatch: str) -> None:
    torch.manual_seed(0)
    plain = config.build(SPEC)
    network = config.override({"minibatch": minibatch, "minibatch_kernels": 9}).build(SPEC)
    items = torch.randn(8, 1, 16, 16)
    network.layers.load_state_dict(plain.layers.state_dict())
    features = network.features(items)
    torch.testing.assert_close(features, network.minibatch(plain.features(items)))
    assert features.shape[1] - plain.features(items).shape[1] == {"stddev": 1, "discrimination": 9}[minibatch]
    assert network.score.score.in_features == features.shape[1]


@pytest.mark.parametrize("config", FAMILIES)
def test_options_reach_the_layers(config: Any) -> None:
    discrimination = config.override(
        {"minibatch": "discrimination", "minibatch_kernels": 9, "minibatch_kernel_size": 2}
    ).build(SPEC)
    assert discrimination.minibatch.project.out_features == 18
    assert config.override({"minibatch": "stddev", "minibatch_group": 8}).build(SPEC).minibatch.group_size == 8
    assert isinstance(config.build(SPEC).minibatch, EachAlone)
    defaults = config.override({"minibatch": "discrimination"}).build(SPEC).minibatch
    assert (defaults.num_kernels, defaults.project.out_features) == (100, 500)
    with pytest.raises(UserError, match="minibatch_group"):
        config.override({"minibatch_group": 1})
    with pytest.raises(UserError, match="'none', 'stddev' or 'discrimination'"):
        config.override({"minibatch": "std"})


@pytest.mark.parametrize("config", FAMILIES)
@pytest.mark.parametrize("minibatch", ["stddev", "discrimination"])
def test_it_looks_at_the_batch_and_is_no_batch_norm(config: Any, minibatch: str) -> None:
    network = config.override({"minibatch": minibatch}).build(SPEC)
    assert has_batch_statistics(network)
    assert not has_batch_norm(network)
    assert not has_batch_statistics(config.build(SPEC))


@pytest.mark.parametrize("config", FAMILIES)
@pytest.mark.parametrize("minibatch", ["stddev", "discrimination"])
def test_r1_has_finite_gradients_in_every_weight(config: Any, minibatch: str) -> None:
    torch.manual_seed(0)
    network = config.override({"minibatch": minibatch}).build(SPEC)
    items = torch.randn(8, 1, 16, 16, requires_grad=True)
    (slopes,) = torch.autograd.grad(network(items).sum(), items, create_graph=True)
    # A bias that only shifts the score has no part in its slope.
    weights = [p for p in network.parameters() if p.ndim > 1]
    gradients = torch.autograd.grad(slopes.square().sum(), weights)
    assert all(g.isfinite().all() and g.any() for g in gradients)


@pytest.mark.parametrize("minibatch", ["stddev", "discrimination"])
def test_the_score_sees_a_generator_that_repeats_itself(minibatch: str) -> None:
    # No discriminator that judges each item by itself can tell these batches apart: they hold the same points.
    torch.manual_seed(0)
    spec = DataSpec((2,), bounded=False)
    options = {"hidden": (16,), "minibatch": minibatch}
    network = MlpDiscriminatorConfig.parse(options).build(spec)
    optimiser = torch.optim.Adam(network.parameters(), 1e-2)
    points = torch.randn(4, 2)
    varied, repeated = points.repeat(2, 1), points
    for _ in range(150):
        collapsed = [network(p.expand(8, -1)) for p in repeated]
        loss = torch.nn.functional.softplus(torch.stack([c.mean() - network(varied).mean() for c in collapsed])).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert network(varied).mean() > max(network(p.expand(8, -1)).mean() for p in repeated) + 1


def test_minibatch_of_chooses() -> None:
    assert isinstance(minibatch_of("none", 7, 4, 100, 5), EachAlone)
    assert isinstance(minibatch_of("stddev", 7, 4, 100, 5), MinibatchStddev)
    assert isinstance(minibatch_of("discrimination", 7, 4, 100, 5), MinibatchDiscrimination)
