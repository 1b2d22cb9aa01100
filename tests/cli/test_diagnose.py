"""`ganwright diagnose`: exit codes, JSON and text."""

import json
from pathlib import Path


def log(folder: Path, name: str = "log.csv") -> str:
    rows = [f"{i},{-(i**2)},{i}" for i in range(80)]
    path = folder / name
    path.write_text("n,critic out,actor\n" + "\n".join(rows), encoding="utf-8")
    return str(path)


def test_a_failing_log_is_diagnosed_with_exit_code_0(tmp_path: Path, call) -> None:
    columns = "d_loss=critic out,g_loss=actor,step=n"
    ended = call("diagnose", log(tmp_path), "--columns", columns, "--images-per-step", "64", "--json")
    assert (ended.code, ended.err) == (0, "")
    told = json.loads(ended.out)
    assert (told["verdict"], told["primary"], told["unit"]) == ("failing", "unbounded-critic", "images")
    assert {"title", "cause", "advice", "evidence", "onset_images"} <= told["diagnoses"][0].keys()
    ended = call("diagnose", log(tmp_path), "--columns", columns)
    assert ended.code == 0
    assert ended.out.startswith("Failing: The critic is unbounded, since ")


def test_mistakes_are_one_line_with_exit_code_2(tmp_path: Path, call) -> None:
    path = log(tmp_path)
    for arguments, said in (
        ((), "name a run folder"),
        ((path,), "columns with numbers: 'n', 'critic out', 'actor'"),
        ((path, "--columns", "critic"), "write it as d_loss=NAME"),
        ((path, "--columns", "d_los=actor"), "did you mean 'd_loss'"),
        ((path, "--grid", "8"), "write rows and columns as 8x8"),
        ((path, "--grid", "99999x99999"), "between 1 and 10,000"),
        ((str(tmp_path),), "neither a run folder"),
    ):
        ended = call("diagnose", *arguments)
        assert ended.code == 2
        assert said in ended.error
