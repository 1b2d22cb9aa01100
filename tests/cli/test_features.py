"""`features fit` and `features list`: trained once, kept, told, refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from ganwright.metrics.classifiers import load

SMALL = ("--images", "256")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_classifier_is_fitted_once_and_listed(call, own_cache: Path, tmp_path: Path) -> None:
    assert "no classifier has been fitted yet" in call("features", "list").out
    first = call("features", "fit", "digits", "--network", "vit", *SMALL)
    assert first.code == 0
    assert "vit on digits, 1x8x8, 10 classes" in first.out
    assert "of 297 test items" in first.out
    assert "classifier-vit on digits (1,500 items" in first.err
    files = sorted(own_cache.rglob("*.json"))
    again = call("features", "fit", "digits", "--network", "vit", *SMALL, "--out", str(tmp_path / "mine"), "--json")
    assert "fitted before" in again.err
    plain = json.loads(again.out)
    assert plain["network"]["kind"] == "vit"
    assert plain["network"]["patch"] == 2
    assert plain["num_test"] == 297
    assert 0 <= plain["test_accuracy"] <= 1
    assert load(tmp_path / "mine").hash == plain["sha256"]
    assert sorted(own_cache.rglob("*.json")) == files
    listed = json.loads(call("features", "list", "--json").out)
    (kept,) = listed["classifiers"]
    assert kept["sha256"] == plain["sha256"]
    assert Path(kept["path"]).with_suffix(".json") == files[0]
    assert "digits  vit" in call("features", "list").out


def test_all_that_shapes_the_weights_is_in_the_name(call, own_cache: Path) -> None:
    for words in ([], ["--seed", "1"], ["--flip"], ["--images", "300"], ["--network", "vit"]):
        assert call("features", "fit", "digits", *SMALL[: 0 if "--images" in words else 2], *words, "--quiet").code == 0
    assert len(list(own_cache.rglob("*.safetensors"))) == 5


def test_a_damaged_one_is_not_listed(call, own_cache: Path) -> None:
    call("features", "fit", "digits", *SMALL)
    (file,) = own_cache.rglob("*.safetensors")
    file.write_bytes(file.read_bytes()[:-4])
    assert json.loads(call("features", "list", "--json").out)["classifiers"] == []
    assert "is damaged" in call("features", "fit", "digits", *SMALL, "--quiet").error


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ring8"], "ring8 holds points"),
        (["digits", "--network", "vot"], "unknown network 'vot'; did you mean 'vit'"),
        (["digits", "--images", "0"], "--images 1 or more"),
        (["digits", "--seed", "-1"], "--seed is 0 or more"),
        (["digitz"], "did you mean 'digits'"),
    ],
)
def test_mistakes_are_one_line(words: list[str], said: str, call) -> None:
    ended = call("features", "fit", *words)
    assert ended.code == 2
    assert said in ended.error


def test_data_without_labels_or_with_too_few_items_is_refused(call, tmp_path: Path) -> None:
    images = np.zeros((30, 8, 8), np.uint8)
    np.savez(tmp_path / "bare.npz", images=images)
    assert "has no labels of at least 2 classes" in call("features", "fit", str(tmp_path / "bare.npz")).error
    np.savez(tmp_path / "few.npz", images=images, labels=np.arange(30) % 3)
    ended = call("features", "fit", str(tmp_path / "few.npz"))
    assert "too few items to fit a classifier: 30, and 60 are needed" in ended.error
