"""`ganwright bench modes` on the command line: output, flags, mistakes."""

import json
from pathlib import Path

import pytest

from ganwright.recipes import recipe
from ganwright.recipes.catalog import RECIPES

TINY = ["bench", "modes", "--seeds", "2", "--first-seed", "100", "--images", "128"]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    config = recipe("rpgan-r1r2").override({"generator.hidden": [8], "discriminator.hidden": [8]})
    monkeypatch.setitem(RECIPES, "rpgan-r1r2", lambda: config)


def test_it_prints_a_table_and_says_where_things_are(call, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ended = call(*TINY, "--recipes", "gan, pacgan", "--out", str(out))
    assert ended.code == 0, ended.err
    lines = ended.out.splitlines()
    assert lines[0].startswith("ring8")
    assert [line.split()[0] for line in lines[1:4]] == ["gan", "pacgan", "perfect"]
    assert f"picture  {out / 'modes.png'}" in lines
    assert (out / "bench.json").exists()
    assert "gan: 2 seeds at once, 128 images each" in ended.err
    again = call(*TINY, "--recipes", "gan,pacgan", "--out", str(out), "--markdown", "--quiet")
    assert again.out.startswith("| ring8 | modes |")
    assert again.err == ""


def test_json_is_one_object(call, tmp_path: Path) -> None:
    ended = call(*TINY, "--recipes", "gan", "--out", str(tmp_path / "out"), "--json", "--quiet")
    assert ended.code == 0
    plain = json.loads(ended.out)
    assert plain == json.loads((tmp_path / "out" / "bench.json").read_text())
    assert ended.err == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--recipes", "pacgna"], "unknown recipe 'pacgna'; did you mean 'pacgan'"),
        (["--recipes", ","], "there is no recipe to measure"),
        (["--data", "grid2"], "--data is 'grid2'; did you mean 'grid25'?"),
        (["--seeds", "0"], "give --seeds of 1 or more"),
        (["--seeds", "1.5"], "--seeds is '1.5': not a whole number"),
        (["--images", "-5"], "images"),
        (["--recpies", "gan"], "unknown flag '--recpies'"),
        (["--recipes", "classifier-cnn"], "makes no samples"),
    ],
)
def test_mistakes_are_one_line(arguments: list[str], message: str, call, tmp_path: Path) -> None:
    ended = call("bench", "modes", *arguments, "--out", str(tmp_path / "out"))
    assert ended.code == 2
    assert message in ended.error
    assert not (tmp_path / "out").exists()


def test_a_folder_with_another_bench_is_refused(call, tmp_path: Path) -> None:
    out = ["--out", str(tmp_path / "out"), "--recipes", "gan", "--quiet"]
    assert call(*TINY, *out).code == 0
    ended = call(*TINY, *out, "--data", "grid25")
    assert ended.code == 2
    assert "seed-100 holds a run of another config" in ended.error
    assert "data.kind: ring8 -> grid25" in ended.error
    assert ended.error.endswith("or delete it to train that recipe anew")


def test_a_signal_ends_it_with_its_code(call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ganwright.training import Interrupted
    from ganwright.training.engine import Engine

    def stop(engine: Engine) -> None:
        raise Interrupted(15, 64)

    monkeypatch.setattr(Engine, "run", stop)
    ended = call(*TINY, "--recipes", "gan", "--out", str(tmp_path / "out"), "--quiet")
    assert ended.code == 143
    assert "the same command again goes on" in ended.error


def test_bench_alone_lists_what_there_is(call) -> None:
    ended = call("bench")
    assert ended.code == 0
    assert "modes" in ended.out
