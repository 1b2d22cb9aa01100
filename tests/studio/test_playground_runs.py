"""Games that go on from a run of the folder: which runs fit, what is taken over of them, and that they stay alone."""

import hashlib
import json
import math
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from starlette.testclient import TestClient

from ganwright import recipes, runs
from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.core.errors import UserError
from ganwright.core.files import sha256_of
from ganwright.recipes.run_config import RunConfig
from ganwright.runs.run import Run, load
from ganwright.studio import Studio
from ganwright.studio.playground.game import Game
from ganwright.studio.playground.look import look
from ganwright.studio.playground.origin import MOST_BYTES, Origin, unfit
from ganwright.studio.playground.settings import FIXED, Settings
from ganwright.studio.playground.starts import told
from ganwright.studio.playground.story import Story
from ganwright.training.engine import Engine

from .test_playground import Visitor

PLAIN: dict[str, Any] = {
    "data": "ring8",
    "data.std": 0.05,
    "seed": 100,
    "batch_size": 32,
    "generator.hidden": [16, 16],
    "generator.latent_size": 2,
    "discriminator.hidden": [16, 16],
    "log_images": 320,
    "tick_images": 640,
    "panel_size": 16,
}
NUM_IMAGES = 640


def made(folder: Path, images: int = NUM_IMAGES, recipe: RunConfig | None = None, **options: Any) -> Run:
    changes = {**PLAIN, **{name.replace("__", "."): value for name, value in options.items()}}
    return runs.train((recipe or recipes.mlp()).override(changes), out=folder, images=images)


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run on the ring under hinge and R1, its rates and noise constant; not to be changed."""
    more = {"loss__kind": "hinge", "penalties": [{"kind": "r1", "gamma": 0.3}], "latent": "uniform"}
    noise = [{"kind": "noise", "std": 0.1}]
    return made(tmp_path_factory.mktemp("played") / "ring", **more, augmentations=noise, discriminator_steps=2)


@pytest.fixture
def there(studio: Studio, ring: Run) -> Path:
    """A copy of it in the studio's folder, as `group/ring`."""
    return Path(shutil.copytree(ring.path, studio.runs_dir / "group" / "ring"))


ID = "group~2ring"


def started(run: Run, **changes: Any) -> Game:
    rules = told("x", run.path)["rules"]
    return Game(Settings(run="x", **{**rules, **changes}), origin=Origin.of(run))


def tensors(engine: Engine) -> dict[str, torch.Tensor]:
    parts = {**engine.networks, "average": engine.ema.networks["generator"]}
    return {f"{name}/{key}": t.clone() for name, net in parts.items() for key, t in net.state_dict().items()}


def everything(folder: Path) -> dict[str, tuple[str, int]]:
    """Bytes and times of all files below a folder."""
    files = [p for p in sorted(folder.rglob("*")) if p.is_file()]
    return {str(p): (hashlib.sha256(p.read_bytes()).hexdigest(), p.stat().st_mtime_ns) for p in files}


# -- what is taken over ---------------------------------------------------------------------------------------------


def test_a_game_begins_with_the_weights_averages_and_moments_of_the_checkpoint(ring: Run):
    game = started(ring)
    saved, state = ring.folder.checkpoints()[-1].load()
    assert state["num_images"] == NUM_IMAGES
    ours = game.engine._tensors()
    kept = {name for name in saved if not name.startswith("callback/")}
    assert kept == ours.keys()
    assert any("exp_avg" in name for name in kept)
    for name in kept:
        assert torch.equal(saved[name], ours[name]), name
    assert game.engine.iteration == NUM_IMAGES // 32


