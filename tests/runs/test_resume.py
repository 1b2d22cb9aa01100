"""Exact resume, as a user meets it: the same command again after kill -9, SIGINT or SIGTERM, bit for bit."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

import ganwright as gw
from ganwright.core.events import read_events
from ganwright.runs.folder import RunFolder

OPTIONS = ["--generator.hidden", "[32, 32]", "--discriminator.hidden", "[32, 16]", "--discriminator.dropout", "0.1"]
OPTIONS += ["--log-images", "640", "--tick-images", "1600", "--panel-size", "16", "--discriminator-steps", "2"]
COMMAND = [sys.executable, "-m", "ganwright", "train", "digits", "--recipe", "mlp", "--seed", "3", "--quiet", *OPTIONS]
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1"}
WALL_CLOCK = {"time", "images_per_second", "seconds", "training_seconds", "command", "run"}


def start(out: Path, images: int, *more: str) -> subprocess.Popen[str]:
    command = [*COMMAND, "--images", str(images), "--out", str(out), *more]
    return subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(out: Path, images: int, *more: str) -> str:
    process = start(out, images, *more)
    stdout, stderr = process.communicate(timeout=120)
    assert process.returncode == 0, stderr
    return stdout + stderr


def wait_for_checkpoint(out: Path, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while not RunFolder(out).checkpoints():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def comparable(folder: Path) -> list[dict[str, Any]]:
    events = [e for e in read_events(folder / "events.jsonl") if e["type"] not in ("resumed", "finished")]
    return [{k: v for k, v in e.items() if k not in WALL_CLOCK} for e in events]


def same(one: Path, other: Path) -> None:
    """Equal tensors (weights, averages, optimiser states), state, events and pictures."""
    mine, theirs = RunFolder(one).checkpoints()[-1], RunFolder(other).checkpoints()[-1]
    tensors, state = mine.load()
    expected, expected_state = theirs.load()
    assert tensors.keys() == expected.keys()
    assert all(torch.equal(tensors[k], expected[k]) for k in tensors)
    assert any("optimiser/" in k for k in tensors)
    assert any("average/" in k for k in tensors)
    for key in ("iteration", "position", "again", "pending", "sha256"):
        assert state[key] == expected_state[key]
    assert comparable(one) == comparable(other)
    pictures = sorted(p.name for p in (other / "samples").glob("*.png"))
    assert sorted(p.name for p in (one / "samples").glob("*.png")) == pictures
    for name in pictures:
        assert (one / "samples" / name).read_bytes() == (other / "samples" / name).read_bytes()
    assert torch.equal(gw.load(one).sample(10), gw.load(other).sample(10))


def test_kill_9_at_random_points_and_the_same_command_again_equal_one_run(tmp_path: Path) -> None:
    images = 9_600
    finish(tmp_path / "whole", images)
    chance = random.Random()
    for _ in range(2):
        process = start(tmp_path / "parts", images)
        wait_for_checkpoint(tmp_path / "parts", process)
        time.sleep(chance.uniform(0.0, 0.5))
        process.kill()
        process.communicate()
    finish(tmp_path / "parts", images)
    resumed = [e for e in read_events(tmp_path / "parts" / "events.jsonl", superseded=True) if e["type"] == "resumed"]
    assert resumed, "the run was killed too late to test anything"
    same(tmp_path / "parts", tmp_path / "whole")


@pytest.mark.parametrize(
    ("number", "code"), [pytest.param(signal.SIGINT, 130, marks=pytest.mark.slow), (signal.SIGTERM, 143)]
)
def test_a_signal_saves_and_says_how_to_go_on(tmp_path: Path, number: signal.Signals, code: int) -> None:
    out = tmp_path / "run"
    process = start(out, 10_000_000)
    wait_for_checkpoint(out, process)
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == code
    assert len(stderr.strip().splitlines()) == 1, stderr
    assert "the same command again goes on" in stderr
    assert "Traceback" not in stdout + stderr
    stopped = RunFolder(out).checkpoints()[-1].num_images
    assert read_events(out / "events.jsonl")[-1]["type"] == "interrupted"
    finish(out, stopped + 640)
    finish(tmp_path / "whole", stopped + 640)
    same(out, tmp_path / "whole")


@pytest.mark.slow
def test_a_longer_length_goes_on_and_equals_one_run(tmp_path: Path) -> None:
    finish(tmp_path / "parts", 6_400)
    result = json.loads(finish(tmp_path / "parts", 12_800, "--json"))
    assert result["resumed_from"] == 6_400
    finish(tmp_path / "whole", 12_800)
    same(tmp_path / "parts", tmp_path / "whole")
