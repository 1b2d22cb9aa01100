"""Recipes drawn without weights, against the networks as they are built."""

import pytest
import torch

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.recipes.catalog import PRESETS, RECIPES, recipe
from ganwright.runs.blueprint import blueprint, judge_of, one_item

IMAGES, POINTS = DataSpec((3, 16, 16), 4), DataSpec((2,), 0, bounded=False)


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_can_be_drawn(name: str) -> None:
    """For images, its smallest preset; parameters are those of the networks as they are trained."""
    preset = "small" if "small" in PRESETS.get(name, {}) else None
    config = recipe(name, preset)
    if config.algorithm.tag != "classification" and config.data.tag == "ring8":
        assert sum(one.num_parameters for one in blueprint(config, POINTS).values()) > 0
    drawn = blueprint(config, IMAGES)
    for one in drawn.values():
        assert sum(layer.num_parameters for layer in one.layers) == one.num_parameters
        assert one.multiply_adds > 0
    if name in ("dcgan", "sn-dcgan", "progan", "pacgan", "classifier-cnn"):
        built = config.algorithm.build(IMAGES).networks
        assert {k: v.num_parameters for k, v in drawn.items()} == {
            k: sum(p.numel() for p in v.parameters()) for k, v in built.items()
        }


def test_growing_networks_are_drawn_grown() -> None:
    drawn = blueprint(recipe("progan", "small"), IMAGES)["generator"]
    assert drawn.output == (3, 16, 16)
    assert any(layer.output[1:] == (16, 16) for layer in drawn.layers if layer.name.startswith("blocks"))


def test_a_pack_is_judged_together() -> None:
    assert blueprint(recipe("pacgan"), IMAGES)["discriminator"].input == (6, 16, 16)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(UserError, match="works on images"):
        blueprint(recipe("dcgan"), POINTS)


def test_the_judge_is_ready_and_leaves_the_random_numbers_alone() -> None:
    before = torch.random.get_rng_state()
    judge = judge_of(recipe("dcgan"), IMAGES)
    assert torch.equal(before, torch.random.get_rng_state())
    assert not judge.training
    assert judge(*one_item(judge, IMAGES)).shape == (1,)
    other = judge_of(recipe("classifier-cnn"), IMAGES)
    assert other(*one_item(other, IMAGES)).shape == (1, 4)
