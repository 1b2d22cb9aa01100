"""Remedies: each changes what it says, only where it applies, and what it asks for the config takes."""

import json
from typing import Any

import pytest
import torch

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.algorithms.phase import Algorithm
from ganwright.core.errors import UserError
from ganwright.core.schedules import largest
from ganwright.core.spec import DataSpec
from ganwright.health.diagnosis import DIAGNOSES
from ganwright.health.remedies import GENERAL, LADDERS, REMEDIES, SETTINGS, ladder
from ganwright.health.remedies.rescue import RECIPE, rescued
from ganwright.recipes import RECIPES, RunConfig

IMAGES = DataSpec((1, 32, 32), 10, True)
POINTS = DataSpec((2,), 0, False)
GAMES = [name for name, make in RECIPES.items() if isinstance(make().algorithm, AdversarialConfig)]
AGAIN = ("lower-rates", "lower-rates-again", "softer-rates", "more-discriminator-steps")
"""Remedies of which more is more."""


def plain(recipe: str) -> RunConfig:
    """The recipe without spectral norm, which needs weights to be built, and which no rule asks for."""
    config = RECIPES[recipe]()
    players = ("generator", "discriminator")
    there = [player for player in players if getattr(getattr(game(config), player), "spectral_norm", False)]
    return config.override({f"{player}.spectral_norm": False for player in there})


def game(config: RunConfig) -> AdversarialConfig:
    assert isinstance(config.algorithm, AdversarialConfig)
    return config.algorithm


def spec_of(recipe: str) -> DataSpec:
    return POINTS if recipe in ("rpgan-r1r2", "unrolled") else IMAGES


def without_weights(config: RunConfig, spec: DataSpec) -> Algorithm:
    """The game around networks whose weights are never made, since some recipes' are large."""
    with torch.device("meta"):
        return config.algorithm.build(spec)


def test_every_ladder_is_of_a_diagnosis_and_of_remedies_and_every_remedy_is_used() -> None:
    assert set(LADDERS) == set(DIAGNOSES)
    for rungs in (*LADDERS.values(), GENERAL):
        assert set(rungs) <= set(REMEDIES)
        assert len(set(rungs)) == len(rungs)
    assert {name for kind in (*LADDERS, "an ailment of tomorrow") for name in ladder(kind)} == set(REMEDIES)
    assert ladder("an ailment of tomorrow") == (SETTINGS, *GENERAL)


@pytest.mark.parametrize("name", REMEDIES)
@pytest.mark.parametrize("recipe", ["mlp", "dcgan", "wgan", "wgan-gp", "sn-dcgan", "rpgan-r1r2", "acgan", "lsgan"])
def test_what_a_remedy_asks_for_the_config_takes_and_an_event_carries(recipe: str, name: str) -> None:
    config = RECIPES[recipe]()
    changes = REMEDIES[name].changes(config)
    if changes is None:
        return
    told = json.loads(json.dumps(changes))
    assert told == changes
    changed = config.override(told)
    assert changed != config
    if name not in AGAIN:
        assert REMEDIES[name].changes(changed) is None, "it would do the same again"


@pytest.mark.parametrize("recipe", GAMES)
def test_every_game_has_a_remedy_for_every_ailment_that_the_rules_allow(recipe: str) -> None:
    config, spec = plain(recipe), spec_of(recipe)
    networks = without_weights(config, spec).networks
    for kind, rungs in LADDERS.items():
        allowed = []
        for name in rungs:
            changes = REMEDIES[name].changes(config)
            if changes is None:
                continue
            try:
                config.override(changes).algorithm.build(spec, networks)
            except UserError:
                continue
            allowed.append(name)
        assert allowed, kind


@pytest.mark.parametrize("recipe", GAMES)
def test_the_last_rung_can_be_built_with_the_same_generator(recipe: str) -> None:
    config = plain(recipe)
    changes = rescued(config)
    assert changes is not None
    fork = config.override({**changes, "recipe": RECIPE})
    without_weights(fork, spec_of(recipe))
    assert game(fork).generator == game(config).generator
    assert game(fork).loss.tag == "relativistic-pairing"
    assert [p.tag for p in game(fork).penalties] == ["r1", "r2"]
    assert getattr(game(fork).discriminator, "norm", "none") == "none"


def test_what_is_no_game_has_no_remedy_for_its_game_and_no_fork() -> None:
    config = RECIPES["classifier-cnn"]()
    assert REMEDIES["relativistic"].changes(config) is None
    assert REMEDIES["history"].changes(config) is None
    assert rescued(config) is None


def changed(recipe: str, name: str, **options: Any) -> RunConfig:
    config = RECIPES[recipe]().override({k.replace("__", "."): v for k, v in options.items()})
    changes = REMEDIES[name].changes(config)
    assert changes is not None
    return config.override(changes)


