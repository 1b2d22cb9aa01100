"""Suspect settings: no recipe has any, each that is made is found and put right, and nothing else is touched."""

from typing import Any

import pytest

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.bench.health.cells import CELLS
from ganwright.core.options import differences
from ganwright.core.schedules import largest
from ganwright.health.diagnosis import DIAGNOSES
from ganwright.health.remedies import settings
from ganwright.health.remedies.settings import put_right, suspects
from ganwright.recipes import RECIPES, RunConfig
from ganwright.recipes.catalog import PRESETS, origin, recipe

ALL = [(name, preset) for name in RECIPES for preset in (None, *PRESETS.get(name, {}))]


def without_a_recipe(config: RunConfig) -> RunConfig:
    return config.override({"recipe": "custom", "preset": None})


@pytest.mark.parametrize(("name", "preset"), ALL)
def test_no_recipe_is_suspect(name: str, preset: str | None) -> None:
    config = recipe(name, preset)
    assert suspects(config, origin(config)) == []
    if name not in ("gan", "unrolled"):  # a saturating loss; a discriminator ten times as slow
        assert suspects(config, None) == []


@pytest.mark.parametrize("cell", list(CELLS.values()), ids=lambda c: c.name)
def test_no_healthy_cell_is_suspect(cell: Any) -> None:
    config = cell.config(100)
    assert suspects(config, origin(config)) == []


def test_origin_is_the_recipe_at_its_preset_or_none() -> None:
    small = recipe("rpgan-dcgan", "small")
    assert origin(small.override({"images": 1_000})) == small
    assert origin(without_a_recipe(small)) is None
    assert origin(small.override({"preset": "of another version"})) is None


def rates(config: RunConfig) -> tuple[float, float]:
    return tuple(largest(config.optimisers[n].learning_rate) for n in ("generator", "discriminator"))  # pyright: ignore


G, D = "optimisers.generator.learning_rate", "optimisers.discriminator.learning_rate"
RATES = [
    ("a player far above comes to the other", {G: 0.02}, (2e-4, 2e-4)),
    ("a player far below comes to the other", {D: 2e-6}, (2e-4, 2e-4)),
    ("one that stands still too", {D: 0.0}, (2e-4, 2e-4)),
    ("both far off come to what is usual", {G: 2e-9, D: 2e-9}, (5e-4, 5e-4)),
    ("apart by more than four: the one that is further off moves", {G: 4e-4, D: 4e-5}, (4e-4, 4e-4)),
    ("two time scales stay", {G: 1e-4, D: 4e-4}, (1e-4, 4e-4)),
    ("so do rates that are a little high", {G: 1e-3, D: 1e-3}, (1e-3, 1e-3)),
]


@pytest.mark.parametrize(("changes", "expected"), [r[1:] for r in RATES], ids=[r[0] for r in RATES])
def test_rates(changes: dict[str, Any], expected: tuple[float, float]) -> None:
    config = recipe("mlp").override({"images": 10_000_000, **changes})
    assert rates(config.override(put_right(config, origin(config)) or {})) == pytest.approx(expected)


def test_a_short_run_takes_longer_steps_and_a_schedule_keeps_its_shape() -> None:
    config = recipe("mlp").override({"images": 60_000, G: 1.0, D: 1.0})
    assert rates(config.override(put_right(config, origin(config)) or {})) == (1e-3, 1e-3)
    fast = {"kind": "cosine", "start": 0.5, "end": 0.005, "ramp_images": 1000}
    points = recipe("rpgan-r1r2").override({G: fast})
    rate = points.override(put_right(points, origin(points)) or {}).optimisers["generator"].learning_rate
    assert rate.plain() == {**fast, "start": pytest.approx(5e-3), "end": pytest.approx(5e-5)}  # pyright: ignore


def test_the_recipes_own_two_time_scales_are_usual() -> None:
    sagan = recipe("sagan")
    slow = sagan.override({D: 1e-6})
    assert rates(slow.override(put_right(slow, sagan) or {})) == pytest.approx(rates(sagan))


