"""`ganwright explore` from end to end on tiny runs."""

import importlib.util
import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from ganwright.core.errors import UserError

TRAINED = "trainedAlgorithmicMedia"


def train(folder: Path, **options: str) -> Path:
    from ganwright.cli import main

    given = {
        "recipe": "mlp", "images": "320", "tick-images": "320", "log-images": "320", "batch-size": "32",
        "panel-size": "4", "device": "cpu", "seed": "100", "out": str(folder), **options,
    }  # fmt: skip
    assert main(["train", "digits", "--quiet", *(w for n, v in given.items() for w in (f"--{n}", v))]) == 0
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(
        tmp_path_factory.mktemp("explore") / "plain",
        **{"generator.hidden": "16", "generator.conditional": "true", "discriminator.conditional": "true"},
    )


@pytest.fixture(scope="module")
def styled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    small = {"recipe": "stylegan2-ada", "preset": "small", "images": "64"}
    small |= {f"{player}.max_width": "8" for player in ("generator", "discriminator")}
    return train(tmp_path_factory.mktemp("explore") / "styled", **small)


def told(call, *arguments: str) -> dict:
    ended = call("explore", *arguments, "--json", "--quiet")
    assert ended.code == 0, ended.err
    found = json.loads(ended.out)
    assert all(Path(file).is_file() for file in found["files"])
    assert json.loads(Path(next(f for f in found["files"] if f.endswith("numbers.json"))).read_text())
    return found


def test_interpolate_writes_a_strip_and_animations_that_say_what_they_are(call, run: Path, tmp_path: Path) -> None:
    out = tmp_path / "ways"
    found = told(
        call, "interpolate", str(run), "-n", "2", "--steps", "4", "--class", "3", "--end-class", "8",
        "--formats", "png,gif,webp", "--out", str(out),
    )  # fmt: skip
    assert found["space"] == "z"
    assert {p.name for p in out.iterdir()} == {"interpolate.png", "interpolate.gif", "interpolate.webp", "numbers.json"}
    with Image.open(out / "interpolate.png") as picture:
        assert TRAINED in picture.info["XML:com.adobe.xmp"]
        assert picture.info["seed"] == "0"  # as `sample` writes them
        assert picture.info["recipe"] == "mlp"
    with Image.open(out / "interpolate.gif") as moving:
        assert moving.n_frames == 64  # pyright: ignore
        assert TRAINED.encode() in moving.info["comment"]
    with Image.open(out / "interpolate.webp") as moving:
        assert moving.n_frames == 64  # pyright: ignore
        assert TRAINED.encode() in moving.info["xmp"]


