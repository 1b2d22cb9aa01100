"""What every row of GENERATORS, DISCRIMINATORS and CLASSIFIERS promises, for every shape that it can make."""

import copy
import time

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.networks import CLASSIFIERS, DISCRIMINATORS, GENERATORS
from ganwright.networks.base import Classifier, Discriminator, Generator, NetworkConfig, has_batch_statistics

N = 5
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


def variants(part: str, kind: str) -> list[NetworkConfig]:
    """The default, and for networks that can be conditional each way of being so."""
    cls = TABLES[part][kind]
    configs: list[NetworkConfig] = [cls()]
    if "conditional" in cls.model_fields:
        ways = ("concat", "projection") if "conditioning" in cls.model_fields else (None,)
        configs += [cls.parse({"conditional": True, **({"conditioning": w} if w else {})}) for w in ways]
    return configs


def inputs(network: nn.Module, spec: DataSpec, num: int = N) -> tuple[Tensor, ...]:
    """Random inputs for a network, with labels where it wants them."""
    generator = torch.Generator().manual_seed(1)
    labels = torch.randint(spec.num_classes, (num,), generator=generator)
    if isinstance(network, Generator):
        return torch.randn(num, network.latent_size, generator=generator), labels
    items = torch.rand(num, *spec.shape, generator=generator) * 2 - 1
    return (items,) if isinstance(network, Classifier) else (items, labels)


def all_cases() -> list:
    return [
        pytest.param(config, spec, id=f"{part}-{kind}-{index}-{name}")
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
            assert not spec.bounded or outputs.abs().max() <= 1
            assert network.latent_size >= 1
        case Discriminator():
            assert outputs.shape == (N,)
            network.eval()
            assert torch.equal(network.head(network.features(given[0]), given[1]), network(*given))
            network.train()
        case Classifier():
            assert outputs.shape == (N, network.num_classes)
            assert network.features(given[0]).shape == (N, network.num_features)
    assert outputs.isfinite().all()

    # A step first: layers that start at zero may pass no gradient in their very first pass.
    optimiser = torch.optim.SGD(network.parameters(), 1e-3)
    for _ in range(2):
        optimiser.zero_grad()
        outputs = network(*given)
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
    assert has_batch_statistics(network) == (norm == "batch")
    given = inputs(network, spec)
    alone = network(*(g[:2] for g in given))
    together = network(*given)[:2]
    assert torch.allclose(alone, together, atol=1e-6) == (norm != "batch")


@pytest.mark.parametrize(("part", "kind"), PLAYERS)
def test_class_changes_the_output_of_conditional_networks_only(part, kind):
    spec = SPECS["(1, 16, 32)"]
    for config in variants(part, kind):
        network = build(config, spec).eval()
        values, labels = inputs(network, spec)
        conditional = bool(getattr(config, "conditional", False))
        assert network.num_classes == (spec.num_classes if conditional else 0)
        same = torch.equal(network(values, labels), network(values, (labels + 1) % spec.num_classes))
        assert same != conditional
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
