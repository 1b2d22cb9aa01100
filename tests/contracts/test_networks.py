"""What every row of GENERATORS, DISCRIMINATORS and CLASSIFIERS promises, for every shape that it can make."""

import copy
import time
from collections.abc import Iterator
from typing import Any, get_args

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.networks import CLASSIFIERS, DISCRIMINATORS, GENERATORS
from ganwright.networks.base import (
    Classifier,
    Discriminator,
    Generator,
    NetworkConfig,
    has_batch_norm,
    has_batch_statistics,
    is_stochastic,
)
from ganwright.networks.layers.growth import FOREVER, Growing
from ganwright.ops.spectral import SpectralNorm

N = 6
SPECS = {
    str(spec.shape): spec
    for spec in (
        DataSpec((1, 8, 8), 10),
        DataSpec((1, 28, 28), 10),
        DataSpec((3, 32, 32), 10),
        DataSpec((3, 64, 64), 10),
        DataSpec((1, 16, 32), 10),
        DataSpec((2,), 10, bounded=False),
    )
}
TABLES = {"generator": GENERATORS, "discriminator": DISCRIMINATORS, "classifier": CLASSIFIERS}
ROWS = [(part, kind) for part, table in TABLES.items() for kind in table]
PLAYERS = [(part, kind) for part, kind in ROWS if part != "classifier"]


def build(config: NetworkConfig, spec: DataSpec, seed: int = 0) -> nn.Module:
    """Build with a fixed seed; skip where the family says that it cannot make this shape."""
    torch.manual_seed(seed)
    try:
        return config.build(spec)  # type: ignore[attr-defined]
    except UserError as error:
        if spec.is_image:
            raise
        pytest.skip(str(error))


def choices(cls: type[NetworkConfig], field: str) -> tuple[Any, ...]:
    """What a config's field may be, where it is one of some words; none where there is no such field."""
    return get_args(cls.model_fields[field].annotation) if field in cls.model_fields else ()


def variants(part: str, kind: str) -> list[NetworkConfig]:
    """The default, each way of being conditional, and each option that adds something to the network."""
    cls = TABLES[part][kind]
    options: list[dict[str, Any]] = [{}]
    for way in choices(cls, "conditioning"):
        norm = {"norm": "batch"} if way == "batch-norm" else {}
        options.append({"conditional": True, "conditioning": way, **norm})
    if "conditional" in cls.model_fields and not choices(cls, "conditioning"):
        options.append({"conditional": True})
    options += [{"minibatch": way} for way in choices(cls, "minibatch") if way != "none"]
    if "spectral_norm" in cls.model_fields:
        options.append({"spectral_norm": True})
    if "attention_at" in cls.model_fields:
        options.append({"attention_at": 8, "conditional": True})
    if "hierarchical" in cls.model_fields:
        options += [{"hierarchical": False}, {"hierarchical": False, "conditional": True}]
    if "wide" in cls.model_fields:
        options.append({"wide": True, "plain_blocks": 2})
    if "skip_latent" in cls.model_fields:
        options.append({"skip_latent": True})
    if "octaves" in cls.model_fields:
        options.append({"octaves": (0, 2)})
    options += [{"attention": way} for way in choices(cls, "attention") if way != "full"]
    return [cls.parse(o) for o in options]


class Everything(nn.Module):
    """A network whose output is all that it can say: of a discriminator that classifies, class logits too."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, *given: Tensor) -> Tensor:
        if isinstance(self.network, Discriminator) and self.network.has_classes_head:
            features = self.network.features(given[0])
            scores = self.network.head(features, given[1])
            return torch.cat((scores.unsqueeze(1), self.network.classify(features)), 1)
        return self.network(*given)


def shake(network: nn.Module, seed: int = 0) -> None:
    """Move every weight a little: some layers start with equal weights for all classes, or with zeros."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator), alpha=0.05)


def stages(network: nn.Module) -> Iterator[None]:
    """Set a growing network to each of its levels in turn, half faded in; once and as it is for any other."""
    if not isinstance(network, Growing):
        yield
        return
    for level in range(1, network.growth.num_levels):
        network.growth.set(2 * level - 1, 2, 0, 0)
        assert network.growth.stage() == (level, 0.5)
        yield
    network.growth.set(FOREVER, 1, 0, 0)


