"""What recipes become when they are measured."""

from collections.abc import Callable

import pytest

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.bench.entries import FIELDS, REFERENCE, entries
from ganwright.core.errors import UserError
from ganwright.data.stacked import StackedConfig
from ganwright.recipes import RECIPES, recipe

RING, STACKS = FIELDS["ring8"].data, StackedConfig(digits="digits")
GAMES = [name for name, make in RECIPES.items() if isinstance(make().algorithm, AdversarialConfig)]


@pytest.mark.parametrize("name", [name for name in GAMES if name != REFERENCE])
def test_on_points_only_the_objective_differs(name: str) -> None:
    reference, before = recipe(REFERENCE), recipe(name)
    [entry] = entries([name], RING)
    config, game = entry.config, entry.algorithm
    theirs, own = reference.algorithm, before.algorithm
    assert isinstance(theirs, AdversarialConfig)
    assert isinstance(own, AdversarialConfig)
    assert entry.common
    assert (config.batch_size, config.images, config.ema) == (reference.batch_size, reference.images, reference.ema)
    carried = {"spectral_norm": getattr(own.generator, "spectral_norm", False)}
    assert game.generator == type(theirs.generator).parse(theirs.generator.plain() | carried)
    carried = {"spectral_norm": getattr(own.discriminator, "spectral_norm", False)}
    assert game.discriminator == type(theirs.discriminator).parse(theirs.discriminator.plain() | carried)
    for part in ("loss", "penalties", "pack", "latent", "discriminator_steps", "unrolled_steps", "augmentations"):
        assert getattr(game, part) == getattr(own, part), part
    assert config.optimisers == before.optimisers
    assert game.build(config.data.build().spec).num_classes == 0


def test_the_reference_stays_as_it_is() -> None:
    before = recipe(REFERENCE)
    [entry] = entries([REFERENCE], RING)
    assert not entry.common
    assert entry.config.algorithm == before.algorithm
    assert (entry.config.images, entry.config.optimisers) == (before.images, before.optimisers)


def test_spectral_norm_belongs_to_the_objective() -> None:
    [entry] = entries(["sn-dcgan"], RING)
    assert getattr(entry.algorithm.discriminator, "spectral_norm") is True  # noqa: B009
    [entry] = entries(["dcgan"], RING)
    assert getattr(entry.algorithm.discriminator, "spectral_norm") is False  # noqa: B009


@pytest.mark.parametrize("name", [name for name in GAMES if name != REFERENCE])
def test_on_images_recipes_keep_their_networks_but_not_their_classes(name: str) -> None:
    [entry] = entries([name], STACKS, images=128)
    before = recipe(name).override({"data": STACKS.plain()})
    own = before.algorithm
    assert isinstance(own, AdversarialConfig)
    assert not entry.common
    assert entry.config.images == 128
    assert entry.config.batch_size == before.batch_size
    assert entry.algorithm.generator.tag == own.generator.tag
    assert entry.algorithm.build(STACKS.build("test").spec).num_classes == 0


def test_a_length_holds_for_all(small: Callable[..., None]) -> None:
    assert {entry.config.images for entry in entries([REFERENCE, "gan"], RING, images=96)} == {96}


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], "no recipe to measure"),
        (["gan", "pacgan", "gan"], "'gan' stands twice"),
        (["classifier-cnn"], "'classifier-cnn' makes no samples"),
        (["pacgann"], "unknown recipe 'pacgann'; did you mean 'pacgan'"),
    ],
)
def test_what_cannot_be_measured_is_refused(names: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        entries(names, RING)
