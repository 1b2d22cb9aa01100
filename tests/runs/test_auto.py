"""The recipe `auto` from data to a run: what is looked at, what run.toml holds, how it goes on, what goes on top."""

import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import ganwright as gw
from ganwright.core.errors import UserError
from ganwright.runs import plan
from ganwright.runs.choosing import choice_of
from ganwright.runs.folder import RunFolder
from ganwright.training import Callback, Interrupted

NARROW = {"generator.width": 4, "discriminator.width": 4, "generator.max_width": 8, "discriminator.max_width": 8}
BRIEF: dict[str, Any] = {"batch_size": 8, "panel_size": 4, "log_images": 8, "tick_images": 16, "signals": False}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def archive(path: Path, *shape: int, num: int = 24, classes: int = 0) -> str:
    """An archive of smooth random images, or of points; how `train` names it."""
    rng = np.random.default_rng(0)
    if len(shape) == 1:
        items = rng.normal(size=(num, *shape))
    else:
        waves = rng.random((num, shape[0], 1, 1)) * 200 + 50 * np.sin(np.arange(shape[2]) / 3)
        items = np.broadcast_to(waves, (num, *shape)).clip(0, 255).astype(np.uint8)
    if classes:
        np.savez(path, images=items, labels=np.arange(num) % classes)
    else:
        np.savez(path, images=items)
    return f"npz:{path}"


def pictures(folder: Path, *sizes: tuple[int, int], mode: str = "RGB", num: int = 12) -> str:
    """A folder of pictures of these sizes in turn; how `train` names it."""
    folder.mkdir()
    for k in range(num):
        Image.new(mode, sizes[k % len(sizes)], tuple(20 * k % 256 for _ in mode)).save(folder / f"{k}.png")
    return f"folder:{folder}"


@pytest.mark.parametrize(
    ("shape", "more"),
    [
        ((1, 8, 8), {"num": 300, "classes": 3}),
        ((3, 16, 16), {}),
        ((4, 16, 16), {"num": 300, "classes": 2}),
        ((3, 24, 16), {}),
        ((1, 9, 9), {"num": 30}),
        ((2,), {"num": 40}),
        ((10,), {"num": 40}),
    ],
)
def test_the_first_steps_are_finite_on_data_of_any_kind(shape: tuple[int, ...], more: Any, tmp_path: Path) -> None:
    source = archive(tmp_path / "items.npz", *shape, **more)
    augmented = {"augmentations.0.p": 0.5} if len(shape) == 3 and shape != (1, 9, 9) else {}
    run = gw.train("auto", source, images=48, device="cpu", options={"signals": False, "log_images": 16, **augmented})
    logs = [event["scalars"] for event in run.events() if event["type"] == "log"]
    assert logs
    assert all(isinstance(v, float) for log in logs for v in log.values())
    assert run.sample(2).isfinite().all()


def test_without_a_recipe_the_data_decides(tmp_path: Path) -> None:
    made = plan("digits")
    assert made.auto is not None
    assert made.config == made.auto.config
    assert (made.config.recipe, made.config.preset) == ("rpgan-dcgan", "small")
    assert made.out == made.home == Path("runs/digits-auto")
    assert made.config == plan("digits", "auto").config
    named = plan("digits", "dcgan")
    assert named.auto is None
    assert named.home == Path("runs/digits-dcgan")
    assert plan("ring8").config.recipe == "rpgan-r1r2"


def test_options_go_on_top(tmp_path: Path) -> None:
    made = plan("digits", images=640, seed=3, overrides={"generator.width": 12, "loss": "hinge", "data.flip": True})
    assert made.auto is not None
    assert made.config == made.auto.config.override(
        {"images": 640, "seed": 3, "generator.width": 12, "loss": "hinge", "data.flip": True}
    )
    (tmp_path / "part.toml").write_text("batch_size = 16\n[data]\nsize = 16\n", encoding="utf-8")
    made = plan("digits", config_file=tmp_path / "part.toml")
    assert (made.config.batch_size, made.dataset.spec.shape) == (16, (1, 16, 16))
    (tmp_path / "all.toml").write_text('recipe = "auto"\n[data]\nkind = "digits"\nsize = 16\n', encoding="utf-8")
    made = plan(config_file=tmp_path / "all.toml")
    assert (made.home, made.dataset.spec.shape) == (Path("runs/digits-auto"), (1, 16, 16))


