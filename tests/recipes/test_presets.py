"""Presets: what they may change, how they are asked for, and that a run knows which one it came from."""

from pathlib import Path

import pytest

import ganwright as gw
from ganwright.core.config import Config
from ganwright.core.errors import UserError
from ganwright.core.options import options_of
from ganwright.recipes import RunConfig, recipe
from ganwright.recipes.catalog import PRESETS
from ganwright.recipes.run_config import read_config
from ganwright.runs.plan import changed_options, default_folder, plan

ROWS = [(name, preset) for name, presets in PRESETS.items() for preset in presets]
TINY = {f"{p}.{o}": v for p in ("generator", "discriminator") for o, v in (("width", 4), ("max_width", 4))}


def kinds(config: Config) -> dict[str, object]:
    """The classes of the parts; of schedules and of the data only that they are there."""
    every = {o.name: o.value for o in options_of(config) if o.name.split(".")[-1] == "kind"}
    scheduled = ("learning_rate", "beta2", "gamma", "p", "half_life_images")
    return {n: v for n, v in every.items() if n != "data.kind" and n.split(".")[-2:][0] not in scheduled}


@pytest.mark.parametrize(("name", "preset"), ROWS)
def test_a_preset_changes_values_and_no_kind(name: str, preset: str) -> None:
    before, config = recipe(name), recipe(name, preset)
    assert (config.recipe, config.preset) == (name, preset)
    assert before.preset is None
    assert kinds(config).items() <= kinds(before).items(), "it may leave a part out"
    assert preset != "small" or kinds(config) == kinds(before)
    assert changed_options(config) == []


@pytest.mark.parametrize(("name", "preset"), ROWS)
def test_a_preset_survives_its_file(name: str, preset: str, tmp_path: Path) -> None:
    config = recipe(name, preset)
    config.write(tmp_path / "run.toml")
    assert RunConfig.parse(read_config(tmp_path / "run.toml")) == config


def test_every_recipe_with_presets_has_a_small_one() -> None:
    assert [name for name, presets in PRESETS.items() if "small" not in presets] == []


def test_unknown_presets_are_told_in_one_line() -> None:
    with pytest.raises(UserError, match=r"^unknown preset of recipe 'r3gan' 'smal'; did you mean 'small'"):
        recipe("r3gan", "smal")
    with pytest.raises(UserError, match=r"^recipe 'mlp' has no presets, so no 'small'; .*list recipes"):
        recipe("mlp", "small")
    with pytest.raises(UserError, match=r"goes with the name of a recipe"):
        plan("digits", gw.recipes.r3gan(), preset="small")


def test_a_config_file_may_name_the_preset(tmp_path: Path) -> None:
    file = tmp_path / "part.toml"
    file.write_text('recipe = "r3gan"\npreset = "small"\nbatch_size = 4\n')
    made = plan("digits", config_file=file, out=tmp_path / "run").config
    assert (made.preset, made.batch_size) == ("small", 4)
    assert made.algorithm == recipe("r3gan", "small").algorithm
    assert changed_options(made) == ["batch_size"]
    other = plan("digits", "vitgan", config_file=file, preset="small", out=tmp_path / "other").config
    assert other.algorithm == recipe("vitgan", "small").algorithm
    file.write_text("preset = 3\n")
    with pytest.raises(UserError, match=r"'preset' is 3"):
        plan("digits", config_file=file)
    recipe("r3gan", "small").write(file)
    with pytest.raises(UserError, match=r"whole config.*leave out --preset"):
        plan("digits", config_file=file, preset="small")


def test_a_run_knows_its_preset_and_goes_on(tmp_path: Path) -> None:
    options = {**TINY, "batch_size": 8, "tick_images": 16}
    run = gw.train("r3gan", "digits", preset="small", out=tmp_path / "run", images=16, options=options)
    assert run.config.preset == "small"
    changed = next(e for e in run.events() if e["type"] == "started")["changed"]
    assert set(changed) == {*options, "images"}
    longer = gw.train("r3gan", "digits", preset="small", out=tmp_path / "run", images=32, options=options)
    assert longer.events()[-1]["num_images"] == 32
    assert default_folder(run.config) == Path("runs/digits-r3gan-small")


def test_schedules_of_r3gan_begin_and_end_where_the_paper_has_them() -> None:
    config = recipe("r3gan", "ffhq-256")
    adam = config.optimisers["generator"]
    for images, rate, beta2, gamma, half_life, p in (
        (0, 2e-4, 0.9, 150, 0, 0),
        (10_000_000, 1.25e-4, 0.945, 82.5, 250_000, 0.15),
        (20_000_000, 5e-5, 0.99, 15, 500_000, 0.3),
        (60_000_000, 5e-5, 0.99, 15, 500_000, 0.3),
    ):

        def at(schedule: object, images: int = images) -> float:
            return schedule.at(images, config.images)  # type: ignore[attr-defined]

        settings = adam.settings(at)
        assert settings["lr"] == pytest.approx(rate)
        assert settings["betas"] == pytest.approx((0.0, beta2))
        game = config.algorithm
        assert [at(penalty.gamma) for penalty in game.penalties] == pytest.approx([gamma, gamma])  # type: ignore[attr-defined]
        assert at(game.augmentations[0].p) == pytest.approx(p)  # type: ignore[attr-defined]
        beta = config.ema.beta(256, images, config.images)
        assert beta == pytest.approx(0.5 ** (256 / half_life) if half_life else 0.0)