def rates(config: RunConfig) -> tuple[float, float]:
    return tuple(largest(config.optimisers[n].learning_rate) for n in ("generator", "discriminator"))  # pyright: ignore


def test_a_rate_far_off_becomes_usual_and_a_schedule_keeps_its_shape() -> None:
    assert rates(changed("mlp", "rein-in-rates", optimisers__generator__learning_rate=2e-2)) == (5e-4, 2e-4)
    assert rates(changed("mlp", "lift-rates", optimisers__generator__learning_rate=2e-7)) == (5e-4, 2e-4)
    assert rates(changed("mlp", "lift-rates", optimisers__generator__learning_rate=0.0)) == (5e-4, 2e-4)
    fast = {"kind": "cosine", "start": 0.5, "end": 0.005, "ramp_images": 1000}
    config = changed("rpgan-r1r2", "rein-in-rates", optimisers__generator__learning_rate=fast)
    rate = config.optimisers["generator"].learning_rate
    assert rate.plain() == {**fast, "start": 5e-4, "end": pytest.approx(5e-6)}  # pyright: ignore
    assert REMEDIES["rein-in-rates"].changes(RECIPES["rpgan-r1r2"]()) is None


def test_uneven_rates_meet_at_the_one_that_is_nearer_to_the_usual() -> None:
    assert rates(changed("mlp", "even-rates", optimisers__discriminator__learning_rate=2e-6)) == (2e-4, 2e-4)
    assert rates(changed("mlp", "even-rates", optimisers__discriminator__learning_rate=2e-3)) == (2e-4, 2e-4)
    assert rates(changed("mlp", "even-rates", optimisers__generator__learning_rate=2e-2)) == (2e-4, 2e-4)
    mixed = RECIPES["mlp"]().override({"optimisers.generator": {"kind": "sgd", "learning_rate": 1.0}})
    assert REMEDIES["even-rates"].changes(mixed) is None, "rates of two kinds of optimiser do not compare"


def test_rates_are_lowered_twice_and_momentum_too() -> None:
    once = changed("mlp", "lower-rates")
    assert rates(once) == pytest.approx((2e-5, 2e-5))
    assert rates(once.override(REMEDIES["lower-rates-again"].changes(once) or {})) == pytest.approx((2e-6, 2e-6))
    heavy = changed("mlp", "less-momentum", optimisers__generator__betas=[0.97, 0.999])
    assert heavy.plain()["optimisers"]["generator"]["betas"] == [0.5, 0.999]
    assert REMEDIES["less-momentum"].changes(RECIPES["mlp"]()) is None
    none = changed("mlp", "no-momentum")
    assert none.plain()["optimisers"]["discriminator"]["betas"] == [0.0, 0.999]


STEPS = [
    ((5, 1), "even-steps", (1, 1)),
    ((0, 1), "even-steps", (1, 1)),
    ((1, 5), "even-steps", (1, 1)),
    ((0, 0), "even-steps", (1, 1)),
    ((1, 1), "more-discriminator-steps", (3, 1)),
]


@pytest.mark.parametrize(("steps", "name", "expected"), STEPS)
def test_steps(steps: tuple[int, int], name: str, expected: tuple[int, int]) -> None:
    config = changed("mlp", name, discriminator_steps=steps[0], generator_steps=steps[1])
    assert (game(config).discriminator_steps, game(config).generator_steps) == expected


def test_penalties_are_added_beside_or_in_the_place_of_others_and_lightened() -> None:
    def tags(config: RunConfig) -> list[str]:
        return [p.tag for p in game(config).penalties]

    assert tags(changed("wgan", "gradient-penalty")) == ["gp"], "clipping and a slope of 1 do not go together"
    assert tags(changed("wgan-gp", "r1")) == ["gp", "r1"]
    assert tags(changed("wgan-gp", "relativistic-r1-r2")) == ["r1", "r2"]
    heavy = changed(
        "wgan-gp", "usual-penalties", penalties=[{"kind": "gp", "weight": 1e4}, {"kind": "r1", "gamma": 2.0}]
    )
    assert [p.plain().get("weight", p.plain().get("gamma")) for p in game(heavy).penalties] == [10.0, 2.0]
    tight = changed("wgan", "usual-penalties", penalties=[{"kind": "clip", "limit": 1e-3}])
    assert game(tight).penalties[0].plain()["limit"] == 0.01


def test_inputs() -> None:
    assert game(changed("mlp", "varied-latents", latent="constant")).latent == "normal"
    both = changed("mlp", "ada", augmentations=["diffaugment", "noise"])
    assert [a.tag for a in game(both).augmentations] == ["noise", "ada"], "one strong augmentation at a time"
    config = changed("mlp", "history", batch_size=32)
    assert game(config).history == 256