def test_a_game_goes_on_as_the_run_itself_would_bit_for_bit(ring: Run, tmp_path: Path):
    game = started(ring)
    folder = Path(shutil.copytree(ring.path, tmp_path / "longer"))
    made(folder, 2 * NUM_IMAGES, RunConfig.parse(ring.config.plain()))
    for _ in range(NUM_IMAGES // 32):
        game.engine.iterate()
        look(game.engine, game.world, game.seed)
    longer, _ = load(folder).folder.checkpoints()[-1].load()
    for name, tensor in game.engine._tensors().items():
        assert torch.equal(tensor, longer[name]), name


def test_playing_leaves_no_trace_in_the_folder(ring: Run):
    before = everything(ring.path)
    game = started(ring)
    for _ in range(110):  # past a log, and past where the run itself would save
        game.engine.iterate()
        for callback in game.engine.callbacks:
            callback.on_iteration(game.engine.num_images)
        game.engine._at_marks()
    game.change(game.settings.model_copy(update={"loss": "wasserstein", "penalty": "gp"}))
    game.engine.iterate()
    assert everything(ring.path) == before


def test_the_controls_show_the_run_s_own_rules(ring: Run):
    shown = told("x", ring.path)
    assert shown["num_images"] == NUM_IMAGES
    rules = shown["rules"]
    expected = {"loss": "hinge", "penalty": "r1", "strength": 0.3, "latent": "uniform", "instance_noise": 0.1}
    expected |= {"discriminator_steps": 2, "no_noise": False, "d_off": False}
    rate = ring.config.optimisers["generator"].learning_rate
    assert rules == {**rules, **expected, "generator_rate": rate, "discriminator_rate": rate}
    assert [note.split(",")[0] for note in shown["notes"]] == ["What is drawn is G as it is"]
    assert ["Data", "ring8, spread 0.05"] in json.loads(json.dumps(shown["facts"]))


def test_schedules_stand_still_where_the_run_is(tmp_path: Path):
    run = made(tmp_path / "run", recipe=recipes.rpgan_r1r2(), images=NUM_IMAGES)
    shown, origin = told("x", run.path), Origin.of(run)
    config, own = origin.config, run.config
    assert isinstance(config.algorithm, AdversarialConfig)
    for name, at in (("generator", own.optimisers["generator"].learning_rate),):
        value = at.at(NUM_IMAGES, NUM_IMAGES)  # type: ignore[union-attr]
        assert config.optimisers[name].learning_rate == pytest.approx(value)
        assert shown["rules"][f"{name}_rate"] == pytest.approx(value)
    assert shown["rules"]["penalty"] == "r1-r2"
    names = "generator's learning rate, discriminator's learning rate, r1's gamma, r2's gamma"
    assert shown["notes"][0] == f"What followed a schedule stays at its last value: {names}."
    game = started(run)
    for _ in range(3):
        game.engine.iterate()
    settings = game.engine.optimisers["generator"].param_groups[0]
    assert settings["lr"] == pytest.approx(shown["rules"]["generator_rate"])


def test_a_latent_of_eight_is_drawn_by_its_first_two(tmp_path: Path):
    run = made(tmp_path / "run", recipe=recipes.rpgan_r1r2(), generator__latent_size=8, images=NUM_IMAGES)
    game = started(run)
    seen = look(game.engine, game.world, game.seed)
    assert seen.arrays["latents"].shape == (400, 2)
    assert seen.arrays["warped"].shape == (21, 21, 2)
    assert any("8 numbers" in note for note in told("x", run.path)["notes"])
    story = Story(game.engine, game.world)
    game.engine.iterate()
    assert story.finish()[1]["d_latents"].shape[1] == 2


def test_what_the_controls_cannot_say_stays_and_is_told(tmp_path: Path):
    mix = [{"kind": "r1", "gamma": 0.2}, {"kind": "lecam", "weight": 0.3}]
    run = made(tmp_path / "run", images=320, penalties=mix, optimisers__generator__learning_rate=0.0)
    shown = told("x", run.path)
    assert shown["rules"]["penalty"] == "own"
    assert shown["rules"]["generator_rate"] == 1e-6
    assert any("r1, lecam" in note for note in shown["notes"])
    assert any("G's learning rate is 0 in the run" in note for note in shown["notes"])
    game = started(run)
    assert game.engine.config.algorithm.penalties == run.config.algorithm.penalties  # type: ignore[attr-defined]
    game.change(game.settings.model_copy(update={"penalty": "gp", "strength": 2.0}))
    assert [p.tag for p in game.engine.config.algorithm.penalties] == ["gp"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "changes",
    [
        {"unrolled_steps": 2, "history": 64},
        {"optimisers.generator.kind": "rmsprop", "penalties": [{"kind": "clip", "limit": 0.05}], "accumulation": 2},
        {"penalties": [{"kind": "r1", "gamma": 0.1, "every": 4}], "latent": "truncated", "generator_steps": 2},
    ],
    ids=str,
)
def test_other_kinds_of_runs_go_on_and_are_told(tmp_path: Path, changes: dict[str, Any]):
    game = started(made(tmp_path / "run", 320, recipes.mlp().override(changes)))
    saved, _ = load(tmp_path / "run").folder.checkpoints()[-1].load()
    assert all(torch.equal(saved[name], t) for name, t in game.engine._tensors().items())
    story = Story(game.engine, game.world)
    game.engine.iterate()
    numbers, _ = story.finish()
    assert numbers["g_steps"] == changes.get("generator_steps", 1)
    assert math.isfinite(numbers["d_loss_after"])
    assert math.isfinite(look(game.engine, game.world, game.seed).numbers["js"])


def test_a_picture_and_a_story_leave_spectral_norms_alone(tmp_path: Path):
    run = made(tmp_path / "run", images=320, discriminator__spectral_norm=True)
    watched, alone = started(run), started(run)
    for _ in range(3):
        look(watched.engine, watched.world, watched.seed)
        story = Story(watched.engine, watched.world)
        watched.engine.iterate()
        story.finish()
        alone.engine.iterate()
    assert all(torch.equal(t, tensors(alone.engine)[name]) for name, t in tensors(watched.engine).items())


def test_the_window_holds_a_wide_grid(tmp_path: Path):
    run = made(tmp_path / "run", images=320, data__kind="grid25")
    game = started(run)
    assert game.world.reach == pytest.approx(6.0)
    assert game.world.perfect.covered == 25
    assert game.world.perfect.js < 0.05
    assert math.isfinite(look(game.engine, game.world, 0).numbers["js"])


def test_a_run_s_game_is_not_another_one(ring: Run):
    game = started(ring)
    assert "run" in FIXED
    with pytest.raises(UserError, match="run cannot change"):
        game.change(Settings())


# -- which runs can be held -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"data": "gaussian1d"}, "not a distribution in the plane"),
        ({"data.kind": "grid25", "data.side": 8}, "64 modes"),
        ({"pack": 2}, "packs"),
        ({"num_discriminators": 2}, "several discriminators"),
        ({"generator.norm": "batch"}, "the rest of the batch"),
        ({"discriminator.minibatch": "stddev"}, "the rest of the batch"),
        ({"discriminator.dropout": 0.3}, "at random"),
        (
            {"data.labelled": True, "generator.conditional": True, "discriminator.conditional": True},
            "told classes",
        ),
        ({"batch_size": 8192}, "8,192 points"),
        ({}, "no checkpoint"),
    ],
    ids=str,
)  # fmt: skip
def test_a_run_that_does_not_fit_says_why(tmp_path: Path, changes: dict[str, Any], reason: str):
    recipes.mlp().override({**PLAIN, **changes}).write(tmp_path / "run.toml")
    problem = unfit(Run(tmp_path))
    assert problem is not None
    assert reason in problem
    with pytest.raises(UserError, match="cannot be played"):
        Origin.of(Run(tmp_path))


