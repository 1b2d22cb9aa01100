"""A run that is killed in the middle of a recovery and started again goes on exactly: bit for bit, event for event."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import ganwright as gw
from ganwright.core.events import Event, read_events
from ganwright.health.detectors import DETECTORS
from ganwright.health.detectors.base import Detector
from ganwright.health.diagnosis import Finding
from ganwright.health.history import History
from ganwright.runs.plan import plan
from ganwright.runs.train import train_plan
from ganwright.training import Callback, Engine, Interrupted

from .test_resume import same

OPTIONS: dict[str, Any] = {
    "generator.hidden": (16,),
    "discriminator.hidden": (16,),
    "discriminator.dropout": 0.1,
    "device": "cpu",
    "batch_size": 8,
    "log_images": 32,
    "signals_images": 64,
    "tick_images": 128,
    "panel_size": 4,
    "on_failure": "recover",
    "ema.half_life_images": 100,
}
IMAGES = 896
FIRST, SECOND = 384, 704
"""Where the run fails: at a tick, and then between two."""


def collapse(history: History) -> Finding | None:
    """Twice in a run: at FIRST, and after one recovery at SECOND."""
    when, onset = (FIRST, 320) if not history.begun else (SECOND, 576)
    return Finding("failing", onset, {}) if history.num_images >= when > history.begun else None


class Killed(BaseException):
    """Stands for kill -9: nothing that comes after is written."""


class Kill(Callback):
    """Ends the run in its `count`-th event of one type, or in its iteration that ends at so many images."""

    def __init__(self, event: str | int, count: int = 1) -> None:
        self.event, self.left = event, count

    def on_iteration(self, num_images: int) -> None:
        if num_images == self.event:
            raise Killed

    def on_event(self, event: Event) -> None:
        if event["type"] == self.event:
            self.left -= 1
            if not self.left:
                raise Killed


def only_collapse(patch: pytest.MonkeyPatch) -> None:
    """Let `collapse` be all detectors there are."""
    for kind in list(DETECTORS):
        patch.delitem(DETECTORS, kind)
    patch.setitem(DETECTORS, "full-collapse", Detector("made up", (), collapse))


@pytest.fixture(autouse=True)
def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    only_collapse(monkeypatch)


def train(folder: Path, kill: Callback | None = None, images: int = IMAGES) -> None:
    made = plan("digits", "mlp", images=images, seed=103, overrides=OPTIONS, out=folder)
    train_plan(made, attach=lambda engine: [kill] if kill else [])


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole") / "run"
    with pytest.MonkeyPatch.context() as patch:
        only_collapse(patch)
        train(folder)
    steps = [e for e in read_events(folder / "events.jsonl") if e["type"] == "recovery"]
    assert [(s["from_images"], s["back_to_images"]) for s in steps] == [(FIRST, 256), (SECOND, 512)]
    return folder


WHEN = {
    "it is found": ("diagnosis", 1),
    "it went back": ("recovery", 1),
    "it is gone": ("diagnosis", 2),
    "that state is about to be saved": ("checkpoint", 4),
    "it was saved": (FIRST + 8, 1),
    "between two ticks": (FIRST + 72, 1),
    "it failed again": ("diagnosis", 3),
    "it went back again": ("recovery", 2),
    "the second remedy is at work": (SECOND + 8, 1),
    "all is over": ("recovered", 1),
}


@pytest.mark.parametrize("when", WHEN)
def test_a_run_cut_short_when(when: str, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    with pytest.raises(Killed):
        train(out, Kill(*WHEN[when]))
    train(out)
    same(out, whole)


def train_off(folder: Path, kill: Callback | None = None) -> None:
    """A run that begins again from 0 with usual settings."""
    off = {**OPTIONS, "optimisers.generator.learning_rate": 2.0}
    made = plan("digits", "mlp", images=IMAGES, seed=104, overrides=off, out=folder)
    train_plan(made, attach=lambda engine: [kill] if kill else [])


OFF = [("settings", 1), ("recovery", 1), (232, 1), (264, 1), (392, 1), ("recovery", 2), (616, 1), (648, 1)]


@pytest.fixture(scope="module")
def whole_off(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole-off") / "run"
    with pytest.MonkeyPatch.context() as patch:
        only_twice(patch)
        train_off(folder)
    steps = [e for e in read_events(folder / "events.jsonl") if e["type"] == "recovery"]
    told = [(s["remedy"], s["from_images"], s["back_to_images"]) for s in steps]
    assert told == [("usual-settings", 192, 0), ("relativistic-r1-r2", 576, 384)]
    return folder


def only_twice(patch: pytest.MonkeyPatch) -> None:
    """Settings are put right at 192 images, and what goes on fails at 576."""

    def twice(history: History) -> Finding | None:
        when, onset = (576, 448) if history.begun else (192, 64)
        return Finding("failing", onset, {}) if history.num_images >= when > history.begun else None

    patch.setitem(DETECTORS, "full-collapse", Detector("made up", (), twice))


@pytest.mark.parametrize("kill", OFF, ids=str)
def test_a_run_cut_short_where_settings_are_put_right(
    kill: tuple[str | int, int], whole_off: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_twice(monkeypatch)
    with pytest.raises(Killed):
        train_off(tmp_path / "run", Kill(*kill))
    train_off(tmp_path / "run")
    same(tmp_path / "run", whole_off)


def test_a_signal_between_ticks_leaves_no_trace_in_what_is_kept(whole: Path, tmp_path: Path) -> None:
    class Terminate(Callback):
        def on_iteration(self, num_images: int) -> None:
            if num_images == 168:
                os.kill(os.getpid(), signal.SIGTERM)

    made = plan("digits", "mlp", images=IMAGES, seed=103, overrides=OPTIONS, out=tmp_path / "run")
    with pytest.raises(Interrupted):
        train_plan(made, attach=lambda engine: [Terminate()])
    train(tmp_path / "run")
    same(tmp_path / "run", whole)


def test_what_recoveries_changed_outlives_another_wish(whole: Path, tmp_path: Path) -> None:
    """Going on with on_failure warn, and without signals, does not take back what was changed."""
    out, seen = tmp_path / "run", []

    def look(engine: Engine) -> list[Callback]:
        class Look(Callback):
            def on_iteration(self, num_images: int) -> None:
                seen.append(engine.config)

        return [Look()]

    train(out, images=FIRST + 320)
    options = {**OPTIONS, "on_failure": "warn", "signals": False}
    train_plan(plan("digits", "mlp", images=FIRST + 400, seed=103, overrides=options, out=out), attach=look)
    assert seen[0].algorithm.loss.tag == "relativistic-pairing"
    options = {**OPTIONS, "on_failure": "warn"}
    train_plan(plan("digits", "mlp", images=FIRST + 480, seed=103, overrides=options, out=out), attach=look)
    assert seen[-1].algorithm.loss.tag == "relativistic-pairing"
    assert gw.load(out).config.plain()["algorithm"]["loss"]["kind"] == "non-saturating"
    assert gw.load(out).in_force.plain()["algorithm"]["loss"]["kind"] == "relativistic-pairing"


SCRIPT = """
import os, signal, sys
import torch
import {module} as here
torch.set_num_threads(1)

class Die(here.Callback):
    def on_event(self, event):
        if event["type"] == "recovery":
            os.kill(os.getpid(), signal.SIGKILL)

with here.pytest.MonkeyPatch.context() as patch:
    here.only_collapse(patch)
    here.train(here.Path(sys.argv[1]), Die())
"""


def test_kill_9_in_a_recovery(whole: Path, tmp_path: Path) -> None:
    """The process dies each time it goes back; what it did before is done again, until this one ends it."""
    out = tmp_path / "run"
    script = SCRIPT.format(module=f"tests.runs.{Path(__file__).stem}")
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", script, str(out)], env=environment, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert "recovery" in [e["type"] for e in read_events(out / "events.jsonl")]
    train(out)
    same(out, whole)
