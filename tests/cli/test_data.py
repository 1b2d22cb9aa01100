"""`data check` and `data pack` on a folder with good and broken pictures."""

import json
from pathlib import Path

import pytest
from PIL import Image


@pytest.fixture
def faces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Six pictures in two classes, one of them twice, and one broken file."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "faces"
    for index in range(6):
        place = folder / ("a" if index < 4 else "b")
        place.mkdir(parents=True, exist_ok=True)
        noise = Image.effect_noise((20, 12 + index % 2), 60 + index)
        noise.save(place / f"{index}.png")
    (folder / "a" / "copy.png").write_bytes((folder / "a" / "0.png").read_bytes())
    (folder / "b" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n but no more")
    return folder


def test_check_names_what_is_wrong(call, faces: Path) -> None:
    ended = call("data", "check", str(faces))
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert lines[0].startswith(f"folder:{faces}: 7 items")
    assert any(line.startswith("classes ") and "a 5, b 2" in line for line in lines)
    assert any(line.startswith("broken ") and "broken.png: " in line for line in lines)
    assert any(line.startswith("copies ") and "0.png = a/copy.png" in line for line in lines)
    assert not {"\x1b", "\r"} & set(ended.out + ended.err)


def test_check_as_json(call, faces: Path) -> None:
    plain = json.loads(call("data", "check", str(faces), "--json").out)
    assert plain["classes"] == {"a": 5, "b": 2}
    assert list(plain["corrupt"]) == ["b/broken.png"]
    assert plain["advice"]


def test_check_takes_named_data(call) -> None:
    assert call("data", "check", "digits").out.startswith("digits: 1,797 items (1,500 train, 297 test)")


@pytest.mark.usefixtures("quick_estimate")
def test_pack_and_train_from_it(call, faces: Path, tmp_path: Path) -> None:
    out = tmp_path / "packed"
    ended = call("data", "pack", str(faces), str(out), "--size", "8", "--crop", "pad")
    assert ended.code == 0
    assert f"ganwright train pack:{out}" in ended.out
    assert "7 pictures, 1x8x8" in ended.out
    again = json.loads(call("data", "pack", str(faces), str(out), "--size=8", "--crop=pad", "--json").out)
    assert (again["num_train"], again["num_bad"], again["shape"]) == (7, 1, [1, 8, 8])
    dry = call("train", f"pack:{out}", "--recipe", "mlp", "--batch-size", "4", "--dry-run", "--json")
    assert json.loads(dry.out)["config"]["data.path"] == str(out)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--sise", "8"], "unknown option 'sise'; did you mean 'size'"),
        (["--size", "x"], "'size' is 'x'"),
        (["--crop", "centre"], "'crop' is 'centre'"),
    ],
)
def test_mistakes_in_packing(words: list[str], said: str, call, faces: Path, tmp_path: Path) -> None:
    ended = call("data", "pack", str(faces), str(tmp_path / "out"), *words)
    assert ended.code == 2
    assert said in ended.error
    assert not (tmp_path / "out").exists()


def test_an_empty_folder(call, tmp_path: Path) -> None:
    for words in (["check", str(tmp_path)], ["pack", str(tmp_path), str(tmp_path / "out")]):
        ended = call("data", *words)
        assert ended.code == 2
        assert "no pictures" in ended.error
