"""`ganwright export` from end to end: file, card, picture, what it prints and what it refuses."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
import torch

import ganwright as gw
from ganwright.core.pictures import TRAINED_ALGORITHMIC_MEDIA, read_mark

OPTIONS = {"images": 320, "tick_images": 320, "log_images": 320, "batch_size": 32, "panel_size": 4, "seed": 101}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny conditional run, judged by what needs no features."""
    folder = tmp_path_factory.mktemp("export") / "digits-run"
    options: dict[str, Any] = {**OPTIONS, "generator.hidden": (16,), "discriminator.hidden": (16,)}
    made = gw.train("cgan", "digits", out=folder, device="cpu", options=options)
    made.evaluate(64, features="none", metrics=["pixel_mean"])
    return folder


def test_a_file_a_card_and_a_picture_are_left(call, run: Path, tmp_path: Path) -> None:
    out = tmp_path / "shipped" / "digits.safetensors"
    told = json.loads(call("export", str(run), "--out", str(out), "--json").out)
    assert told["file"] == str(out)
    assert told["to"] == "safetensors"
    assert told["largest_difference"] == 0
    generator, trained = gw.load(out), gw.load(run)
    assert torch.allclose(generator.sample(20, seed=7), trained.sample(20, seed=7), atol=1e-6)
    assert torch.allclose(generator.sample(3, labels="4"), trained.sample(3, label="4"), atol=1e-6)
    about = generator.about
    assert about.licence.startswith("CC BY 4.0")
    assert about.digital_source_type == TRAINED_ALGORITHMIC_MEDIA
    assert about.class_names == tuple("0123456789")
    assert about.config["seed"] == 101
    assert [f["name"] for f in about.figures] == ["pixel_mean"]
    assert about.num_images == 320
    assert read_mark(out.with_name("samples.png"))["digital_source_type"] == TRAINED_ALGORITHMIC_MEDIA
    card = out.with_name("README.md").read_text()
    for part in (
        "# cgan on digits",
        'gw.load("digits.safetensors")',
        "CC BY 4.0",
        "pixel mean",
        "protocol: ",
        "trainedAlgorithmicMedia",
        told["sha256"],
        "@",
        "## Health",
        "(samples.png)",
    ):
        assert part in card
    assert str(tmp_path) not in card


def test_an_onnx_file_stands_beside_it_and_makes_the_same_samples(call, run: Path) -> None:
    ended = call("export", str(run), "--to", "onnx")
    assert ended.code == 0, ended.err
    file = run / "export" / "digits-run.onnx"
    assert f"file     {file} (" in ended.out
    assert torch.allclose(gw.load(file).sample(8, seed=3), gw.load(run).sample(8, seed=3), atol=1e-5)
    card = file.with_name("README.md").read_text()
    start = card.index("import numpy as np, onnxruntime")
    code = card[start : card.index("```", start)].replace("digits-run.onnx", str(file))
    names: dict[str, Any] = {}
    exec(code, names)
    assert names["images"].shape == (16, 1, 8, 8)
    assert call("export", str(run), "--to", "torch-export").code == 0  # cards are replaced, files are not
    assert "digits-run.pt2" in file.with_name("README.md").read_text()
    assert "exists; delete it or choose another with --out" in call("export", str(run), "--to", "onnx").error


def test_mistakes_are_told_in_one_line(call, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def told(*arguments: str) -> str:
        ended = call("export", *arguments)
        assert ended.code == 2
        return ended.error

    assert "is not a run folder" in told(str(tmp_path / "nothing"))
    assert "unknown format 'onx'; did you mean 'onnx'?" in told(str(run), "--to", "onx")
    assert "is a folder; give --out a file name" in told(str(run), "--out", str(tmp_path))
    assert "does not end in .onnx" in told(str(run), "--to", "onnx", "--out", str(tmp_path / "x.pt2"))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "README.md").write_text("# mine")
    assert "is in the way of the model card" in told(str(run), "--out", str(tmp_path / "mine" / "x"))
    assert [f.name for f in (tmp_path / "mine").iterdir()] == ["README.md"]
    found = importlib.util.find_spec
    monkeypatch.setattr("ganwright.export.onnx.find_spec", lambda n: None if n.startswith("onnx") else found(n))
    out = tmp_path / "none" / "x.onnx"
    assert "pip install 'ganwright[onnx]'" in told(str(run), "--to", "onnx", "--out", str(out))
    assert not list(out.parent.iterdir())


def test_large_items_are_compared_and_shown_in_smaller_numbers(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ganwright.export import parity
    from ganwright.runs import exporting

    monkeypatch.setattr(parity, "LARGE", 64)
    monkeypatch.setattr(exporting, "MOST_VALUES_SHOWN", 20 * 64)
    written = exporting.export_run(gw.load(run), "safetensors", tmp_path / "x")
    assert written.parity.sizes == (1, 2)
    assert "the first 16 of seed 0" in written.card.read_text()
    monkeypatch.setattr(exporting, "MOST_VALUES_SHOWN", 1)
    written = exporting.export_run(gw.load(run), "safetensors", tmp_path / "y")
    assert "the first 1 of seed 0" in written.card.read_text()
    monkeypatch.undo()
    monkeypatch.setattr(exporting, "MOST_SECONDS_SHOWN", 1e-9)
    written = exporting.export_run(gw.load(run), "safetensors", tmp_path / "z")
    assert "the first 1 of seed 0" in written.card.read_text()


def test_the_licence_of_own_data_is_stated_by_its_user(call, tmp_path: Path) -> None:
    from PIL import Image

    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for number in range(40):
        Image.new("RGB", (8, 8), (6 * number, 90, 90)).save(pictures / f"{number}.png")
    made = gw.train("mlp", f"folder:{pictures}", out=tmp_path / "run", device="cpu", options=OPTIONS)
    told = json.loads(call("export", str(made.path), "--json").out)
    assert "--licence" in told["notes"][0]
    out = str(tmp_path / "x")
    for wrong in ("", "two\nlines", "x" * 201):
        assert "is one line" in call("export", str(made.path), "--out", out, "--licence", wrong).error
    told = json.loads(call("export", str(made.path), "--out", out, "--licence", "CC0 1.0 (me)", "--json").out)
    assert told["notes"] == []
    assert gw.load(told["file"]).about.licence == "CC0 1.0 (me)"
    assert "Licence of the data: CC0 1.0 (me)." in Path(told["card"]).read_text()


def test_a_classifier_has_no_generator(call, tmp_path: Path) -> None:
    folder = tmp_path / "classifier"
    gw.train("classifier-cnn", "digits", out=folder, device="cpu", options=OPTIONS)
    assert "has no generator to export" in call("export", str(folder)).error
