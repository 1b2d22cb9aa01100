"""What recipes become when they are measured."""

from collections.abc import Callable

import pytest

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.bench.entries import FIELDS, IN_WORDS, PLAIN, REFERENCE, Networks, entries
from ganwright.core.errors import UserError
from ganwright.data.stacked import StackedConfig
from ganwright.recipes import RECIPES, recipe

RING, STACKS = FIELDS["ring8"].data, StackedConfig(digits="digits")
GAMES = [name for name, make in RECIPES.items() if isinstance(make().algorithm, AdversarialConfig)]

FOR_IMAGES = ("progan", "stylegan", "stylegan2", "stylegan2-ada", "r3gan", "vitgan")
"""Recipes whose game is one of images: they grow, augment pictures, or have penalties that look at pixels."""


@pytest.mark.parametrize("name", [name for name in GAMES if name not in (REFERENCE, *FOR_IMAGES)])
@pytest.mark.parametrize("networks", ["plain", "reference"])
def test_on_points_only_the_objective_differs(name: str, networks: Networks) -> None:
    reference, before = recipe(REFERENCE), recipe(name)
    [entry] = entries([name], RING, networks=networks)
    config, game = entry.config, entry.algorithm
    theirs, own = reference.algorithm, before.algorithm
    assert isinstance(theirs, AdversarialConfig)
    assert isinstance(own, AdversarialConfig)
    assert entry.networks == networks
    assert (config.batch_size, config.images, config.ema) == (reference.batch_size, reference.images, reference.ema)
    for part in ("generator", "discriminator"):
        network = PLAIN[part] if networks == "plain" else getattr(theirs, part)
        carried = {"spectral_norm": getattr(getattr(own, part), "spectral_norm", False)}
        assert getattr(game, part) == type(network).parse(network.plain() | carried)
    for part in ("loss", "penalties", "pack", "latent", "discriminator_steps", "unrolled_steps", "augmentations"):
        assert getattr(game, part) == getattr(own, part), part
    assert config.optimisers == before.optimisers
    assert game.build(config.data.build().spec).num_classes == 0


def test_the_reference_stays_as_it_is() -> None:
    before = recipe(REFERENCE)
    [entry] = entries([REFERENCE], RING)
    assert entry.networks is None
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
    assert entry.networks is None
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


def test_only_recipes_that_make_samples_are_offered() -> None:
    with pytest.raises(UserError, match="known: acgan, biggan, cgan, dcgan, ") as error:
        entries(["foo"], RING)
    offered = str(error.value).partition("known: ")[2].split(", ")
    assert "classifier-cnn" not in offered
    assert [entry.name for entry in entries(offered, RING)] == offered


def test_the_plain_networks_are_what_the_words_say() -> None:
    generator, discriminator = PLAIN["generator"], PLAIN["discriminator"]
    assert (generator.latent_size, generator.hidden, discriminator.hidden) == (2, (128, 128), (128, 128))  # pyright: ignore
    assert "latents of 2 and two hidden layers of 128" in IN_WORDS["plain"]