def test_mp4_is_written_where_there_is_an_encoder(
    call, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ganwright.runs import exploring_motion

    asked = ("interpolate", str(run), "-n", "1", "--steps", "2", "--formats", "mp4", "--out", str(tmp_path))
    if importlib.util.find_spec("imageio_ffmpeg") is not None or shutil.which("ffmpeg"):
        content = Path(told(call, *asked)["files"][1]).read_bytes()
        assert content[4:8] == b"ftyp"
        assert TRAINED.encode() in content
        wrong = [Image.new("RGB", (1, 1))] * 2
        monkeypatch.setattr(exploring_motion, "encoder", lambda: "false")
        with pytest.raises(UserError, match="could not write an mp4"):
            exploring_motion.write_animation(wrong, tmp_path / "wrong.mp4", {})
        assert not (tmp_path / "wrong.mp4").exists()
        monkeypatch.undo()
    monkeypatch.setattr(exploring_motion.shutil, "which", lambda name: None)
    monkeypatch.setattr(exploring_motion, "find_spec", lambda name: None)
    ended = call("explore", *asked)
    assert ended.code == 2
    assert "mp4 needs the program ffmpeg" in ended.error


def test_truncate_judges_each_value(call, run: Path) -> None:
    found = told(call, "truncate", str(run), "--values", "inf,1,0.25", "-n", "64", "--features", "pixels")
    assert [row["value"] for row in found["rows"]] == ["inf", 1.0, 0.25]
    assert all(0 <= row["precision"] <= 1 and row["fid"] > 0 for row in found["rows"])
    assert found["num_samples"] == 64


def test_mix_needs_styles_and_makes_a_grid_of_each_group(call, run: Path, styled: Path) -> None:
    found = told(call, "mix", str(styled), "--sources", "2", "--styles", "3", "--crossover", "coarse,fine")
    assert list(found["layers"]) == ["coarse", "fine"]
    assert "style-based" in call("explore", "mix", str(run)).error


def test_directions_of_weights_and_of_classes(call, run: Path, styled: Path) -> None:
    found = told(call, "directions", str(run), "-n", "2", "--steps", "3", "--num-shown", "1")
    assert found["space"] == "z"
    assert found["strengths"] == sorted(found["strengths"], reverse=True)
    assert any(f.endswith("directions.safetensors") for f in found["files"])
    found = told(call, "directions", str(styled), "-n", "1", "--steps", "3", "--layers", "coarse")
    assert found["space"] == "w"
    found = told(call, "directions", str(run), "--method", "classes", "-n", "2", "--steps", "3")
    assert "classifier" in found["by"]


def test_invert_takes_a_picture_of_any_size(call, run: Path, tmp_path: Path) -> None:
    file = tmp_path / "big.jpg"
    Image.new("RGB", (50, 40), (90, 90, 90)).save(file)
    asked = ("invert", str(run), str(file), "--steps", "5", "--candidates", "16")
    found = told(call, *asked, "--class", "3")
    assert 0 < found["pixels"] < 2
    assert len(found["vector"]) == 64
    assert "--class" in call("explore", *asked).error
    assert "cannot be read" in call("explore", "invert", str(run), str(tmp_path / "no.png"), "--class", "3").error


def test_neighbours_compare_with_held_out_items(call, run: Path) -> None:
    found = told(call, "neighbours", str(run), "-n", "2", "--nearest", "3", "--features", "random")
    for side in ("features", "pixels"):
        assert all(row == sorted(row) for row in found[side]["distances"])
        assert found[side]["held_out_median"] > 0


def test_shapes_is_a_table_and_a_drawing_that_no_model_made(call, run: Path) -> None:
    ended = call("explore", "shapes", str(run))
    assert ended.code == 0
    assert "parameters" in ended.out
    found = told(call, "shapes", str(run))
    assert set(found["networks"]) == {"generator", "discriminator"}
    with Image.open(next(f for f in found["files"] if f.endswith(".png"))) as picture:
        assert "XML:com.adobe.xmp" not in picture.info


def test_networks_of_points_have_shapes_too_but_no_strips(call, tmp_path: Path) -> None:
    import ganwright as gw

    options = {"images": 320, "tick_images": 320, "log_images": 320, "batch_size": 32, "seed": 100}
    made = gw.train("rpgan-r1r2", "ring8", out=tmp_path / "points", device="cpu", options=options)
    assert told(call, "shapes", str(made.path))["networks"]["generator"]["output"] == [2]
    ended = call("explore", "interpolate", str(made.path))
    assert ended.code == 2
    assert "makes points" in ended.error


def test_a_run_that_holds_no_generator_or_nothing_yet_is_told(call, run: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "run.toml").write_text((run / "run.toml").read_text())
    assert "has no checkpoint yet" in call("explore", "shapes", str(empty)).error
    for verb in ("interpolate", "mix", "neighbours"):
        assert "is not a run folder" in call("explore", verb, str(tmp_path)).error


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("interpolate", "RUN", "--formats", "bmp"), "known: gif, mp4, png, webp"),
        (("interpolate", "RUN", "--steps", "1e9"), "at most 16,384 in all"),
        (("interpolate", "RUN", "-n", "1000", "--formats", "gif"), "33,000 items are too many"),
        (("interpolate", "RUN", "--end-class", "10"), "classes 0 to 9"),
        (("interpolate", "RUN", "--steps", "1"), "2 steps"),
        (("interpolate", "RUN", "--space", "w"), "style-based"),
        (("interpolate", "RUN", "-n", "0"), "1 or more"),
        (("truncate", "RUN", "--values", "a,b"), "no list of numbers"),
        (("truncate", "RUN", "--values", "-1", "--features", "none"), "out of range"),
        (("truncate", "RUN", "-n", "5"), "6 samples or more"),
        (("truncate", "RUN", "--num-shown", "0", "--features", "none"), "1 or more"),
        (("directions", "RUN", "--layers", "coarse"), "style-based"),
        (("directions", "RUN", "--amount", "0"), "above 0"),
        (("directions", "RUN", "--amount", "inf"), "at most 1000"),
        (("directions", "RUN", "--num-shown", "1e6"), "too many for a picture"),
        (("invert", "RUN", "x.png", "--class", "1", "--candidates", "1e9"), "at most 65,536"),
        (("neighbours", "RUN", "--nearest", "0"), "cannot be shown"),
        (("neighbours", "RUN", "-n", "1e7"), "too many for a picture"),
        (("shapes", "nowhere"), "nowhere"),
    ],
)
def test_mistakes_are_told_in_one_line(call, run: Path, arguments: tuple[str, ...], said: str) -> None:
    ended = call("explore", *(str(run) if a == "RUN" else a for a in arguments))
    assert ended.code == 2
    assert said in ended.error
