"""Kept features: found once, never stale, never in the way."""

import json
import logging
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from ganwright.core.errors import UserError
from ganwright.core.files import sha256_of
from ganwright.data.dataset import Dataset, hash_content
from ganwright.metrics.features import cache
from ganwright.metrics.features.cache import features_folder, features_of
from ganwright.metrics.features.pixels import PixelFeatures


class Eyes:
    """Counts what it looks at. Features: sums and means times a factor."""

    def __init__(self, factor: float = 1.0, digits: str = "abc", name: str = "eyes") -> None:
        self.name, self.hash, self.resize = name, digits, "none"
        self.factor, self.num_seen, self.stop_after = factor, 0, 10**9

    def __call__(self, items: torch.Tensor) -> torch.Tensor:
        self.num_seen += len(items)
        if self.num_seen > self.stop_after:
            raise KeyboardInterrupt
        return items.float().flatten(1)[:, :5] * self.factor


class ClassifyingEyes(Eyes):
    """The same with two classes."""

    def classify(self, items: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        share = items.float().mean((1, 2, 3)) / 255
        return self(items), torch.stack([share, 1 - share], 1)


def data(seed: int = 0, num: int = 40, name: str = "test") -> Dataset:
    generator = torch.Generator().manual_seed(seed)
    items = torch.randint(0, 256, (num, 1, 4, 4), generator=generator).to(torch.uint8)
    return Dataset(name, items, None, (), hash_content(items, None))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("GANWRIGHT_FEATURE_CACHE", raising=False)
    return tmp_path / "kept"


def file_in(folder: Path) -> Path:
    (file,) = folder.glob("*.safetensors")
    return file


@pytest.mark.parametrize("kind", [Eyes, ClassifyingEyes])
def test_what_is_kept_is_what_was_found(folder: Path, kind: type[Eyes]) -> None:
    eyes, images = kind(), data()
    for rows in (None, torch.tensor([3, 3, 39, 0]), torch.arange(40).flip(0)):
        expected = images.items if rows is None else images.items[rows]
        features, probabilities = features_of(images, eyes, rows, place=folder, batch_size=7)
        assert torch.equal(features, kind()(expected))
        if isinstance(eyes, ClassifyingEyes):
            assert probabilities is not None
            assert torch.equal(probabilities, eyes.classify(expected)[1])
        else:
            assert probabilities is None
    assert file_in(folder).with_suffix(".json").exists()


def test_only_new_rows_are_looked_at(folder: Path) -> None:
    def seen(rows: torch.Tensor, **options) -> int:
        eyes = Eyes(name=f"called {rows.sum()}")
        found = features_of(data(), eyes, rows, place=folder, **options)[0]
        assert torch.equal(found, Eyes()(data().items[rows]))
        return eyes.num_seen

    checked = cache.NUM_CHECKED
    assert seen(torch.arange(20)) == 20
    assert seen(torch.arange(20)) == checked
    assert seen(torch.arange(15, 30)) == checked + 10
    assert seen(torch.tensor([39, 2, 39])) == checked + 1
    assert seen(torch.arange(40)) == checked + 9
    assert load_file(file_in(folder))["rows"].tolist() == list(range(40))


def test_progress_counts_kept_rows_at_once(folder: Path) -> None:
    told: list[tuple[int, int]] = []
    features_of(data(), Eyes(), torch.arange(10), place=folder)
    features_of(data(), Eyes(), place=folder, batch_size=16, progress=lambda done, all_: told.append((done, all_)))
    assert told == [(10, 40), (26, 40), (40, 40)]


def test_other_data_other_weights_and_other_resizing_have_files_of_their_own(folder: Path) -> None:
    features_of(data(), Eyes(), place=folder)
    other = Eyes()
    other.resize = "clean to 4x4"
    for images, eyes in ((data(1), Eyes()), (data(), Eyes(digits="abd")), (data(), other), (data(), ClassifyingEyes())):
        features_of(images, eyes, place=folder)
        assert eyes.num_seen == 40
    assert len(list(folder.glob("*.safetensors"))) == 5
    same = Eyes(name="another name")
    features_of(data(name="another name"), same, place=folder)
    assert same.num_seen == cache.NUM_CHECKED


def test_changed_code_under_the_same_hash_is_noticed(folder: Path) -> None:
    features_of(data(), Eyes(), place=folder)
    changed = Eyes(factor=1.01)
    assert torch.equal(features_of(data(), changed, place=folder)[0], Eyes(1.01)(data().items))
    assert torch.equal(load_file(file_in(folder))["features"], Eyes(1.01)(data().items))


def _damage(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[-3] ^= 1
    path.write_bytes(raw)


def _other_rows(path: Path) -> None:
    held = load_file(path)
    held["rows"] = held["rows"] + 1
    save_file(held, path)
    beside = path.with_suffix(".json")
    beside.write_text(json.dumps(json.loads(beside.read_text()) | {"sha256": sha256_of(path)}))


def _foreign(path: Path) -> None:
    beside = path.with_suffix(".json")
    beside.write_text(json.dumps(json.loads(beside.read_text()) | {"content_hash": "of something else"}))


@pytest.mark.parametrize(
    "spoil",
    [
        _damage,
        _other_rows,
        _foreign,
        lambda path: path.write_bytes(b""),
        lambda path: path.unlink(),
        lambda path: path.with_suffix(".json").unlink(),
        lambda path: path.with_suffix(".json").write_text("[1, 2"),
        lambda path: path.with_suffix(".json").write_text("[1]"),
    ],
)
def test_damaged_and_foreign_files_are_written_anew(folder: Path, spoil) -> None:
    features_of(data(), Eyes(), place=folder)
    spoil(file_in(folder))
    eyes = Eyes()
    assert torch.equal(features_of(data(), eyes, place=folder)[0], Eyes()(data().items))
    assert eyes.num_seen == 40
    again = Eyes()
    features_of(data(), again, place=folder)
    assert again.num_seen == cache.NUM_CHECKED


def test_an_interruption_keeps_what_was_found(folder: Path) -> None:
    eyes = Eyes()
    eyes.stop_after = 25
    with pytest.raises(KeyboardInterrupt):
        features_of(data(), eyes, place=folder, batch_size=10)
    again = Eyes()
    features_of(data(), again, place=folder)
    assert again.num_seen == cache.NUM_CHECKED + 20


def test_the_oldest_go_when_the_folder_is_full(folder: Path) -> None:
    mine = folder / "mine.safetensors"
    folder.mkdir()
    mine.write_bytes(bytes(5000))
    size = 0
    for seed in range(4):
        features_of(data(seed), Eyes(), place=folder, most_bytes=3 * size or 2**20)
        for path in folder.iterdir():  # as if time passed
            stat = path.stat()
            os.utime(path, (stat.st_atime - 10, stat.st_mtime - 10))
        size = size or next(folder.glob("features-*.safetensors")).stat().st_size
        if seed == 2:
            features_of(data(0), Eyes(), place=folder)  # used again: the second is now the oldest
    assert len(list(folder.glob("features-*.safetensors"))) == len(list(folder.glob("*.json"))) == 3
    assert mine.exists()
    seen = []
    for seed in (0, 2, 3, 1):
        eyes = Eyes()
        features_of(data(seed), eyes, place=folder)
        seen.append(eyes.num_seen)
    assert seen == [cache.NUM_CHECKED] * 3 + [40]


def test_too_much_for_the_folder_is_not_kept(folder: Path) -> None:
    assert features_of(data(), Eyes(), place=folder, most_bytes=100)[0].shape == (40, 5)
    assert not folder.exists()


def test_where_it_lies_and_how_it_is_turned_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home" / "ganwright" / "features"
    assert features_folder() == home
    features_of(data(), Eyes())
    assert file_in(home)
    monkeypatch.setenv("GANWRIGHT_FEATURE_CACHE", str(tmp_path / "named"))
    features_of(data(), Eyes())
    assert file_in(tmp_path / "named")
    assert features_folder(tmp_path / "x") == tmp_path / "x"
    monkeypatch.setenv("GANWRIGHT_FEATURE_CACHE", "off")
    assert features_folder() is None
    for off in (None, "off"):
        eyes = Eyes()
        features_of(data(), eyes, place=off)
        assert eyes.num_seen == 40
    assert features_folder("off") is None


def test_pixels_are_not_kept(folder: Path) -> None:
    images = data()
    assert features_of(images, PixelFeatures(images.spec), place=folder)[0].shape == (40, 16)
    assert not folder.exists()


def test_a_folder_that_cannot_be_written_to_costs_a_warning(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder.write_text("a file")
    with caplog.at_level(logging.WARNING, "ganwright"):
        assert features_of(data(), Eyes(), place=folder)[0].shape == (40, 5)
    assert "are not kept" in caplog.text
    assert "GANWRIGHT_FEATURE_CACHE" in caplog.text


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (torch.tensor([0, 40]), "rows must lie from 0 to 39"),
        (torch.tensor([-1]), "rows must lie from 0 to 39"),
        (torch.tensor([], dtype=torch.int64), "one or more"),
        (torch.tensor([0.5]), "whole numbers"),
        (torch.zeros(2, 2, dtype=torch.int64), "rows must be a list"),
    ],
)
def test_bad_rows(folder: Path, rows: torch.Tensor, said: str) -> None:
    with pytest.raises(UserError, match=said):
        features_of(data(), Eyes(), rows, place=folder)