def test_options_of_the_data_are_heeded_before_choosing(tmp_path: Path) -> None:
    wide = pictures(tmp_path / "wide", (100, 40))
    assert plan(wide).config.data.size == 40  # pyright: ignore[reportAttributeAccessIssue]
    assert plan(wide, overrides={"data.size": 16}).dataset.spec.shape == (3, 16, 16)
    assert plan(wide, overrides={"data.channels": "gray"}).dataset.spec.shape == (1, 40, 40)
    assert "gray images of 40x40" in getattr(plan(wide, overrides={"data.channels": "gray"}).auto, "because", "")


def test_folders_of_mixed_sizes_are_brought_to_one_that_trains_and_it_is_told(tmp_path: Path) -> None:
    made = plan(pictures(tmp_path / "mixed", (300, 200), (220, 260)))
    assert made.dataset.spec.shape == (3, 64, 64)
    assert made.auto is not None
    assert made.config.data.size == 64  # pyright: ignore[reportAttributeAccessIssue]
    assert (
        "of 64x64 (from the middle of 300x200 and other sizes; --data.size for another) on a CPU" in made.auto.because
    )
    nearly = plan(pictures(tmp_path / "nearly", (32, 32), (32, 32), (48, 48)))
    assert nearly.config.data.size == 32  # pyright: ignore[reportAttributeAccessIssue]
    assert nearly.auto is not None
    assert "of 32x32 (from 32x32 and other sizes; --data.size for another)" in nearly.auto.because
    own = plan(pictures(tmp_path / "own", (32, 32)))
    assert own.config.data.size is None  # pyright: ignore[reportAttributeAccessIssue]
    assert own.auto is not None
    assert "(from" not in own.auto.because


def test_one_picture_is_no_data(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has 1 training item, and there is nothing to learn from fewer than 8"):
        plan(pictures(tmp_path / "one", (16, 16), num=1))


class _Stop(Callback):
    """Sends this program what Ctrl-C sends, in the middle of the run."""

    def on_iteration(self, num_images: int) -> None:
        if num_images == 16:
            signal.raise_signal(signal.SIGINT)


def test_stopped_halfway_it_ends_as_if_it_had_not(tmp_path: Path) -> None:
    source = archive(tmp_path / "items.npz", 1, 8, 8)
    options = {**NARROW, **BRIEF}
    whole = gw.train(data=source, images=32, options=options, out="runs/whole")
    with pytest.raises(Interrupted):
        gw.train(data=source, images=32, options=options, callbacks=[_Stop()])
    halves = gw.train(data=source)  # options that are not named are the folder's
    assert halves.path == Path("runs/items-auto")
    assert halves.config == whole.config
    assert [e["num_images"] for e in halves.events() if e["type"] == "resumed"] == [16]
    mine, theirs = whole.checkpoint.load()[0], halves.checkpoint.load()[0]
    assert mine.keys() == theirs.keys()
    assert all(torch.equal(mine[name], theirs[name]) for name in theirs)


def test_where_a_run_is_its_config_rules(tmp_path: Path) -> None:
    source = archive(tmp_path / "items.npz", 1, 8, 8)
    gw.train("mlp", source, images=16, options={"generator.hidden": [8], "discriminator.hidden": [8], **BRIEF}, out="o")
    made = plan(source, images=32, out="o")
    assert made.config.recipe == "mlp"
    assert made.auto is None
    with pytest.raises(UserError, match="holds a run of another config"):
        plan(source, overrides={"batch_size": 4}, out="o")
    with pytest.raises(UserError, match="holds a run of another config"):
        plan("digits", out="o")


def test_the_run_remembers_what_was_chosen_and_why(tmp_path: Path) -> None:
    source = archive(tmp_path / "items.npz", 1, 8, 8)
    made = plan(source)
    run = gw.train(data=source, images=16, options={**NARROW, **BRIEF})
    started = next(e for e in run.events() if e["type"] == "started")
    assert made.auto is not None
    assert started["auto"] == {"chose": made.auto.chose, "because": made.auto.because}
    assert {"generator.width", "images"} <= set(started["changed"])
    again = choice_of(RunFolder(run.path))
    assert again is not None
    assert (again.chose, again.because, again.config) == (made.auto.chose, made.auto.because, run.config)
    repeated = plan(config_file=run.path / "run.toml", out="runs/repeated")
    assert repeated.config == run.config
    assert repeated.auto is None


def test_it_needs_data_and_takes_no_preset() -> None:
    with pytest.raises(UserError, match="chooses by the data: name it"):
        gw.train("auto")
    with pytest.raises(UserError, match="preset 'small' goes with the name of a recipe; give --recipe as well"):
        plan("digits", preset="small")
    with pytest.raises(UserError, match="recipe auto chooses by the data"):
        gw.recipes.recipe("auto")
    with pytest.raises(UserError, match="unknown recipe 'aut'; did you mean 'auto'"):
        plan("digits", "aut")
