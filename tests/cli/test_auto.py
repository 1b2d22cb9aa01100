"""What a practitioner reads who names no recipe."""

import json
from pathlib import Path

BRIEF = [
    "--images",
    "64",
    "--generator.width",
    "4",
    "--discriminator.width",
    "4",
    "--device",
    "cpu",
    "--signals",
    "false",
]


def test_three_lines_say_what_why_and_how_long(call, tmp_path: Path) -> None:
    ended = call("train", "digits", *BRIEF, "--out", str(tmp_path / "run"))
    assert ended.code == 0
    chose, because, takes, run = ended.err.splitlines()[:4]
    assert chose.startswith("chose    rpgan-dcgan (small): convolutions 32 wide, ")
    assert because.startswith("because  1,500 gray images of 8x8 on a CPU: ")
    assert "10 classes, each on request" in because
    assert takes.startswith("takes    about ")
    assert " for 64 images, at " in takes
    assert run.startswith("rpgan-dcgan on digits (1,500 items, 1x8x8, 10 classes), cpu, seed 0, into ")
    again = call("train", "digits", *BRIEF[2:], "--images", "128", "--out", str(tmp_path / "run")).err.splitlines()
    assert again[:2] == [chose, because]
    assert " for 64 more images, at " in again[2]
    done = call("train", "digits", "--out", str(tmp_path / "run"))
    assert "already finished: 128 images" in done.err
    assert "chose" not in done.err


def test_programs_read_the_same(call, tmp_path: Path) -> None:
    told = json.loads(call("train", "digits", *BRIEF, "--out", str(tmp_path / "run"), "--json").out)["auto"]
    assert told["recipe"] == "rpgan-dcgan"
    assert told["chose"].startswith("rpgan-dcgan (small): ")
    assert told["because"].startswith("1,500 gray images")
    assert told["seconds"] > 0
    assert told["images_per_second"] > 0
    named = ["--recipe", "mlp", "--images", "64", "--out", str(tmp_path / "mlp"), "--json", "--signals", "false"]
    assert json.loads(call("train", "digits", *named).out)["auto"] is None


def test_a_dry_run_shows_it_and_trains_nothing(call, tmp_path: Path) -> None:
    ended = call("train", "ring8", "--dry-run", "--out", str(tmp_path / "run"))
    lines = ended.out.splitlines()
    assert [line.split()[0] for line in lines[:3]] == ["chose", "because", "takes"]
    assert lines[3] == ""
    assert 'recipe = "rpgan-r1r2"' in lines
    assert not (tmp_path / "run").exists()
    told = json.loads(call("train", "ring8", "--dry-run", "--json").out)
    assert told["auto"]["because"].startswith("points of 2 numbers")
    assert told["config"]["recipe"] == "rpgan-r1r2"


def test_lists_know_it(call) -> None:
    rows = json.loads(call("list", "recipes", "--json").out)["rows"]
    assert rows[0]["name"] == "auto"
    assert rows[0]["description"].startswith("The default: looks at data and device")
    options = {
        o["name"]: o["default"]
        for o in json.loads(call("list", "options", "--recipe", "auto", "--json").out)["options"]
    }
    assert options["data.kind"] == "digits"
    assert options["generator.conditional"] is True
    points = json.loads(call("list", "options", "--recipe", "auto", "--data", "ring8", "--json").out)["options"]
    assert {o["name"]: o["default"] for o in points}["recipe"] == "rpgan-r1r2"
    assert call("list", "options", "--recipe", "auto", "--preset", "small").code == 2


def test_a_mistake_is_one_line(call, tmp_path: Path) -> None:
    wrong = call("train", "digits", "--generator.widht", "4", "--out", str(tmp_path / "run"))
    assert wrong.code == 2
    assert "unknown option 'generator.widht'; did you mean 'width'" in wrong.err
    assert call("train", "digits", "--widht", "4").code == 2
    tall = call("train", "digits", "--preset", "small")
    assert "preset 'small' goes with the name of a recipe; give --recipe as well" in tall.err
