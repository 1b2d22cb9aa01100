"""Many seeds at once: seed k's weights, averages and memory are those of its run alone."""

from pathlib import Path
from typing import Any

import pytest
import torch

from ganwright.core.errors import UserError
from ganwright.core.events import EventWriter
from ganwright.core.seeding import Draws, seed_global
from ganwright.data import Loader, parse_data
from ganwright.recipes import RunConfig, recipe
from ganwright.training import Engine
from ganwright.training.checkpoint import checkpoints
from ganwright.training.seeds import ManyBatches, _DrawsOfMany, _Slots, stack, stacked, unstack

CPU = torch.device("cpu")
SEEDS = (3, 4, 11)
VARIANTS: dict[str, dict[str, Any]] = {
    "relativistic with r1 and r2": {"loss": "relativistic-pairing", "penalties": ["r1", "r2"]},
    "wgan-gp, five steps": {"loss": "wasserstein", "penalties": ["gp"], "discriminator_steps": 5},
    "clipping": {"loss": "wasserstein", "penalties": ["clip"]},
    "lazy r1, committee, history": {
        "penalties": [{"kind": "r1", "every": 2}],
        "num_discriminators": 2,
        "history": 32,
    },
    "batch norm": {"generator.norm": "batch", "discriminator.norm": "batch"},
    "packs and noise": {"pack": 2, "augmentations": ["noise"]},
    "unrolled": {"unrolled_steps": 2},
    "labels": {
        "data.labelled": True,
        "generator.conditional": True,
        "discriminator.conditional": True,
        "discriminator.conditioning": "projection",
    },
}


def config_of(changes: dict[str, Any]) -> RunConfig:
    small = {
        "data": {"kind": "ring8"},
        "generator.latent_size": 4,
        "generator.hidden": [16, 16],
        "discriminator.hidden": [16, 16],
        "optimisers.generator.eps": 1e-3,  # with a small one Adam makes whole steps of the rounding of gradients near 0
        "optimisers.discriminator.eps": 1e-3,
        "batch_size": 32,
        "images": 320,
        "log_images": 160,
        "tick_images": 160,
    }
    return recipe("mlp").override(small).override(changes)


def engine(config: RunConfig, seeds: tuple[int, ...], folder: Path, together: bool) -> Engine:
    folder.mkdir(parents=True)
    data = config.data.build()
    algorithms = []
    for seed in seeds:
        seed_global(seed, "networks")
        algorithms.append(config.algorithm.build(data.spec))
    events = EventWriter(folder / "events.jsonl")
    loaders = [Loader(data, seed, CPU) for seed in seeds]
    if together:
        batches = ManyBatches(loaders)
        return Engine(stacked(algorithms), batches, config, folder, CPU, events, seeds=seeds)
    return Engine(algorithms[0], loaders[0], config.override({"seed": seeds[0]}), folder, CPU, events)


@pytest.mark.parametrize("variant", VARIANTS)
def test_seed_k_trains_as_it_would_alone(variant: str, tmp_path: Path) -> None:
    config = config_of(VARIANTS[variant])
    many = engine(config, SEEDS, tmp_path / "many", together=True)
    for _ in range(6):
        many.iterate()
    for index, seed in enumerate(SEEDS[:2]):
        alone = engine(config, (seed,), tmp_path / str(seed), together=False)
        for _ in range(6):
            alone.iterate()
        for name, network in {**alone.networks, "average": alone.averaged()["generator"]}.items():
            whole = many.averaged()["generator"] if name == "average" else many.networks[name]
            mine = unstack(whole, index).state_dict()
            for key, tensor in network.state_dict().items():
                torch.testing.assert_close(mine[key], tensor, rtol=2e-4, atol=2e-6, msg=lambda m, k=key: f"{k}: {m}")
        for key, tensor in alone.memory.items():
            torch.testing.assert_close(many.memory[key][index], tensor, rtol=1e-4, atol=1e-5)


def test_a_stack_trains_logs_saves_and_goes_on(tmp_path: Path) -> None:
    config = config_of({"penalties": ["r1"], "loss": "relativistic-pairing"})
    whole = engine(config, SEEDS, tmp_path / "whole", together=True)
    whole.run()
    half = engine(config.override({"images": 160}), SEEDS, tmp_path / "half", together=True)
    half.run()
    longer = engine(config, SEEDS, tmp_path / "rest", together=True)
    longer.load(checkpoints(tmp_path / "half" / "checkpoints")[-1])
    longer.run()
    for name, network in whole.networks.items():
        for key, tensor in network.state_dict().items():
            assert torch.equal(longer.networks[name].state_dict()[key], tensor)


def test_stack_and_unstack_are_inverse_and_leave_the_originals_alone() -> None:
    torch.manual_seed(0)
    networks = [torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3)) for _ in range(3)]
    whole = stack(networks)
    assert whole.get_parameter("0.weight").shape == (3, 3, 2)
    assert whole.get_buffer("1.running_mean").shape == (3, 3)
    with torch.no_grad():
        whole.get_parameter("0.weight")[1].add_(1)
    one = unstack(whole, 1)
    torch.testing.assert_close(one.get_parameter("0.weight"), networks[1].get_parameter("0.weight") + 1)
    assert one(torch.randn(4, 2)).shape == (4, 3)
    assert torch.equal(unstack(whole, 2).get_parameter("0.weight"), networks[2].get_parameter("0.weight"))


def test_dropout_is_refused_because_its_numbers_have_no_key(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="dropout cannot train many seeds at once"):
        engine(config_of({"discriminator.dropout": 0.3}), SEEDS, tmp_path / "run", together=True)


def test_many_batches_stack_the_draws_of_each_seed() -> None:
    data = parse_data("ring8").build()
    loaders = [Loader(data, seed, CPU) for seed in SEEDS]
    items, labels = ManyBatches(loaders).batch(64, 8)
    assert items.shape == (3, 8, 2)
    assert labels is None
    assert torch.equal(items[1], Loader(data, SEEDS[1], CPU).batch(64, 8)[0])


def test_a_seed_draws_what_it_draws_alone() -> None:
    key, seeds = (0, 7, "discriminator", 1, 0), SEEDS

    def drawn(draws: Draws) -> tuple[torch.Tensor, ...]:
        return draws.normal("a", 5, 2), draws.normal("b", 40), draws.uniform("c", 3), draws.integers("d", 9, 6)

    def of_one(index: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return drawn(_DrawsOfMany(key, CPU, seeds, index))

    together = torch.func.vmap(of_one, randomness="same")(torch.arange(len(seeds)))
    for row, seed in enumerate(seeds):
        for mine, alone in zip(together, drawn(Draws((seed, *key), CPU)), strict=True):
            assert torch.equal(mine[row], alone)
            assert mine.dtype == alone.dtype


def test_tensors_are_put_back_whatever_happens() -> None:
    linear = torch.nn.Linear(2, 1)
    tied = torch.nn.Sequential(linear, torch.nn.BatchNorm1d(1), linear)
    slots = _Slots([tied])
    before = slots.tensors()
    assert len(before) == 2 + 5  # the tied layer counts once

    def fail() -> None:
        with slots.filled([torch.zeros_like(tensor) for tensor in before]):
            assert not linear.weight.any()
            raise RuntimeError("inside")

    with pytest.raises(RuntimeError, match="inside"):
        fail()
    assert all(a is b for a, b in zip(slots.tensors(), before, strict=True))
    assert isinstance(linear.weight, torch.nn.Parameter)
