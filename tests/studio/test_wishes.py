"""What may be asked for, the command that comes of it, and the form."""

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from ganwright.cli import main
from ganwright.core.errors import UserError
from ganwright.studio import Studio
from ganwright.studio.data.sources import confined
from ganwright.studio.jobs.wishes import Wish, arguments, checked

RUN = "digits-tiny"


@pytest.fixture
def place(tmp_path: Path) -> Studio:
    for name in ("runs", "data/faces", "secret", "pictures"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "data" / "out").symlink_to(tmp_path / "secret")
    return Studio(tmp_path / "runs", tmp_path / "data", data_folders=(tmp_path / "pictures",))


def test_the_command_holds_all_that_was_asked(place: Studio, tmp_path: Path) -> None:
    wish = Wish(
        data="digits",
        recipe="dcgan",
        images=640,
        seed=3,
        until="fid<5",
        on_failure="recover",
        options={
            "generator.width": 8,
            "loss.kind": "hinge",
            "evaluate_images": 64,
            "data.flip": True,
            "signals": False,
        },
    )
    assert arguments(place, checked(place, wish), tmp_path / "runs" / "a") == [
        "train",
        "digits",
        f"--out={tmp_path}/runs/a",
        "--recipe=dcgan",
        "--images=640",
        "--seed=3",
        "--on-failure=recover",
        "--until=fid<5",
        "--generator.width=8",
        '--loss.kind="hinge"',
        "--evaluate-images=64",
        "--data.flip=true",
        "--signals=false",
        f"--data-dir={tmp_path}/data",
    ]


def test_the_command_line_reads_it_as_it_was_meant(
    place: Studio, capfd: pytest.CaptureFixture[str], quick_estimate: None
) -> None:
    options = {
        "generator.width": 8,
        "loss.kind": "hinge",
        "data.flip": True,
        "signals": False,
        "augmentations": ["noise"],
    }
    wish = checked(place, Wish(data="digits", recipe="dcgan", images=640, options={**options, "signals_images": None}))
    assert main([*arguments(place, wish, place.runs_dir / "a"), "--dry-run", "--json"]) == 0
    config = json.loads(capfd.readouterr().out)["config"]
    assert config["generator.width"] == 8
    assert (config["loss.kind"], config["data.flip"], config["signals"]) == ("hinge", True, False)
    assert config["augmentations.0.kind"] == "noise"
    assert (config["signals_images"], config["images"]) == ("none", 640)


def test_a_recipe_that_is_chosen_by_the_data_is_not_named(place: Studio) -> None:
    for recipe in (None, "auto"):
        given = arguments(place, checked(place, Wish(data="digits", recipe=recipe)), place.runs_dir / "a")
        assert not [text for text in given if text.startswith("--recipe")]


def test_paths_are_confined_to_what_was_named(place: Studio, tmp_path: Path) -> None:
    assert confined(place, f"folder:{tmp_path}/pictures") == f"folder:{tmp_path}/pictures"
    assert confined(place, "folder:faces") == f"folder:{tmp_path}/data/faces"
    assert confined(place, f"{tmp_path}/data/faces") == f"folder:{tmp_path}/data/faces"
    outside = [
        "/etc",
        f"{tmp_path}/secret",
        f"{tmp_path}/pictures/../secret",
        "../secret",
        "out",
        "~",
        "/",
        "a\0b",
        "",
    ]
    for path in outside:
        for kind in ("folder", "npz", "pack"):
            with pytest.raises(UserError):
                confined(place, f"{kind}:{path}")
        with pytest.raises(UserError):
            confined(place, path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("data.path", "/etc"),
        ("data.kind", "folder"),
        ("data", "folder"),
        ("evaluate_features", "python:os:system"),
        ("evaluate_features", "onnx:/etc/x.onnx"),
        ("--out", "x"),
        ("out=x", "y"),
        ("a b", 1),
        ("Generator", 1),
        ("images", 10**12),
        ("images", "1000000000000"),
        ("fork", 5),
        ("config", "run.toml"),
        ("data_dir", "7"),
        ("dry_run", True),
        ("until", "fid<5\nx"),
    ],
)
def test_options_that_reach_out_are_refused(place: Studio, name: str, value: Any) -> None:
    with pytest.raises(UserError):
        checked(place, Wish(data="digits", recipe="dcgan", options={name: value}))


