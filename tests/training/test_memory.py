"""What losses remember is part of a run: saved, and exact on going on. Lazy penalties correct the optimiser."""

from pathlib import Path
from typing import Any

import pytest
import torch

from ganwright.core.events import EventWriter
from ganwright.core.seeding import seed_global
from ganwright.data import Loader
from ganwright.recipes import RunConfig, recipe
from ganwright.training import Engine
from ganwright.training.checkpoint import checkpoints

CPU = torch.device("cpu")
REMEMBERING: dict[str, Any] = {
    "data.size": 8,
    "generator.width": 4,
    "discriminator.width": 4,
    "discriminator.norm": "none",
    "generator.norm": "layer",
    "penalties": [{"kind": "r1", "every": 2}, "lecam", {"kind": "path-length", "every": 2}],
    "augmentations": [{"kind": "ada", "p": 0.3, "interval": 4, "images_per_unit": 200, "antialias": False}],
    "history": 16,
    "num_discriminators": 2,
    "batch_size": 8,
    "images": 96,
    "log_images": 24,
    "tick_images": 48,
}


def engine(config: RunConfig, folder: Path) -> Engine:
    folder.mkdir(exist_ok=True)
    data = config.data.build("train")
    seed_global(config.seed, "networks")
    algorithm = config.algorithm.build(data.spec)
    events = EventWriter(folder / "events.jsonl")
    return Engine(algorithm, Loader(data, config.seed, CPU), config, folder, CPU, events)


def test_a_run_that_remembers_goes_on_bit_for_bit(tmp_path: Path) -> None:
    config = recipe("dcgan").override(REMEMBERING)
    whole = engine(config, tmp_path / "whole")
    start = {name: tensor.clone() for name, tensor in whole.memory.items()}
    whole.run()
    half = engine(config.override({"images": 48}), tmp_path / "half")
    half.run()
    rest = engine(config, tmp_path / "rest")
    rest.load(checkpoints(tmp_path / "half" / "checkpoints")[-1])
    rest.run()
    changed = {name for name, tensor in whole.memory.items() if not torch.equal(tensor, start[name])}
    for part in ("history/items", "discriminator-0/ada/p", "discriminator-1/lecam", "discriminator-0/path-length"):
        assert any(name.startswith(part) for name in changed), f"{part} never changed"
    for name, tensor in whole._tensors().items():
        assert torch.equal(rest._tensors()[name], tensor), name


def test_ada_moves_once_in_so_many_batches_however_they_are_split(tmp_path: Path) -> None:
    """A target that the signs cannot reach makes p fall at every move."""
    never = {"kind": "ada", "p": 0.9, "target": 0.999, "interval": 3, "images_per_unit": 240, "antialias": False}
    curves = []
    for accumulation in (1, 4):
        changes = {**REMEMBERING, "augmentations": [never], "accumulation": accumulation}
        made = engine(
            recipe("dcgan").override({**changes, "penalties": [], "history": 0}), tmp_path / str(accumulation)
        )
        curve = []
        for _ in range(7):
            made.iterate()
            curve.append(made.memory["discriminator-0/ada/p"].item())
        curves.append(curve)
    assert curves[0] == pytest.approx([0.9, 0.9, 0.8, 0.8, 0.8, 0.7, 0.7])
    assert curves[1] == curves[0]


@pytest.mark.parametrize(("every", "steps", "share"), [(16, 1, 16 / 17), (4, 1, 4 / 5), (2, 5, 2 / 3)])
def test_a_lazy_penalty_makes_the_other_steps_smaller(every: int, steps: int, share: float, tmp_path: Path) -> None:
    lazy = {**REMEMBERING, "penalties": [{"kind": "r1", "every": every}], "discriminator_steps": steps}
    made = engine(recipe("dcgan").override(lazy), tmp_path)
    made.iterate()
    (discriminator,) = made.optimisers["discriminator"].param_groups
    (generator,) = made.optimisers["generator"].param_groups
    assert discriminator["lr"] == pytest.approx(2e-4 * share)
    assert discriminator["betas"] == pytest.approx((0.5**share, 0.999**share))
    assert (generator["lr"], generator["betas"]) == (2e-4, (0.5, 0.999))
