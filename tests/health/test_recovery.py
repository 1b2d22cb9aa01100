"""Recovery in real runs whose failures are made up: where it goes back to, what it changes, when it ends."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

import ganwright as gw
from ganwright.core.events import Event, read_events
from ganwright.health import detect, recovery
from ganwright.health.detectors import DETECTORS
from ganwright.health.detectors.base import Detector
from ganwright.health.diagnosis import Finding
from ganwright.health.history import History
from ganwright.health.remedies import LADDERS
from ganwright.health.thresholds import limit
from ganwright.runs.folder import RunFolder
from ganwright.runs.run import Run
from ganwright.training import Callback, TrainingFailed

OPTIONS: dict[str, Any] = {
    "generator.hidden": (16,),
    "discriminator.hidden": (16,),
    "device": "cpu",
    "batch_size": 8,
    "log_images": 32,
    "tick_images": 64,
    "panel_size": 4,
    "keep_checkpoints": 1,
    "on_failure": "recover",
}


def train(folder: Path, recipe: str = "mlp", images: int = 640, data: str = "digits", **options: Any) -> list[Event]:
    changed = {**OPTIONS, **{name.replace("__", "."): value for name, value in options.items()}}
    gw.train(recipe, data, out=folder, images=images, seed=100, options=changed)
    return read_events(folder / "events.jsonl")


def of(events: list[Event], type: str) -> list[Event]:
    return [e for e in events if e["type"] == type]


def only(found: Mapping[str, Callable[[History], Finding | None]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let these be all detectors there are. The table itself stays as it is: its order says what is named first."""
    rows = {kind: Detector("made up", (), find) for kind, find in found.items()}
    monkeypatch.setattr(detect, "DETECTORS", rows)


def fails_at(num_images: int, onset: int, times: int = 1) -> Callable[[History], Finding | None]:
    """Failing once so many images are seen, until the run went back so often."""
    backs: set[int] = set()

    def find(history: History) -> Finding | None:
        if history.begun:
            backs.add(history.begun)
        if len(backs) >= times or history.num_images < num_images:
            return None
        return Finding("failing", onset, {"badness": 1.0})

    return find


def always(history: History) -> Finding | None:
    return Finding("failing", history.num_images, {"badness": 1.0})


def tensors(folder: Path, num_images: int | None = None) -> dict[str, torch.Tensor]:
    saved = [c for c in RunFolder(folder).checkpoints() if num_images in (None, c.num_images)][-1]
    return {n: t for n, t in saved.load()[0].items() if not n.startswith("callback/")}