def test_a_checkpoint_that_is_too_large_is_not_read(ring: Run, tmp_path: Path):
    folder = Path(shutil.copytree(ring.path, tmp_path / "large"))
    file = load(folder).folder.checkpoints()[-1].path.with_suffix(".safetensors")
    with file.open("r+b") as opened:
        opened.truncate(MOST_BYTES + 1)
    assert "bytes" in str(unfit(Run(folder)))


def test_the_list_has_runs_in_the_plane_alone_and_sees_new_ones(client: TestClient, there: Path, studio: Studio):
    recipes.mlp().override({**PLAIN, "pack": 2}).write(studio.runs_dir / "packed" / "run.toml")
    rows = {row["id"]: row for row in client.get("/api/playground/starts").json()["starts"]}
    assert rows.keys() == {ID, "packed"}  # digits-tiny makes pictures
    assert rows[ID] == {"id": ID, "name": "group/ring", "num_images": NUM_IMAGES, "problem": None}
    assert "packs" in rows["packed"]["problem"]
    shutil.copytree(there, studio.runs_dir / "another")
    assert "another" in {row["id"] for row in client.get("/api/playground/starts").json()["starts"]}
    shutil.rmtree(there / "checkpoints")
    rows = {row["id"]: row for row in client.get("/api/playground/starts").json()["starts"]}
    assert "no checkpoint" in rows[ID]["problem"]


def test_the_page_of_a_run_knows_whether_it_can_be_played(client: TestClient, there: Path):
    assert client.get(f"/api/runs/{ID}").json()["playable"] is True
    assert client.get("/api/runs/digits-tiny").json()["playable"] is False


# -- over the interface ---------------------------------------------------------------------------------------------


@pytest.fixture
def visitor(client: TestClient, there: Path, quick_players: None) -> Iterator[Visitor]:
    with client.websocket_connect("/live/playground") as socket:
        yield Visitor(socket)


