"""What every recipe promises: it stands in the table by its own name, survives its file, trains and saves."""

from pathlib import Path
from typing import Any

import pytest
import torch

from ganwright.core.config import Config
from ganwright.core.events import EventWriter
from ganwright.core.options import options_of
from ganwright.core.seeding import seed_global
from ganwright.data.loader import Loader
from ganwright.recipes import RECIPES, RunConfig, recipe
from ganwright.recipes.catalog import citation
from ganwright.recipes.run_config import read_config
from ganwright.training import Engine
from ganwright.training.checkpoint import checkpoints

SIZES = {
    "dcgan-28": 28,
    "dcgan-32": 32,
    "dcgan-64": 64,
    "dcgan-paper": 64,
    "mlp": 8,
    "classifier-cnn": 8,
    "classifier-vit": 8,
}
SIZE: dict[str, Any] = {"width": 4, "max_width": 8, "heads": 2, "hidden": [8], "capacity": 64}
SMALL = {
    **{f"{player}.{name}": size for player in ("generator", "discriminator") for name, size in SIZE.items()},
    "fade_images": 16,
    "hold_images": 8,
}
CPU = torch.device("cpu")


def small(name: str) -> RunConfig:
    """The recipe with its widths cut down and at its own image size."""
    config = recipe(name)
    known = {option.name for option in options_of(config)}
    wanted: dict[str, Any] = {**SMALL, "data.size": SIZES.get(name, 16)}
    changes = {k: v for k, v in wanted.items() if k in known}
    return config.override({"batch_size": 8, "images": 16, "tick_images": 16, **changes})


def test_functions_and_table_agree() -> None:
    for name, function in RECIPES.items():
        assert function().recipe == name
        assert function.__doc__, name
        assert function.__module__.startswith("ganwright.recipes.")


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_survives_its_file_bit_for_bit(name: str, tmp_path: Path) -> None:
    config = recipe(name)
    config.write(tmp_path / "run.toml")
    assert RunConfig.parse(read_config(tmp_path / "run.toml")) == config


@pytest.mark.parametrize("name", RECIPES)
def test_every_option_has_a_meaning(name: str) -> None:
    missing = [option.name for option in options_of(recipe(name)) if not option.meaning]
    assert missing == []


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_trains_saves_and_goes_on(name: str, tmp_path: Path) -> None:
    config = small(name)
    data = config.data.build("train")

    def engine() -> Engine:
        seed_global(0, "networks")
        algorithm = config.algorithm.build(data.spec)
        events = EventWriter(tmp_path / "events.jsonl")
        return Engine(algorithm, Loader(data, 0, CPU), config, tmp_path, CPU, events)

    first = engine()
    start = {k: v.clone() for k, v in first._tensors().items() if k.startswith("network/")}
    first.run()
    moved = {k for k, v in start.items() if not torch.equal(v, first._tensors()[k])}
    assert {k.split("/")[1] for k in moved} == set(first.networks), "every network must have been trained"
    again = engine()
    again.load(checkpoints(tmp_path / "checkpoints")[-1])
    assert all(torch.equal(v, again._tensors()[k]) for k, v in first._tensors().items())


def test_the_papers_of_adversarial_recipes_are_cited() -> None:
    for name in RECIPES:
        if recipe(name).algorithm.tag == "adversarial":
            assert citation(name).startswith("@"), name
    assert citation("custom") == ""


def test_parts_are_frozen() -> None:
    config: Config = recipe("mlp")
    with pytest.raises(ValueError, match="frozen"):
        config.seed = 1  # pyright: ignore[reportAttributeAccessIssue]
