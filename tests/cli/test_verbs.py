"""The verbs from end to end on the smallest run there is."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from ganwright.cli.training import crowded

OPTIONS = {
    "recipe": "mlp",
    "images": "640",
    "tick-images": "320",
    "log-images": "320",
    "batch-size": "32",
    "panel-size": "4",
    "device": "cpu",
    "generator.hidden": "16",
    "discriminator.hidden": "16",
}


def tiny(out: Path, **options: str) -> list[str]:
    """The smallest run there is; `options` replace its own."""
    options = {**OPTIONS, "out": str(out), **options}
    return ["train", "digits", *(word for name, value in options.items() for word in (f"--{name}", value))]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny trained run."""
    from ganwright.cli import main

    folder = tmp_path_factory.mktemp("cli") / "run"
    assert main([*tiny(folder), "--quiet"]) == 0
    return folder


def test_train_says_what_it_does_and_where_things_are(call, tmp_path: Path) -> None:
    ended = call(*tiny(tmp_path / "run"))
    assert ended.code == 0
    assert ended.err.startswith("mlp on digits (1,500 items, 1x8x8, 10 classes), cpu, seed 0, into ")
    assert "640 of 640 images (100%)" in ended.err
    assert "trained  640 images in " in ended.out
    assert f"report   {tmp_path / 'run' / 'report.html'}" in ended.out
    assert not {"\x1b", "\r"} & set(ended.out + ended.err)