def inputs(network: nn.Module, spec: DataSpec, num: int = N, seed: int = 1) -> tuple[Tensor, ...]:
    """Random inputs for a network, with labels where it wants them."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(spec.num_classes, (num,), generator=generator)
    if isinstance(network, Generator):
        return torch.randn(num, network.latent_size, generator=generator), labels
    items = torch.rand(num, *spec.shape, generator=generator) * 2 - 1
    return (items,) if isinstance(network, Classifier) else (items, labels)


NARROW = {"width": 8, "hidden": (24, 16), "capacity": 128, "layers": 2}
"""Options that make a network small, where it has them."""


def narrowed(config: NetworkConfig) -> NetworkConfig:
    return config.override({name: v for name, v in NARROW.items() if name in type(config).model_fields})


def all_cases() -> list:
    """Every variant on every shape: the default as wide as it comes, on the smallest image; the others narrow."""
    return [
        pytest.param(
            config if index == 0 and name == "(1, 8, 8)" else narrowed(config), spec, id=f"{part}-{kind}-{index}-{name}"
        )
        for part, kind in ROWS
        for index, config in enumerate(variants(part, kind))
        for name, spec in SPECS.items()
    ]


@pytest.mark.parametrize(("config", "spec"), all_cases())
def test_shape_range_gradients_and_state(config: NetworkConfig, spec: DataSpec):
    network = build(config, spec)
    given = inputs(network, spec)
    outputs = network(*given)
    match network:
        case Generator():
            assert outputs.shape == (N, *spec.shape)
            assert not (spec.bounded and network.keeps_range) or outputs.abs().max() <= 1
            assert network.latent_size >= 1
        case Discriminator():
            assert outputs.shape == (N,)
            network.eval()
            features = network.features(given[0])
            assert torch.equal(network.head(features, given[1]), network(*given))
            if network.has_classes_head:
                assert network.classify(features).shape == (N, spec.num_classes)
            else:
                with pytest.raises(TypeError, match="tells no classes"):
                    network.classify(features)
            network.train()
        case Classifier():
            assert outputs.shape == (N, network.num_classes)
            assert network.features(given[0]).shape == (N, network.num_features)
    assert outputs.isfinite().all()

    # A step first: layers that start at zero may pass no gradient in their very first pass.
    optimiser = torch.optim.SGD(network.parameters(), 1e-3)
    for _ in range(2):
        optimiser.zero_grad()
        for _ in stages(network):
            outputs = Everything(network)(*given)
            target = torch.randn(outputs.shape, generator=torch.Generator().manual_seed(2))
            F.mse_loss(outputs, target).backward()
        optimiser.step()
    silent = [n for n, p in network.named_parameters() if p.grad is None or not p.grad.any()]
    assert not silent, f"no gradient reaches {silent}"
    assert all(p.grad.isfinite().all() for p in network.parameters() if p.grad is not None)

    other = build(config, spec, seed=1)
    other.load_state_dict(network.state_dict())
    assert torch.equal(other.eval()(*given), network.eval()(*given))
    assert torch.equal(copy.deepcopy(network)(*given), network(*given))


@pytest.mark.parametrize(("part", "kind"), ROWS)
def test_row_is_named_by_its_kind_and_round_trips(part, kind):
    cls = TABLES[part][kind]
    for config in variants(part, kind):
        plain = config.plain()
        assert plain["kind"] == kind
        assert cls.parse(plain) == config
    assert cls.__doc__
    assert all(f.description for n, f in cls.model_fields.items() if n != "kind")


@pytest.mark.parametrize(("part", "kind"), ROWS)
def test_build_is_a_function_of_torch_s_seed(part, kind):
    spec = SPECS["(1, 8, 8)"]
    config = variants(part, kind)[-1]
    first, same, other = (build(config, spec, seed).state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(first[k], same[k]) for k in first)
    assert any(not torch.equal(first[k], other[k]) for k in first)


@pytest.mark.parametrize(("part", "kind"), PLAYERS)
def test_init_changes_the_spread_of_weights(part, kind):
    cls = TABLES[part][kind]
    if "init" not in cls.model_fields:
        pytest.skip("has its own initialisation")
    spreads = []
    for init in ("default", "normal", "xavier", "he"):
        network = build(cls.parse({"init": init}), SPECS["(1, 16, 32)"])
        spreads.append(max((p for p in network.parameters() if p.ndim > 1), key=torch.numel).std().item())
    assert spreads[1] == pytest.approx(0.02, rel=0.1)
    assert len({round(s, 4) for s in spreads}) == 4


@pytest.mark.parametrize("norm", ["batch", "layer", "none"])
@pytest.mark.parametrize(("part", "kind"), PLAYERS)
def test_norm_is_an_option(part, kind, norm):
    cls = TABLES[part][kind]
    if "norm" not in cls.model_fields:
        pytest.skip("has its own normalisation")
    spec = SPECS["(1, 16, 32)"]
    network = build(cls.parse({"norm": norm}), spec)
    assert has_batch_statistics(network) == has_batch_norm(network) == (norm == "batch")
    assert looks_at_the_batch(network, spec) == (norm == "batch")


def hold_spectral_norms(network: nn.Module) -> None:
    """Stop their power iterations, of which every pass in training mode is one."""
    for module in network.modules():
        if isinstance(module, SpectralNorm):
            module.eval()


def looks_at_the_batch(network: nn.Module, spec: DataSpec) -> bool:
    """True where the other items of a batch change what an item becomes."""
    shake(network)
    hold_spectral_norms(network)
    given = inputs(network, spec)
    others = [torch.cat((g[:2], 3 * g[2:])) if g.is_floating_point() else g for g in given]
    outputs = []
    for batch in (given, others):
        torch.manual_seed(0)  # the same dropout, noise, ...
        outputs.append(network(*batch)[:2])
    return not torch.allclose(*outputs, atol=1e-6)


@pytest.mark.parametrize(("part", "kind"), PLAYERS)
def test_networks_say_whether_they_look_at_the_batch(part, kind):
    spec = SPECS["(1, 16, 32)"]
    cls = TABLES[part][kind]
    norms = ("batch", "none") if "norm" in cls.model_fields else (None,)
    for minibatch in choices(cls, "minibatch") or (None,):
        for norm in norms:
            changes = {"norm": norm, "minibatch": minibatch}
            network = build(cls.parse({k: v for k, v in changes.items() if v is not None}), spec)
            assert has_batch_statistics(network) == looks_at_the_batch(network, spec)
            assert norm is None or has_batch_norm(network) == (norm == "batch")
            assert has_batch_statistics(network) or minibatch in (None, "none")


@pytest.mark.parametrize(("part", "kind"), PLAYERS)
def test_networks_say_whether_they_draw_numbers(part, kind):
    spec = SPECS["(1, 16, 32)"]
    cls = TABLES[part][kind]
    for dropout in (0.0, 0.4) if "dropout" in cls.model_fields else (None,):
        network = build(cls.parse({} if dropout is None else {"dropout": dropout}), spec)
        given = inputs(network, spec)
        if dropout is not None:
            assert is_stochastic(network) == bool(dropout)
        shake(network)
        hold_spectral_norms(network)
        assert is_stochastic(network) != torch.equal(network(*given), network(*given))


@pytest.mark.parametrize("num_packed", [2, 3])
@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("kind", DISCRIMINATORS)
def test_discriminators_judge_packs_of_items(kind, name, num_packed):
    # PacGAN stacks m items along their first axis: (m * C, H, W), or (m * D,) for points.
    spec = SPECS[name]
    packed = DataSpec((num_packed * spec.shape[0], *spec.shape[1:]), spec.num_classes, spec.bounded)
    network = build(DISCRIMINATORS[kind](), packed).eval()
    items = torch.randn(4, *packed.shape, requires_grad=True)
    scores = network(items)
    assert scores.shape == (4,)
    (gradient,) = torch.autograd.grad(scores[0], items)
    for one in gradient[0].chunk(num_packed):
        assert one.any()


@pytest.mark.parametrize(("part", "kind"), PLAYERS)
def test_class_changes_the_output_of_conditional_networks_only(part, kind):
    spec = SPECS["(1, 16, 32)"]
    for config in variants(part, kind):
        network = build(config, spec).eval()
        shake(network)
        values, labels = inputs(network, spec)
        conditional = bool(getattr(config, "conditional", False))
        tells = bool(getattr(network, "has_classes_head", False))  # it learns classes by naming them, not by being told
        assert network.num_classes == (spec.num_classes if conditional else 0)
        same = torch.equal(network(values, labels), network(values, (labels + 1) % spec.num_classes))
        assert same != (conditional and not tells)
        assert conditional or not tells
        if conditional:
            with pytest.raises(ValueError, match="labels"):
                network(values)
            with pytest.raises(UserError, match=f"{part}.conditional.*no labels"):
                config.build(DataSpec(spec.shape))  # type: ignore[attr-defined]
        else:
            assert torch.equal(network(values), network(values, labels))


@pytest.mark.parametrize(("part", "kind"), ROWS)
def test_a_training_pass_is_not_absurdly_slow(part, kind):
    spec = SPECS["(1, 28, 28)"]
    network = build(TABLES[part][kind](), spec)
    given = inputs(network, spec, 16)
    network(*given).sum().backward()
    start = time.process_time()
    network(*given).sum().backward()
    assert time.process_time() - start < 2


# -- many networks at once: torch.func.vmap over stacked weights and buffers ----------------------------------------

SEEDS = 3
VMAP_SPECS = ("(1, 8, 8)", "(3, 32, 32)", "(2,)")


def vmap_cases(rows: list[tuple[str, str]]) -> list:
    """Every variant, and every norm, on a few shapes."""
    cases = []
    for part, kind in rows:
        cls = TABLES[part][kind]
        normed = [cls.parse({"norm": norm}) for norm in choices(cls, "norm")]
        for index, config in enumerate([*variants(part, kind), *normed]):
            for name in VMAP_SPECS:
                cases.append(pytest.param(narrowed(config), SPECS[name], id=f"{part}-{kind}-{index}-{name}"))
    return cases


def several(config: NetworkConfig, spec: DataSpec) -> tuple[list[nn.Module], tuple[Tensor, ...]]:
    """Networks of one config with different weights, in double precision, and inputs with a leading seed axis."""
    networks: list[nn.Module] = []
    for seed in range(SEEDS):
        network = Everything(build(config, spec, seed))
        shake(network, seed)
        networks.append(network.double())
    if is_stochastic(networks[0]):
        pytest.skip("draws numbers, which differ under vmap")
    each = [inputs(n.network, spec, seed=seed) for seed, n in enumerate(networks)]  # type: ignore[arg-type]
    given = tuple(torch.stack(column) for column in zip(*each, strict=True))
    return networks, tuple(g.double() if g.is_floating_point() else g for g in given)


def assert_same_state(networks: list[nn.Module], buffers: dict[str, Tensor]) -> None:
    for k, network in enumerate(networks):
        for name, buffer in network.named_buffers():
            torch.testing.assert_close(buffers[name][k], buffer, msg=lambda m, n=name: f"{n}: {m}")


@pytest.mark.parametrize(("config", "spec"), vmap_cases(ROWS))
def test_stacked_networks_equal_each_alone(config: NetworkConfig, spec: DataSpec):
    networks, given = several(config, spec)
    parameters, buffers = torch.func.stack_module_state(networks)

    def call(parameters: dict, buffers: dict, *given: Tensor) -> Tensor:
        return torch.func.functional_call(networks[0], (parameters, buffers), given)

    outputs = torch.func.vmap(call)(parameters, buffers, *given)
    target = torch.randn(outputs.shape, generator=torch.Generator().manual_seed(3), dtype=outputs.dtype)
    gradients = torch.autograd.grad((outputs * target).sum(), list(parameters.values()), allow_unused=True)
    for k, network in enumerate(networks):
        alone = network(*(g[k] for g in given))
        torch.testing.assert_close(outputs[k], alone)
        of_alone = torch.autograd.grad((alone * target[k]).sum(), list(network.parameters()), allow_unused=True)
        for mine, other in zip(gradients, of_alone, strict=True):
            assert (mine is None) == (other is None)
            if mine is not None:
                torch.testing.assert_close(mine[k], other)
    assert_same_state(networks, buffers)


@pytest.mark.parametrize(("config", "spec"), vmap_cases(PLAYERS))
def test_input_gradients_through_torch_func_stacked_and_alone(config: NetworkConfig, spec: DataSpec):
    networks, (values, labels) = several(config, spec)
    if has_batch_norm(networks[0]):
        pytest.skip("batch norm counts its batches in place, which torch.func.grad refuses")
    parameters, buffers = torch.func.stack_module_state(networks)
    captured = copy.deepcopy(networks)

    def steepness(call, values: Tensor) -> Tensor:
        outputs, pull = torch.func.vjp(call, values)[:2]
        return pull(torch.ones_like(outputs))[0].square().sum()

    def stacked(parameters: dict, buffers: dict, values: Tensor, labels: Tensor) -> Tensor:
        def call(v: Tensor) -> Tensor:
            return torch.func.functional_call(networks[0], (parameters, buffers), (v, labels))

        return steepness(call, values)

    together = torch.func.vmap(stacked)(parameters, buffers, values, labels)
    slopes = torch.autograd.grad(together.sum(), list(parameters.values()), allow_unused=True)
    for k, network in enumerate(networks):
        of_captured = steepness(lambda v, k=k: captured[k](v, labels[k]), values[k])
        leaf = values[k].clone().requires_grad_()
        (gradient,) = torch.autograd.grad(network(leaf, labels[k]).sum(), leaf, create_graph=True)
        alone = gradient.square().sum()
        torch.testing.assert_close(together[k], alone)
        torch.testing.assert_close(of_captured, alone)
        own = list(network.parameters())
        expected = torch.autograd.grad(alone, own, allow_unused=True)
        through = torch.autograd.grad(of_captured, list(captured[k].parameters()), allow_unused=True)
        for mine, one, other, parameter in zip(slopes, through, expected, own, strict=True):
            reference = torch.zeros_like(parameter) if other is None else other
            torch.testing.assert_close(torch.zeros_like(parameter) if mine is None else mine[k], reference)
            torch.testing.assert_close(torch.zeros_like(parameter) if one is None else one, reference)
    assert_same_state(networks, buffers)
    for network, other in zip(networks, captured, strict=True):
        assert_same_state([network], {name: b.unsqueeze(0) for name, b in other.named_buffers()})