def test_a_visit_that_goes_on_from_a_run(client: TestClient, visitor: Visitor, there: Path):
    before = everything(there)
    rules = client.get(f"/api/playground/starts/{ID}").json()["rules"]
    visitor.say(type="start", settings={"run": "../../etc"})
    assert "there is no run" in visitor.hear("error")["error"]
    visitor.say(type="start", settings={"run": "digits-tiny"})
    assert "not a distribution in the plane" in visitor.hear("error")["error"]
    visitor.say(type="start", settings={"run": ID, **rules})
    assert visitor.hear("world")["settings"]["run"] == ID
    assert visitor.hear("picture")["iteration"] == NUM_IMAGES // 32
    visitor.say(type="step", num=5)
    assert visitor.hear("picture")["iteration"] > NUM_IMAGES // 32
    visitor.say(type="change", settings={"run": ID, **rules, "loss": "least-squares"})
    visitor.say(type="slow")
    assert visitor.hear("story")["d_steps"] == 2
    damage(there, "position", "nowhere")
    visitor.say(type="start", settings={"run": ID, **rules})
    assert "no state that a game could go on from" in visitor.hear("error")["error"]
    visitor.say(type="start", settings={})
    assert visitor.hear("world")["settings"]["run"] == ""
    assert {**before, **{p: s for p, s in everything(there).items() if not p.endswith(".json")}} == before


def damage(folder: Path, name: str, value: Any) -> None:
    """Change a checkpoint's state so that its hash is right."""
    file = load(folder).folder.checkpoints()[-1].path.with_suffix(".json")
    state = {**json.loads(file.read_text())["state"], name: value}
    digest = hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()
    file.write_text(json.dumps({"digest": digest, "state": state}))


@pytest.mark.parametrize(("name", "value"), [("iteration", -5), ("iteration", "x"), ("pending", 7)])
def test_a_checkpoint_that_lies_is_refused_in_a_line(ring: Run, tmp_path: Path, name: str, value: Any):
    folder = Path(shutil.copytree(ring.path, tmp_path / "lying"))
    damage(folder, name, value)
    with pytest.raises(UserError, match="no state") as refused:
        started(load(folder))
    assert "\n" not in str(refused.value)


def test_torn_files_are_refused_in_a_line(ring: Run, tmp_path: Path):
    folder = Path(shutil.copytree(ring.path, tmp_path / "torn"))
    path = load(folder).folder.checkpoints()[-1].path
    path.with_suffix(".safetensors").write_bytes(b"torn")
    with pytest.raises(UserError, match="damaged"):
        started(load(folder))
    path.with_suffix(".safetensors").unlink()
    assert unfit(load(folder)) == "its last checkpoint is not whole"


def test_a_checkpoint_of_other_networks_is_refused_in_a_line(ring: Run, tmp_path: Path):
    folder = Path(shutil.copytree(ring.path, tmp_path / "other"))
    ring.config.override({"generator.hidden": [8, 8]}).write(folder / "run.toml")
    with pytest.raises(UserError, match="does not fit this config"):
        started(load(folder))


@pytest.mark.parametrize(
    "id", ["..~2..", "..~2..~2etc", "~2etc~2passwd", ".studio", "none", "a" * 400, "%00", "ring~2checkpoints"]
)
def test_hostile_ids_are_no_runs(client: TestClient, there: Path, id: str):
    reply = client.get(f"/api/playground/starts/{id}")
    assert reply.status_code == 404
    assert "\n" not in reply.json()["error"]
    reply = client.post("/api/playground/config", json={"settings": {"run": id}})
    assert reply.status_code == 404


def test_a_run_that_does_not_fit_is_a_line_of_status_400(client: TestClient, there: Path):
    reply = client.get("/api/playground/starts/digits-tiny")
    assert (reply.status_code, "not a distribution in the plane" in reply.json()["error"]) == (400, True)


def test_a_game_that_goes_on_from_a_run_becomes_a_config_and_a_fork(client: TestClient, there: Path, ring: Run):
    settings = {"run": ID, **told(ID, there)["rules"], "loss": "wasserstein"}
    reply = client.post("/api/playground/config", json={"settings": settings}).json()
    written = RunConfig.parse(tomllib.loads(reply["toml"]))
    assert isinstance(written.algorithm, AdversarialConfig)
    assert written.algorithm.loss.tag == "wasserstein"
    assert written.algorithm.generator == ring.config.algorithm.generator  # type: ignore[attr-defined]
    assert reply["command"].endswith("--fork game")
    assert str(there) in reply["command"]
    assert sha256_of(there / "run.toml") == sha256_of(ring.path / "run.toml")
