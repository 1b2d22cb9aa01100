"""`ganwright bench health` on the command line: output and mistakes; tests/bench/health has what it measures."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ganwright.bench.health import cells


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    small = {"generator.hidden": [8, 8], "discriminator.hidden": [8, 8]}
    cell = cells.CELLS["digits-mlp"]
    changes = {**cell.changes, **small}
    one = replace(cell, images=640, num_samples=32, changes=changes, standard=cells.Standard())
    monkeypatch.setitem(cells.CELLS, "digits-mlp", one)


def test_it_prints_figures_or_json(call, tiny: None, tmp_path: Path) -> None:
    which = ["--cells", "digits-mlp", "--sabotages", "not-a-number"]
    flags = [*which, "--seeds", "1", "--healthy-seeds", "1", "--workers", "1", "--quiet"]
    ended = call("bench", "health", *flags, "--out", str(tmp_path))
    assert ended.code == 0, ended.err
    assert "false alarms" in ended.out
    assert str(tmp_path / "development" / "health.png") in ended.out
    told = call("bench", "health", *flags, "--json", "--out", str(tmp_path))
    plain = json.loads(told.out)
    assert plain["runs"] == {"healthy": 1, "failed": 1}
    assert plain == json.loads((tmp_path / "development" / "health.json").read_text())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--cells", "ring8-mpl"], "unknown cell of the development half 'ring8-mpl'; did you mean 'ring8-mlp'"),
        (["--half", "test", "--cells", "ring8-mlp"], "unknown cell of the test half"),
        (["--sabotages", "unbound"], "unknown sabotage 'unbound'; did you mean 'unbounded'"),
        (["--cells", ","], "there is no cell to train"),
        (["--half", "tets"], "did you mean 'test'"),
        (["--first-seed", "7"], "seed 7 belongs to the test half"),
        (["--seeds", "0"], "--seeds 0: at least 1"),
        (["--workers", "0"], "--workers 0: at least 1"),
    ],
)
def test_mistakes_are_one_line(arguments: list[str], message: str, call, tmp_path: Path) -> None:
    ended = call("bench", "health", *arguments, "--out", str(tmp_path / "out"))
    assert ended.code == 2
    assert message in ended.error
    assert not (tmp_path / "out").exists()
