"""Every mistake on the command line: one line that says how to mend it, exit code 2, no traceback."""

import json
from pathlib import Path

import pytest

MISTAKES = [
    ("trian", "unknown command 'trian'; did you mean 'train'"),
    ("--foo", "unknown command '--foo'"),
    ("data chek x", "did you mean 'check'"),
    ("show", "RUN is missing; see ganwright show --help"),
    ("show a b", "unexpected 'b'; see ganwright show --help"),
    ("show nope", "nope"),
    ("show x --jsn", "unknown flag '--jsn'; did you mean '--json'"),
    ("sample x", "--out is missing"),
    ("sample x --out y -n 3.5", "-n is '3.5': not a whole number"),
    ("sample x --out y --seed", "--seed needs a value"),
    ("sample x --out y --grid --each", "--grid or --each"),
    ("sample nope --out y", "nope is not a run folder"),
    ("evaluate nope", "nope is not a run folder"),
    ("evaluate x --num-smaples 3", "did you mean '--num-samples'"),
    ("compare", "two runs or more, not 0"),
    ("compare x", "two runs or more, not 1"),
    ("compare nope nada", "nope is not a run folder"),
    ("compare x y --metric fid", "did you mean '--metrics'"),
    ("report nope", "nope"),
    ("list recipe", "unknown table 'recipe'; did you mean 'recipes'"),
    ("list losses --recipe mlp", "list options"),
    ("list options", "--recipe is missing"),
    ("list options --recipe dcgn", "unknown recipe 'dcgn'; did you mean 'dcgan'"),
    ("list options --recipe mlp --data digitz", "unknown data set 'digitz'; did you mean 'digits'"),
    ("list options --recipe dcgan --generator.widht 3", "did you mean"),
    ("train", "DATA is missing"),
    ("train --data.flip digits", "DATA is missing"),
    ("train digits --recpie mlp", "unknown flag or option --recpie; did you mean --recipe"),
    ("train digits --bacth-size 3", "did you mean --batch-size"),
    ("train digits --slope 3", "did you mean --discriminator.slope"),
    ("train digits --zzzz", "list options"),
    ("train digits -z", "unknown flag '-z'"),
    ("train digitz", "unknown data set 'digitz'; did you mean 'digits'"),
    ("train digits --recipe dcgn", "unknown recipe 'dcgn'"),
    ("train digits --generator.widht 3", "unknown option 'generator.widht'; did you mean 'width'"),
    ("train digits --generator.width x", "'generator.width' is 'x'"),
    ("train digits --loss hing", "'loss' has no kind 'hing'; did you mean 'hinge'"),
    ("train digits --data.flip maybe", "'data.flip' is 'maybe'"),
    (
        "train digits --precision bf16",
        "holds several options, not one value; use --precision.dtype bfloat16",
    ),
    ("train digits --precision half", "for none of them; use --precision.dtype or --precision.channels_last"),
    ("train digits --ema 0.9", "'ema' holds several options, and 0.9 is for none of them; use --ema."),
    ("train digits --optimisers adam", "use --optimisers.generator or --optimisers.discriminator"),
    ("train digits --images x", "--images is 'x': not a whole number"),
    ("train digits --epochs x", "--epochs is 'x': not a number"),
    ("train digits --seed 1.5", "--seed is '1.5': not a whole number"),
    ("train digits --seed -1", "'seed' is -1"),
    ("train digits --images nan", "--images is 'nan': not a whole number"),
    ("train digits --images 0", "'images' is 0"),
    ("train digits --epochs 1 --images 1", "not both"),
    ("train digits --device cudaa", "--device is 'cudaa'; did you mean 'cuda'"),
    ("train digits --config nope.toml", "cannot read nope.toml"),
    ("demo --imges 3", "did you mean '--images'"),
]


@pytest.mark.parametrize(("line", "said"), MISTAKES, ids=lambda text: text.replace(" ", "_")[:40])
def test_one_line_and_code_2(line: str, said: str, call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ended = call(*line.split())
    assert ended.code == 2
    assert ended.error.startswith("ganwright: ")
    assert said in ended.error
    assert ended.out == ""
    assert list(tmp_path.iterdir()) == []  # nothing was begun


@pytest.mark.parametrize("line", ["show nope --json", "train digits --json --zzz", "list foo --json", "trian --json"])
def test_with_json_the_error_is_an_object_too(line: str, call) -> None:
    ended = call(*line.split())
    assert ended.code == 2
    assert ended.error == "ganwright: " + json.loads(ended.out)["error"]


def test_a_batch_larger_than_the_data(call, tmp_path: Path) -> None:
    ended = call("train", "digits", "--batch-size", "5000", "--out", str(tmp_path / "run"), "--quiet")
    assert ended.code == 2
    assert "1500" in ended.error
    assert not (tmp_path / "run").exists()


@pytest.mark.usefixtures("quick_estimate")
@pytest.mark.parametrize(("text", "number"), [("640", 640), ("1_000", 1000), ("1e3", 1000), ("2.5e3", 2500)])
def test_whole_numbers_are_read_as_people_write_them(text: str, number: int, call, tmp_path: Path) -> None:
    ended = call("train", "digits", "--recipe", "mlp", "--images", text, "--dry-run", "--json", "--out", str(tmp_path))
    assert json.loads(ended.out)["config"]["images"] == number