OFF = [
    ("mlp", {"discriminator_steps": 0}),
    ("mlp", {"generator_steps": 0}),
    ("mlp", {"generator_steps": 5}),
    ("mlp", {"discriminator_steps": 10}),
    ("wgan-gp", {"generator_steps": 5}),
    ("wgan-gp", {"discriminator_steps": 0}),
    ("mlp", {"loss": {"kind": "saturating"}}),
    ("mlp", {"loss": {"kind": "wasserstein"}, "penalties": []}),
    ("wgan-gp", {"penalties": []}),
    ("wgan-gp", {"penalties": [{"kind": "gp", "weight": 10_000.0}]}),
    ("rpgan-dcgan", {"penalties": [{"kind": "clip", "limit": 0.001}]}),
    ("wgan", {"penalties": [{"kind": "clip", "limit": 0.001}]}),
    ("mlp", {"latent": "constant"}),
    ("wgan-gp", {"optimisers.generator.betas": [0.97, 0.999], "optimisers.discriminator.betas": [0.97, 0.999]}),
]


@pytest.mark.parametrize(("name", "changes"), OFF)
def test_what_was_set_far_off_becomes_the_recipes_again(name: str, changes: dict[str, Any]) -> None:
    own = recipe(name)
    config = own.override(changes)
    found = suspects(config, own)
    assert len(found) == 1
    assert found[0].why
    assert config.override(found[0].changes) == own
    assert put_right(own, own) is None


@pytest.mark.parametrize(("name", "changes"), OFF)
def test_without_a_recipe_it_is_put_right_too(name: str, changes: dict[str, Any]) -> None:
    config = without_a_recipe(recipe(name).override(changes))
    put = put_right(config, None)
    if name == "wgan-gp" and changes == {"penalties": []}:
        assert put is not None
        assert put["loss"]["kind"] == "non-saturating"
    elif (name, changes) == ("wgan-gp", {"generator_steps": 5}):
        assert put is None, "five and five may be meant"
    else:
        assert put
        assert put_right(config.override(put), None) is None


def test_all_suspects_are_put_right_at_once_and_nothing_else_is() -> None:
    own = recipe("mlp")
    off = own.override({"loss": {"kind": "saturating"}, "discriminator_steps": 3, D: 0.02, "batch_size": 48})
    config = off.override(put_right(off, own) or {})
    assert [name.split(":")[0] for name in differences(own, config)] == ["batch_size"]


LEADS: list[tuple[dict[str, Any], frozenset[str]]] = [
    ({"loss": {"kind": "saturating"}}, settings.STRONG),
    ({"loss": {"kind": "wasserstein"}, "penalties": []}, settings.UNBOUNDED),
    ({"discriminator_steps": 0}, settings.WEAK),
    ({"generator_steps": 5}, settings.WEAK),
    ({"generator_steps": 0}, settings.NO_STEPS),
    ({"discriminator_steps": 9}, settings.STRONG),
    ({"latent": "constant"}, settings.SAME),
    ({D: 2e-7}, settings.WEAK),
    ({G: 2e-9, D: 2e-9}, settings.NO_STEPS | settings.WEAK),
    ({D: 0.1}, settings.STRONG),
    ({G: 0.1}, settings.LARGE_STEPS),
    ({G: 0.1, D: 0.1}, settings.LARGE_STEPS),
    ({"optimisers.generator.betas": [0.97, 0.999]}, settings.LARGE_STEPS),
    ({"penalties": [{"kind": "clip", "limit": 1e-4}]}, settings.WEAK),
]


@pytest.mark.parametrize(("changes", "leads"), LEADS, ids=[str(changes) for changes, _ in LEADS])
def test_what_is_unusual_explains_what_it_leads_to(changes: dict[str, Any], leads: frozenset[str]) -> None:
    own = recipe("mlp")
    found = suspects(own.override(changes), own)
    assert set().union(*(suspect.explains for suspect in found)) == leads
    assert leads <= DIAGNOSES.keys()


def test_what_is_no_game_has_none() -> None:
    config = RECIPES["classifier-cnn"]()
    assert not isinstance(config.algorithm, AdversarialConfig)
    assert suspects(config.override({"optimisers.classifier.learning_rate": 50.0})) == []
