"""What a user may get wrong: one line that names it and the mend, exit code 2, and nothing lost."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import ganwright as gw
from ganwright.cli import main
from ganwright.core.errors import UserError
from ganwright.runs.folder import RunFolder
from ganwright.training.config import TrainingConfig

TINY = ["--generator.hidden", "[16]", "--discriminator.hidden", "[16]", "--panel-size", "4"]
QUICK = ["--images", "128", "--log-images", "64", "--tick-images", "64"]


def train(*arguments: str) -> int:
    return main(["train", *arguments, "--quiet"])


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    out = tmp_path / "run"
    assert train("digits", "--recipe", "mlp", *TINY, *QUICK, "--out", str(out)) == 0
    return out


def complaint(capsys: pytest.CaptureFixture[str]) -> str:
    captured = capsys.readouterr()
    lines = captured.err.strip().splitlines()
    assert len(lines) == 1, captured.err
    assert lines[0].startswith("ganwright: ")
    assert "Traceback" not in captured.err + captured.out
    return lines[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["digit"], ["unknown data", "digits"]),
        (["digits", "--recipe", "dcgn"], ["unknown recipe 'dcgn'", "did you mean 'dcgan'"]),
        (["digits", "--imges", "5"], ["--imges", "--images"]),
        (["digits", "--generator.widht", "5"], ["generator.widht", "width"]),
        (["digits", "--loss.kind", "hinj"], ["hinj", "hinge"]),
        (["digits", "--images", "soon"], ["soon"]),
        (["digits", "--batch-size", "0"], ["batch_size", "greater than or equal to 1"]),
        (["digits", "--batch-size", "5000"], ["batch of 5000", "1500 items"]),
        (["digits", "--data.size", "9"], ["9x9", "--data.size 8"]),
        (["digits", "--recipe", "dcgan-28", "--data.size", "100"], ["100x100", "--data.size"]),
        (["ring8", "--recipe", "dcgan"], ["dcgan works on images", "--generator.kind mlp"]),
        (["digits", "--images", "10", "--epochs", "1"], ["--images or --epochs"]),
        (["digits", "--config", "nowhere.toml"], ["nowhere.toml", "No such file"]),
        (["ring8", "--recipe", "mlp", "--data.balanced"], ["balanced", "labels"]),
        (
            ["digits", "--recipe", "dcgan", "--data.size", "16", "--penalties", '["r1"]'],
            ["r1", "--discriminator.norm none"],
        ),
        (["digits", "--seed", "-1"], ["seed", "greater than or equal to 0"]),
        (["digits", "--epochs", "0"], ["--epochs 0", "above 0"]),
        (["digits", "--epochs", "nan"], ["--epochs nan", "above 0"]),
        (["digits", "--optimisers.generator.learning_rate", "-1"], ["learning_rate", "greater than or equal to 0"]),
        (["digits", "--optimisers.generator.learning_rate", "nan"], ["learning_rate", "finite"]),
        (["digits", "--optimisers.generator.betas", "2,3"], ["betas", "less than 1"]),
        (["digits", "--recipe", "mlp", "--generator.conditional"], ["conditional", "--discriminator.conditional"]),
        (["digits", "--recipe", "mlp", "--penalties", "r1,r1"], ["r1, r1", "once"]),
    ],
)
def test_mistakes_on_the_command_line(
    arguments: list[str], words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert train(*arguments, "--out", str(out)) == 2
    line = complaint(capsys)
    assert all(word in line for word in words), line
    assert not (out / "run.toml").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("images = 'many'", ["file.toml", "'images' is 'many'"]),
        ("[optimisers.generator]\nlearning_rate = 'fast'", ["file.toml", "optimisers.generator.learning_rate"]),
        ("images = ", ["file.toml", "not valid TOML"]),
        ("imges = 3", ["imges", "images"]),
        ("recipe = ['x']", ["file.toml", "'recipe' is ['x']"]),
    ],
)
def test_mistakes_in_a_config_file(
    text: str, words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file.toml"
    file.write_text(text)
    assert train("digits", "--config", str(file), "--out", str(tmp_path / "run")) == 2
    line = complaint(capsys)
    assert all(word in line for word in words), line


def test_a_folder_of_another_config_is_refused_with_the_difference(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (finished / "run.toml").read_text()
    assert train("digits", "--recipe", "mlp", *TINY, *QUICK, "--out", str(finished), "--loss", "hinge") == 2
    line = complaint(capsys)
    assert "loss.kind: non-saturating -> hinge" in line
    assert "--fork NEW" in line
    assert (finished / "run.toml").read_text() == before


def test_a_fork_starts_from_the_weights_and_leaves_the_old_run_alone(finished: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    kept = sorted((p, p.stat().st_mtime_ns) for p in finished.rglob("*") if p.is_file())
    options = [*TINY, "--log-images", "64", "--tick-images", "64", "--images", "1", "--batch-size", "1"]
    options += ["--optimisers.generator.learning_rate", "1e-12", "--optimisers.discriminator.learning_rate", "1e-12"]
    assert train("digits", "--recipe", "mlp", *options, "--out", str(finished), "--fork", str(new)) == 0
    mine, _ = RunFolder(new).checkpoints()[-1].load()
    theirs, _ = RunFolder(finished).checkpoints()[-1].load()
    name = "network/generator/layers.0.weight"
    assert np.allclose(mine[name], theirs[name], atol=1e-6)
    assert sorted((p, p.stat().st_mtime_ns) for p in finished.rglob("*") if p.is_file()) == kept


def test_a_fork_into_another_network_says_what_does_not_fit(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = tmp_path / "new"
    options = ["--generator.hidden", "[8]", "--discriminator.hidden", "[16]", *QUICK]
    assert train("digits", "--recipe", "mlp", *options, "--out", str(finished), "--fork", str(new)) == 2
    assert "does not fit" in complaint(capsys)
    assert not (new / "run.toml").exists()


def test_a_flipped_byte_in_a_checkpoint(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    newest = RunFolder(finished).checkpoints()[-1].path.with_suffix(".safetensors")
    content = bytearray(newest.read_bytes())
    content[len(content) // 2] ^= 4
    newest.write_bytes(content)
    more = ["--images", "256", "--log-images", "64", "--tick-images", "64"]
    assert train("digits", "--recipe", "mlp", *TINY, *more, "--out", str(finished)) == 2
    line = complaint(capsys)
    assert str(newest) in line
    assert "previous one, 000000000064" in line
    for half in (newest, newest.with_suffix(".json")):
        half.unlink()
    assert train("digits", "--recipe", "mlp", *TINY, *more, "--out", str(finished)) == 0


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.tex").write_text("do not touch")
    assert train("digits", "--recipe", "mlp", *TINY, *QUICK, "--out", str(tmp_path)) == 2
    assert "not a run folder" in complaint(capsys)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]


def test_two_processes_do_not_train_in_one_folder(finished: Path) -> None:
    refused = pytest.raises(UserError, match=f"being trained by process {os.getpid()}")
    with RunFolder(finished).lock(), refused, RunFolder(finished).lock():
        pass
    with RunFolder(finished).lock():
        pass
    assert not (finished / "lock").exists()


def test_data_that_changed_since_the_start_is_noticed(tmp_path: Path) -> None:
    def pictures(shade: int) -> None:
        for k in range(8):
            Image.new("L", (8, 8), shade + k).save(tmp_path / "pictures" / f"{k}.png")

    (tmp_path / "pictures").mkdir()
    options = {"generator.hidden": [16], "discriminator.hidden": [16], "batch_size": 4, "panel_size": 4}
    pictures(10)
    source = f"folder:{tmp_path / 'pictures'}"
    gw.train("mlp", source, out=tmp_path / "run", images=8, options=options)
    pictures(90)
    with pytest.raises(UserError, match="has changed since the run was started"):
        gw.train("mlp", source, out=tmp_path / "run", images=16, options=options)


@pytest.mark.skipif(sys.platform != "linux", reason="uses a small tmpfs through unshare")
def test_a_full_disk_says_so_and_loses_nothing(tmp_path: Path) -> None:
    """On a real file system of 250 kB, in a private mount namespace."""
    run, picture = tmp_path / "disk" / "run", tmp_path / "sample.png"
    run.parent.mkdir()
    command = (
        f"mount -t tmpfs -o size=250k none {run.parent} && "
        f"{sys.executable} -m ganwright train digits --recipe mlp --images 64000 --tick-images 640 --quiet "
        f"--generator.hidden [32] --discriminator.hidden [32] --panel-size 4 --keep-checkpoints 50 --out {run}; "
        f"echo code $?; ls {run}/checkpoints; {sys.executable} -m ganwright sample {run} --out {picture}; echo code $?"
    )
    shell = ["unshare", "-m", "sh", "-c", command]
    result = subprocess.run(
        shell, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"}, check=False
    )
    if "unshare" in result.stderr or "mount:" in result.stderr:
        pytest.skip("no right to mount a file system here")
    assert result.stdout.count("code 2") == 1, result.stdout + result.stderr
    assert result.stdout.rstrip().endswith("code 0"), "the last good checkpoint must still work"
    assert "No space left" in result.stderr
    assert "Traceback" not in result.stderr


def test_lengths_that_were_reached_change_nothing(finished: Path) -> None:
    before = (finished / "events.jsonl").read_text()
    assert train("digits", "--recipe", "mlp", *TINY, *QUICK, "--out", str(finished)) == 0
    assert (finished / "events.jsonl").read_text() == before


def test_the_training_config_refuses_micro_batches_that_do_not_divide() -> None:
    with pytest.raises(ValueError, match="not a multiple of accumulation 3"):
        TrainingConfig(batch_size=64, accumulation=3)


def test_a_whole_config_file_and_a_recipe_contradict_each_other(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train("--config", str(finished / "run.toml"), "--recipe", "dcgan", "--out", str(tmp_path / "new")) == 2
    assert "leave out --recipe" in complaint(capsys)


def test_a_fork_killed_before_its_first_checkpoint_starts_from_the_fork_again(finished: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    options = [*TINY, "--images", "64", "--tick-images", "1000", "--log-images", "64", "--loss", "hinge"]
    command = ["digits", "--recipe", "mlp", *options, "--out", str(finished), "--fork", str(new)]
    assert train(*command) == 0
    first = next(e for e in RunFolder(new).events()[::-1] if e["type"] == "log")["scalars"]
    for file in (new / "checkpoints").iterdir():
        file.unlink()
    assert train("digits", "--recipe", "mlp", *options, "--out", str(new)) == 0
    again = next(e for e in RunFolder(new).events()[::-1] if e["type"] == "log")["scalars"]
    assert again == first


def test_a_run_is_not_forked_into_itself(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    same = ["digits", "--recipe", "mlp", *TINY, *QUICK, "--out", str(finished), "--fork", str(finished)]
    assert train(*same) == 2
    assert "cannot be forked into itself" in complaint(capsys)


def test_data_that_changed_is_not_evaluated_as_if_it_had_not(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    for k in range(12):
        Image.new("L", (8, 8), 20 * k).save(tmp_path / "pictures" / f"{k}.png")
    options = {"generator.hidden": [16], "discriminator.hidden": [16], "batch_size": 4, "panel_size": 4}
    run = gw.train("mlp", f"folder:{tmp_path / 'pictures'}", out=tmp_path / "run", images=8, options=options)
    assert run.evaluate(4)["pixel_mean"].protocol["content_hash"]
    (tmp_path / "pictures" / "3.png").unlink()
    with pytest.raises(UserError, match="no longer the data"):
        run.evaluate(4)


def test_points_are_trained_with_a_recipe_that_can(tmp_path: Path) -> None:
    options = {"generator.hidden": [16], "discriminator.hidden": [16]}
    assert gw.train(None, "ring8", out=tmp_path / "run", images=64, options=options).config.recipe == "rpgan-r1r2"


def test_a_log_of_garbage_stops_nothing(finished: Path) -> None:
    with (finished / "events.jsonl").open("ab") as file:
        file.write(b'\xff\xfe{\n{"type": "log", "iteration": "x", "num_images": null}\n')
    longer = ["--images", "256", "--log-images", "64", "--tick-images", "64"]
    assert train("digits", "--recipe", "mlp", *TINY, *longer, "--out", str(finished)) == 0