def test_train_and_show_tell_how_healthy_the_run_is(call, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    assert "health   Too early to say: " in call(*tiny(folder)).out
    told = json.loads(call(*tiny(folder), "--json").out)
    nothing = {"diagnoses": [], "recoveries": [], "gained": [], "fork": None}
    assert told["health"] == {"verdict": "young", **nothing}
    assert told["stopped_early"] is None
    assert "health      Too early to say: " in call("show", str(folder)).out
    assert json.loads(call("show", str(folder), "--json").out)["health"] == told["health"]
    unwatched = tiny(tmp_path / "unwatched", signals="false")
    assert "health" not in call(*unwatched).out
    assert json.loads(call(*unwatched, "--json").out)["health"] is None


def test_quiet_leaves_only_the_result(call, tmp_path: Path) -> None:
    ended = call(*tiny(tmp_path / "run"), "--quiet")
    assert ended.err == ""
    assert "trained" in ended.out


@pytest.mark.usefixtures("quick_estimate")
def test_overrides_reach_the_config(call, tmp_path: Path) -> None:
    words = "--loss=hinge --data.flip --data.size=16 --no-precision.channels-last --optimisers.generator.betas 0,0.9"
    ended = call(*tiny(tmp_path / "run", seed="7"), *words.split(), "--dry-run", "--json")
    config = json.loads(ended.out)["config"]
    assert config["loss.kind"] == "hinge"
    assert config["data.flip"] is True
    assert config["data.size"] == 16
    assert config["precision.channels_last"] is False
    assert config["optimisers.generator.betas"] == [0, 0.9]
    assert (config["seed"], config["images"], config["batch_size"]) == (7, 640, 32)


def test_a_dry_run_shows_config_and_costs_and_begins_nothing(call, tmp_path: Path) -> None:
    ended = call(*tiny(tmp_path / "run"), "--dry-run")
    assert ended.code == 0
    assert not (tmp_path / "run").exists()
    lines = ended.out.splitlines()
    assert 'loss.kind = "non-saturating"' in lines
    assert "generator.hidden = [16]" in lines
    for word in ("run", "parameters", "memory", "time"):
        assert any(line.startswith(f"{word}  ") for line in lines)
    plain = json.loads(call(*tiny(tmp_path / "run"), "--dry-run", "--json").out)
    assert plain["parameters"]["generator"] > 0
    assert min(plain["memory_bytes"], plain["seconds"], plain["images_per_second"]) > 0
    assert plain["peak_bytes"] > plain["memory_bytes"]


@pytest.mark.skipif(not hasattr(os, "getloadavg"), reason="tells no load")
def test_a_busy_machine_is_told_where_threads_would_wait_for_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getloadavg", lambda: (7.25, 1.0, 1.0))
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    assert crowded("cpu") == [], "one thread waits for nobody"
    monkeypatch.setattr(torch, "get_num_threads", lambda: 4)
    (line,) = crowded("cpu")
    assert line.startswith("busy machine (7.2 programs at work, 4 cores): OMP_NUM_THREADS=1")
    assert crowded("cuda") == []
    monkeypatch.setattr(os, "getloadavg", lambda: (1.0, 7.0, 7.0))
    assert crowded("cpu") == []


@pytest.mark.usefixtures("quick_estimate")
def test_settings_that_are_far_off_are_named_before_it_begins(call, tmp_path: Path) -> None:
    command = (*tiny(tmp_path / "run"), "--dry-run", "--json")
    assert json.loads(call(*command).out)["notes"] == []
    rate = "--optimisers.discriminator.learning_rate"
    told = json.loads(call(*command, rate, "2e-6").out)["notes"]
    assert told == ["unusual: the discriminator learns at 2e-06, usual is 0.0002"]


def test_the_same_command_goes_on(call, tmp_path: Path) -> None:
    command = tiny(tmp_path / "run")
    assert call(*command).code == 0
    again = call(*command, "--json")
    assert "already finished: 640 images" in again.err
    assert json.loads(again.out)["num_images"] == 640
    longer = call(*tiny(tmp_path / "run", images="960"), "--json")
    assert "resuming from 640 images" in longer.err
    result = json.loads(longer.out)
    assert (result["num_images"], result["resumed_from"]) == (960, 640)


def test_another_config_is_refused_and_forked(call, run: Path, tmp_path: Path) -> None:
    other = [*tiny(run, loss="hinge"), "--quiet"]
    refused = call(*other)
    assert refused.code == 2
    assert "loss.kind: non-saturating -> hinge" in refused.error
    assert "--fork" in refused.error
    forked = call(*other, "--fork", str(tmp_path / "new"), "--json")
    assert json.loads(forked.out)["run"] == str(tmp_path / "new")
    events = [json.loads(line) for line in (tmp_path / "new" / "events.jsonl").read_text().splitlines()]
    assert events[0]["forked_from"] == str(run)


@pytest.mark.usefixtures("quick_estimate")
def test_a_config_file_repeats_a_run(call, run: Path, tmp_path: Path) -> None:
    ended = call("train", "--config", str(run / "run.toml"), "--out", str(tmp_path / "again"), "--dry-run", "--json")
    first = call(*tiny(tmp_path / "first"), "--dry-run", "--json")
    assert json.loads(ended.out)["config"] == json.loads(first.out)["config"]


def test_sample(call, run: Path, tmp_path: Path) -> None:
    grid = call("sample", str(run), "-n", "9", "--out", str(tmp_path / "grid.png"))
    assert grid.out == f"{tmp_path / 'grid.png'}\n"
    each = json.loads(call("sample", str(run), "-n", "3", "--each", "--out", str(tmp_path / "each"), "--json").out)
    assert len(each["files"]) == 3
    assert all(Path(file).read_bytes().startswith(b"\x89PNG") for file in (*each["files"], tmp_path / "grid.png"))
    refused = call("sample", str(run), "--class", "3", "--out", str(tmp_path / "x.png"))
    assert (refused.code, "unconditional" in refused.error) == (2, True)


def test_evaluate(call, run: Path) -> None:
    text = call("evaluate", str(run), "--num-samples", "64", "--features", "none")
    assert text.code == 0
    assert "pixel mean" in text.out
    assert "protocol:" in text.out
    plain = json.loads(call("evaluate", str(run), "-n", "64", "--features", "none", "--json").out)
    assert plain["run"] == str(run)
    assert {figure["name"] for figure in plain["figures"]} >= {"pixel_mean", "cosine_similarity"}


def test_show_and_report(call, run: Path) -> None:
    shown = call("show", str(run))
    assert "mlp on digits" in shown.out
    assert "discriminator/loss" in shown.out
    assert "\x1b" not in shown.out
    assert json.loads(call("show", str(run), "--json").out)["num_images"] == 640
    (run / "report.html").unlink()
    assert json.loads(call("report", str(run), "--json").out) == {"report": str(run / "report.html")}
    assert (run / "report.html").is_file()


def test_report_opens_a_browser(call, run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda address: bool(opened.append(address)) or True)
    assert call("report", str(run), "--open").code == 0
    assert opened == [(run / "report.html").resolve().as_uri()]


def test_demo(call, tmp_path: Path) -> None:
    ended = call("demo", "--images", "128", "--out", str(tmp_path / "demo"), "--seed", "1")
    assert ended.code == 0
    assert "trained  128 images" in ended.out
    assert f"ganwright show {tmp_path / 'demo'}" in ended.out
    assert "pixel mean" in ended.out
    plain = json.loads(call("demo", "--images", "128", "--out", str(tmp_path / "demo"), "--seed", "1", "--json").out)
    assert plain["seed"] == 1
    assert plain["evaluation"]["figures"]


def test_interrupted_training_has_saved_and_says_how_to_go_on(tmp_path: Path) -> None:
    """SIGTERM is tried in tests/runs/test_resume.py."""
    command = [sys.executable, "-m", "ganwright", *tiny(tmp_path / "run", images="100000000")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    events = tmp_path / "run" / "events.jsonl"
    while not (events.exists() and events.stat().st_size > 2000) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert out == ""
    last = err.splitlines()[-1]
    assert last.startswith("ganwright: interrupted by ")
    assert "the same command again goes on" in last
    assert "Traceback" not in err


def test_a_reader_that_leaves_early_is_no_error() -> None:
    command = f"'{sys.executable}' -m ganwright list options --recipe dcgan | head -n 1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""
    assert done.returncode in (0, 141)


@pytest.mark.parametrize(
    ("redirection", "code", "said"),
    [(">&-", 0, ""), ("2>&-", 0, ""), (">/dev/full", 2, "ganwright: No space left on device\n")],
)
def test_streams_that_take_nothing(redirection: str, code: int, said: str) -> None:
    if "full" in redirection and not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")
    command = f"'{sys.executable}' -m ganwright --help {redirection}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (code, said)


def test_a_stream_without_unicode(spawn) -> None:
    ended = spawn("--help", PYTHONIOENCODING="ascii")
    assert ended.code == 0
    assert ended.out.isascii()


@pytest.mark.parametrize(
    "table",
    ["recipes", "data", "networks", "losses", "penalties", "augmentations", "metrics", "optimisers", "schedules"],
)
def test_list_describes_every_row(table: str, call) -> None:
    plain = json.loads(call("list", table, "--json").out)
    assert plain["rows"]
    assert all(row["name"] and row["description"] for row in plain["rows"])
    lines = call("list", table).out.splitlines()
    assert len(lines) == len(plain["rows"]) + 1
    assert [line.split()[0] for line in lines[1:]] == [row["name"] for row in plain["rows"]]


def test_list_names_the_tables(call) -> None:
    tables = json.loads(call("list", "--json").out)["tables"]
    assert [line.split()[-1] for line in call("list").out.splitlines()] == tables


def test_list_options_explains_every_option(call) -> None:
    plain = json.loads(call("list", "options", "--recipe", "dcgan", "--loss", "hinge", "--data", "ring8", "--json").out)
    options = {option["name"]: option for option in plain["options"]}
    assert all(option["meaning"] and option["type"] for option in options.values())
    assert options["data.kind"]["default"] == "ring8"
    assert options["loss.kind"]["default"] == "hinge"
    assert "wasserstein" in options["loss.kind"]["type"]
    assert options["generator.width"]["range"].startswith(">= 1")
    assert not [
        option for option in options.values() if "object at" in option["type"] or "ganwright." in option["type"]
    ]
    lines = call("list", "options", "--recipe", "dcgan").out.splitlines()
    assert any(line.startswith("generator.width ") and "Channels" in line for line in lines)


def test_colour_is_only_for_terminals(spawn, run: Path) -> None:
    for words in (["show", str(run)], ["--help"]):
        ended = spawn(*words)
        assert ended.code == 0
        assert "\x1b" not in ended.out + ended.err


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a pseudo-terminal")
def test_no_color_is_respected_on_a_terminal(run: Path) -> None:
    def shown(**environment: str) -> bytes:
        mine, theirs = os.openpty()
        clean = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
        command = [sys.executable, "-m", "ganwright", "show", str(run)]
        subprocess.run(command, stdout=theirs, env=clean | {"TERM": "xterm-256color"} | environment, check=True)
        os.close(theirs)
        taken = os.read(mine, 1 << 16)
        os.close(mine)
        return taken

    assert b"\x1b[32m" in shown()
    assert b"\x1b[32m" not in shown(NO_COLOR="1")