@pytest.mark.parametrize(
    "name", ["..", "a/../b", "/etc", "a//b", ".studio/x", "-x", "a/b/c/d/e", "x" * 200, "a\\b", "é"]
)
def test_names_that_are_no_names(client: TestClient, name: str) -> None:
    answer = client.post("/api/jobs", json={"data": "digits", "recipe": "dcgan", "name": name})
    assert answer.status_code == 400
    assert "is no name for a run" in answer.json()["error"]
    assert client.get("/api/jobs").json() == {"jobs": []}


def test_what_does_not_fit_is_refused_before_it_waits(client: TestClient) -> None:
    for wish, told in [
        ({"recipe": "dcgan"}, "choose data"),
        ({"data": "digits", "recipe": "dcgn"}, "did you mean 'dcgan'"),
        ({"data": "digts", "recipe": "dcgan"}, "did you mean 'digits'"),
        ({"data": "digits", "recipe": "dcgan", "options": {"generator.widht": 8}}, "did you mean 'width'"),
        ({"data": "digits", "recipe": "dcgan", "images": 0}, "'images'"),
        ({"data": "digits", "recipe": "dcgan", "images": 10, "epochs": 2}, "not both"),
        ({"data": "digits", "recipe": "dcgan", "preset": "x"}, "has no presets"),
        ({"data": "digits", "preset": "\u0000"}, "a preset belongs to a recipe"),
        ({"data": "digits", "epochs": 10_001}, "'epochs'"),
        ({"from_run": "none"}, "there is no run"),
        ({"from_run": RUN, "data": "digits"}, "leave them out"),
        ({"data": "digits", "surprise": 1}, "'surprise'"),
    ]:
        answer = client.post("/api/jobs", json=wish)
        assert told in answer.json()["error"], answer.text
        assert answer.status_code in (400, 404)


def test_a_recipe_as_a_form(client: TestClient) -> None:
    told = client.get("/api/schema", params={"recipe": "dcgan", "data": "digits"}).json()
    fields = {field["name"]: field for field in told["options"]}
    width = fields["generator.width"]
    assert (width["kind"], width["value"], width["default"], width["minimum"]) == ("integer", 64, 64, 1)
    assert width["meaning"]
    assert width["basic"]
    assert fields["loss.kind"]["changes_form"]
    assert "hinge" in fields["loss.kind"]["choices"]
    assert fields["generator.norm"]["value"] == "batch"
    assert fields["signals_images"]["value"] is None
    assert not {"recipe", "preset", "data.kind"} & set(fields)
    assert sum(group["options"] for group in told["groups"]) == len(fields)
    general = client.get("/api/schema").json()
    assert {f["name"] for f in general["options"]} >= {"images", "seed", "on_failure"}
    assert all(f["value"] is None for f in general["options"])


def test_a_plan_tells_what_changes_and_what_is_wrong_by_option(client: TestClient) -> None:
    wish = {"data": "digits", "recipe": "dcgan", "images": 640}
    told = client.post("/api/plan", json={**wish, "options": {"generator.kind": "mlp"}}).json()
    assert told["errors"] == {}
    names = {f["name"] for f in told["options"]}
    assert "generator.max_width" not in names  # those of the other kind came in its place
    assert "discriminator.max_width" in names
    assert {"generator.kind", "images"} <= set(told["changed"])
    assert (told["name"], told["images"], told["recipe"]) == ("digits-dcgan", 640, "dcgan")
    wrong = {"generator.width": -1, "discriminator.width": 16, "nothing.here": 3}
    told = client.post("/api/plan", json={**wish, "options": wrong}).json()
    assert set(told["errors"]) == {"generator.width", "nothing.here"}
    assert next(f["value"] for f in told["options"] if f["name"] == "discriminator.width") == 16
    told = client.post("/api/plan", json={**wish, "name": RUN}).json()
    assert told["exists"]
    assert "already" in told["errors"]["name"]
    assert "choose data" in client.post("/api/plan", json={"recipe": "dcgan"}).json()["errors"][""]
    auto = client.post("/api/plan", json={"data": "digits"}).json()
    assert (auto["errors"], auto["recipe"], auto["name"]) == ({}, "auto", "digits-auto")


def test_recipes_and_what_the_studio_has(client: TestClient) -> None:
    rows = {row["name"]: row for row in client.get("/api/recipes").json()["recipes"]}
    assert rows["dcgan"]["title"]
    assert rows["r3gan"]["presets"]
    about = client.get("/api/about").json()
    assert {device["name"] for device in about["devices"]} >= {"cpu"}
    assert not about["token"]