def test_it_goes_back_before_the_onset_and_climbs_one_rung(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only({"full-collapse": fails_at(320, onset=256)}, monkeypatch)
    events = train(tmp_path / "run")
    (step,) = of(events, "recovery")
    assert (step["kind"], step["back_to_images"], step["from_images"]) == ("full-collapse", 192, 320)
    assert (step["remedy"], step["attempt"]) == ("relativistic-r1-r2", 1)
    assert step["changes"]["loss"] == {"kind": "relativistic-pairing"}
    log = [e for e in of(events, "log") if e["num_images"] > 320]
    assert log, "the clock goes on"
    scalars = {name.partition("/")[2] for e in log for name in e["scalars"]}
    assert {"penalty_r1", "penalty_r2"} <= scalars, "the penalties are in force"
    assert not any("penalty" in name for e in of(events, "log") if e["num_images"] <= 320 for name in e["scalars"])
    assert [e["num_images"] for e in of(events, "finished")] == [640]


def test_the_state_it_goes_back_to_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only({"full-collapse": fails_at(320, onset=256)}, monkeypatch)
    train(tmp_path / "run", images=384, keep_checkpoints=9, discriminator__dropout=0.1, ema__half_life_images=100)
    now, then = tensors(tmp_path / "run", 320), tensors(tmp_path / "run", 192)
    assert now.keys() == then.keys()
    assert {name.partition("/")[0] for name in now} >= {"network", "average", "optimiser"}
    assert all(torch.equal(now[name], then[name]) for name in now)


def test_samples_are_made_by_what_is_in_force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only({"full-collapse": fails_at(64, onset=64)}, monkeypatch)
    (step,) = of(train(tmp_path / "run", images=256, latent="constant"), "recovery")
    assert (step["remedy"], step["changes"]) == ("usual-settings", {"latent": "normal"})
    samples = Run(tmp_path / "run").sample(4)
    assert not torch.equal(samples[0], samples[1])


def test_rungs_stay_in_force_and_none_comes_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only({"divergence": fails_at(64, onset=64, times=3)}, monkeypatch)
    events = train(tmp_path / "run")
    steps = of(events, "recovery")
    assert [s["remedy"] for s in steps] == ["lower-rates", "r1-r2", "clip-gradients"]
    assert [s["attempt"] for s in steps] == [1, 2, 3]
    config = Run(tmp_path / "run").in_force
    assert config.optimisers["generator"].learning_rate == pytest.approx(2e-5)
    assert config.optimisers["generator"].clip_norm == 1.0
    assert Run(tmp_path / "run").config.optimisers["generator"].learning_rate == 2e-4, "run.toml is as it was asked"


def test_a_remedy_that_the_rules_refuse_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """R1 does not go with batch norm in the discriminator, ADA not with points."""
    only({"full-collapse": fails_at(64, onset=64)}, monkeypatch)
    (step,) = of(
        train(tmp_path / "norm", discriminator__norm="batch", discriminator__hidden=(16, 16), images=128), "recovery"
    )
    assert step["remedy"] == "relativistic"
    only({"discriminator-overfitting": fails_at(64, onset=64)}, monkeypatch)
    (step,) = of(train(tmp_path / "points", data="ring8", images=128), "recovery")
    assert step["remedy"] == "r1"


def test_wrong_from_its_start_it_begins_again_never_after_the_onset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only({"stalled": fails_at(384, onset=64)}, monkeypatch)
    (step,) = of(train(tmp_path / "run", generator_steps=0), "recovery")
    assert (step["back_to_images"], step["remedy"]) == (0, "usual-settings")
    assert step["changes"] == {"discriminator_steps": 1, "generator_steps": 1}


def test_suspect_settings_are_put_right_first_at_the_first_sign_and_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def watched(history: History) -> Finding | None:
        return Finding("watch", 64, {"badness": 1.0}) if history.num_images >= 128 else None

    only({"partial-collapse": watched}, monkeypatch)
    off = {"optimisers.generator.learning_rate": 2.0, "discriminator_steps": 9}
    events = train(tmp_path / "off", **off)
    (step,) = of(events, "recovery")
    (told,) = of(events, "settings")
    assert told["unusual"][0].startswith("the discriminator takes 9 steps")
    assert told["unusual"][1].startswith("the generator learns at 2")
    first = of(events, "diagnosis")[0]
    assert first["advice"].startswith(f"Put right first what is unusual: {'; '.join(told['unusual'])}. If that ")
    assert not of(events, "diagnosis")[-1]["advice"].startswith("Put right"), "what was put right is no cause any more"
    assert (step["from_images"], step["remedy"]) == (128, "usual-settings")
    assert step["back_to_images"] == 0, "what such settings made is no healthy state"
    assert set(step["changes"]) == {*off, "generator_steps"}
    usual = train(tmp_path / "usual")
    assert of(usual, "recovery") == of(usual, "settings") == [], "a first sign alone is no reason"
    only({"partial-collapse": fails_at(64, onset=64, times=2)}, monkeypatch)
    steps = of(train(tmp_path / "again", **off), "recovery")
    assert [s["remedy"] for s in steps] == ["usual-settings", "relativistic-r1-r2"]


def test_with_usual_settings_it_becomes_the_run_that_it_would_have_been(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only({"partial-collapse": lambda h: Finding("watch", 64, {}) if h.num_images >= 128 else None}, monkeypatch)
    off = {"discriminator_steps": 9, "discriminator__dropout": 0.1}
    assert of(train(tmp_path / "off", images=512 + 128, **off), "recovery")[0]["back_to_images"] == 0
    train(tmp_path / "usual", images=512, discriminator__dropout=0.1)
    mine, theirs = tensors(tmp_path / "off"), tensors(tmp_path / "usual")
    weights = [name for name in theirs if name.startswith(("network/", "optimiser/"))]
    assert weights
    assert all(torch.equal(mine[name], theirs[name]) for name in weights)


def test_a_first_sign_ends_no_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only({"partial-collapse": lambda h: Finding("watch", 64, {}) if h.num_images >= 128 else None}, monkeypatch)
    events = train(tmp_path / "none", recoveries=0, discriminator_steps=9)
    assert not of(events, "recovery")
    assert of(events, "finished")
    train(tmp_path / "late", images=320, on_failure="warn", discriminator_steps=9)
    events = train(tmp_path / "late", images=448, discriminator_steps=9)
    assert not of(events, "recovery"), "no state from before it is left"
    assert of(events, "finished")[-1]["num_images"] == 448


def test_what_detectors_give_up_on_late_may_still_go_back() -> None:
    latest = 1 / (1 + recovery.LEAST_LEFT_SHARE)
    for num in range(16, 401):
        assert any(limit("late_share") <= look / num <= latest for look in range(num)), num


def test_it_ends_after_the_last_recovery_and_forks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only({"divergence": fails_at(0, onset=0, times=4)}, monkeypatch)
    out = tmp_path / "run"
    run = gw.train("mlp", "digits", out=out, images=640, seed=100, options={**OPTIONS, "recoveries": 2})
    events = read_events(out / "events.jsonl")
    assert [s["attempt"] for s in of(events, "recovery")] == [1, 2]
    fork, failed = events[-2:]
    assert (fork["type"], failed["type"]) == ("fork", "failed")
    assert str(tmp_path / "run-fork") in failed["reason"]
    assert "fork" in failed["reason"]
    assert run.path == tmp_path / "run-fork"
    assert run.config.recipe == fork["recipe"] == "rescued"
    assert run.config.images == 640 - fork["num_images"]
    assert run.config.plain()["algorithm"]["generator"] == Run(out).config.plain()["algorithm"]["generator"]
    assert of(run.events(), "finished")
    assert of(run.events(), "diagnosis"), "it is watched as well"
    assert not of(run.events(), "recovery"), "it is the last"
    again = gw.train("mlp", "digits", out=out, images=704, seed=100, options={**OPTIONS, "recoveries": 2})
    assert again.path == tmp_path / "run-fork", "the same command goes on with it"
    assert of(again.events(), "finished")[-1]["num_images"] == 704 - fork["num_images"]
    assert read_events(out / "events.jsonl") == events


def test_without_a_fork_it_ends_as_failed_and_never_loops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only({"divergence": always}, monkeypatch)
    (tmp_path / "run-fork").mkdir()
    with pytest.raises(TrainingFailed) as caught:
        train(tmp_path / "run", images=6_400)
    line = str(caught.value)
    assert "\n" not in line
    assert "Training diverges or swings since" in line
    assert "6 steps back" in line
    assert "lower both learning rates" in line
    events = read_events(tmp_path / "run" / "events.jsonl")
    steps = of(events, "recovery")
    assert len(steps) == 6
    assert len({s["remedy"] for s in steps}) == 6
    assert {s["remedy"] for s in steps} <= set(LADDERS["divergence"]), "its settings are usual"
    assert events[-1]["type"] == "failed"
    tensors(tmp_path / "run")  # a checkpoint is intact


def test_no_recovery_is_allowed_none_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only({"divergence": always}, monkeypatch)
    with pytest.raises(TrainingFailed):
        train(tmp_path / "run", recoveries=0)
    assert not of(read_events(tmp_path / "run" / "events.jsonl"), "recovery")


def test_stop_ends_the_run_with_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only({"full-collapse": fails_at(192, onset=128)}, monkeypatch)
    with pytest.raises(TrainingFailed) as caught:
        train(tmp_path / "run", on_failure="stop")
    assert str(caught.value).startswith("Full mode collapse since 128 images (badness 1); the checkpoint of 128 images")
    assert "take a loss that sees pairs" in str(caught.value)
    assert RunFolder(tmp_path / "run").checkpoints()[-1].num_images == 128
    assert read_events(tmp_path / "run" / "events.jsonl")[-1]["type"] == "failed"


def test_warn_changes_nothing_and_may_become_recover(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only({"full-collapse": lambda h: Finding("failing", 128, {}) if h.num_images >= 192 and not h.begun else None},
         monkeypatch)  # fmt: skip
    train(tmp_path / "plain", on_failure="warn", signals=False, images=256)
    train(tmp_path / "run", on_failure="warn", images=256, keep_checkpoints=4)
    mine, theirs = tensors(tmp_path / "run"), tensors(tmp_path / "plain")
    assert all(torch.equal(mine[name], theirs[name]) for name in theirs)
    (step,) = of(train(tmp_path / "run", keep_checkpoints=4), "recovery")
    assert (step["back_to_images"], step["from_images"]) == (64, 320), "what was failing before is acted on at a look"


@pytest.mark.parametrize("recipe", ["mlp", "rpgan-r1r2"])
def test_a_healthy_run_is_the_same_bit_for_bit(recipe: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only({"full-collapse": lambda history: Finding("watch", 64, {})}, monkeypatch)
    data = "ring8" if recipe == "rpgan-r1r2" else "digits"
    train(tmp_path / "on", recipe, data=data, images=320)
    train(tmp_path / "off", recipe, data=data, images=320, on_failure="warn")
    mine, theirs = tensors(tmp_path / "on"), tensors(tmp_path / "off")
    assert mine.keys() == theirs.keys()
    assert all(torch.equal(mine[name], theirs[name]) for name in mine)
    assert torch.equal(gw.load(tmp_path / "on").sample(8), gw.load(tmp_path / "off").sample(8))
    logs = [[e["scalars"] for e in of(read_events(tmp_path / n / "events.jsonl"), "log")] for n in ("on", "off")]
    assert logs[0] == logs[1]


def test_disk_use_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only({}, monkeypatch)
    train(tmp_path / "run", images=64 * 20)
    there = [c.num_images for c in RunFolder(tmp_path / "run").checkpoints()]
    assert there[0] == 0
    assert len(there) <= 7


OVERFLOW = {"loss": "wasserstein", "optimisers__discriminator": {"kind": "sgd", "learning_rate": 100.0},
            "optimisers__generator": {"kind": "sgd", "learning_rate": 100.0}}  # fmt: skip


def test_numbers_that_overflow_in_the_log_are_recovered_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find = DETECTORS["non-finite"].find
    only({"non-finite": find}, monkeypatch)
    events = train(tmp_path / "run", **OVERFLOW)
    assert of(events, "nonfinite")
    steps = of(events, "recovery")
    assert steps
    assert {s["kind"] for s in steps} == {"non-finite"}
    assert of(events, "finished")
    assert all(t.isfinite().all() for t in tensors(tmp_path / "run").values())
    with pytest.raises(TrainingFailed, match="no longer finite"):
        train(tmp_path / "stops", on_failure="stop", **OVERFLOW)
    with pytest.raises(TrainingFailed, match="became non-finite"):
        train(tmp_path / "warns", on_failure="warn", **OVERFLOW)


@pytest.mark.parametrize("where", ["weights", "average", "samples"])
def test_numbers_that_overflow_elsewhere_are_recovered_from(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At saving, and seen in samples only."""
    only({"non-finite": DETECTORS["non-finite"].find}, monkeypatch)

    class Spoil(Callback):
        def __init__(self, engine: Any) -> None:
            self.engine = engine

        def on_iteration(self, num_images: int) -> None:
            if num_images == 192:  # just before the marks of a tick
                nets = self.engine.ema.networks if where == "average" else self.engine.networks
                parameter = next(nets["generator"].parameters())
                # Finite, so that it passes the check of weights, and too large for what is made of it.
                parameter.data.fill_(3e38 if where == "samples" else float("nan"))

    from ganwright.runs.plan import plan
    from ganwright.runs.train import train_plan

    made = plan("digits", "mlp", images=320, seed=100, overrides={**OPTIONS, "log_images": 320}, out=tmp_path / "run")
    run = train_plan(made, attach=lambda engine: [Spoil(engine)])
    (step,) = of(run.events(), "recovery")
    assert (step["from_images"], step["kind"]) == (192, "non-finite")
    assert step["back_to_images"] <= 128
    assert of(run.events(), "finished")
    assert all(t.isfinite().all() for t in tensors(tmp_path / "run").values())


def test_the_end_sums_up_what_failed_what_was_done_and_what_it_gained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only({"full-collapse": fails_at(320, onset=256)}, monkeypatch)
    events = train(tmp_path / "run")
    (told,) = of(events, "recovered")
    assert told["lines"] == recovery.summary(events)
    (line,) = told["lines"]
    assert line.startswith(
        "Full mode collapse: at 320 images the run went back to 192 and took the remedy relativistic-"
    )
    assert "It did not fail again; from the failure to the last look after it: coverage_averaged " in line
    (step,) = told["steps"]
    looks = of(events, "signals")
    before = next(e for e in looks if e["num_images"] == 320)["values"]["distance"]
    assert step["compared"]["distance"] == [before, looks[-1]["values"]["distance"]]
    train(tmp_path / "run", images=704)
    assert len(of(read_events(tmp_path / "run" / "events.jsonl"), "recovered")) == 1, "told again at the new end"


def test_a_failure_that_came_again_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only({"full-collapse": fails_at(64, onset=64, times=2)}, monkeypatch)
    first, second = recovery.summary(train(tmp_path / "run"))
    assert "It failed again at " in first
    assert "It did not fail again" in second


def test_who_is_not_watched_cannot_recover(tmp_path: Path) -> None:
    with pytest.raises(gw.UserError, match="on_failure recover: failures are seen by the signals") as caught:
        train(tmp_path / "run", signals=False)
    assert "\n" not in str(caught.value)
    with pytest.raises(gw.UserError, match="on_failure stop: only games are watched"):
        gw.train("classifier-cnn", "digits", out=tmp_path / "c", images=64, options={"on_failure": "stop"})
    assert not (tmp_path / "run").exists()
