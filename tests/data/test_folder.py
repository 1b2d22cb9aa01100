"""Folders of any pictures become items; bad files are left out with one line, empty folders refused with one."""

import contextlib
import json
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ganwright.core.errors import UserError
from ganwright.data import packing
from ganwright.data.dataset import NoTestSplit
from ganwright.data.folder import FolderConfig
from ganwright.data.pictures import natural

from .writers import write_pictures


def test_items_are_the_pixels_in_natural_order(tmp_path: Path):
    pixels = write_pictures(tmp_path / "a")
    dataset = FolderConfig(path=str(tmp_path / "a")).build()
    assert dataset.name == f"folder:{tmp_path}/a"
    assert np.array_equal(dataset.items.numpy(), np.stack(pixels).transpose(0, 3, 1, 2))
    assert dataset.labels is None
    assert not dataset.streamed
    assert dataset.note == ""


def test_natural_order():
    names = ["10.png", "2.png", "a10/1.png", "a9/1.png", "b.png"]
    assert sorted(names, key=natural) == ["2.png", "10.png", "a9/1.png", "a10/1.png", "b.png"]


@pytest.mark.parametrize(
    ("modes", "channels", "expected"),
    [
        (["L", "L"], "auto", 1),
        (["L", "RGB"], "auto", 3),
        (["RGBA", "L"], "auto", 3),
        (["RGBA", "L"], "rgba", 4),
        (["RGB"], "gray", 1),
    ],
)
def test_channels(tmp_path: Path, modes: list[str], channels, expected: int):
    for number, mode in enumerate(modes):
        write_pictures(tmp_path / f"deep/{number}", 2, mode=mode)
    config = FolderConfig(path=str(tmp_path), channels=channels, labels="none")
    assert config.build().spec.shape == (expected, 16, 16)


def test_every_kind_of_picture_in_one_folder(tmp_path: Path):
    Image.fromarray(np.full((40, 50), 30000, np.uint16)).save(tmp_path / "16bit.png")
    Image.new("CMYK", (64, 64)).save(tmp_path / "cmyk.jpg")
    Image.new("RGB", (70, 40)).quantize(4).save(tmp_path / "palette.gif")
    Image.new("1", (33, 33)).save(tmp_path / "bits.bmp")
    Image.new("RGB", (1, 1)).save(tmp_path / "one.png")
    frames = [Image.new("RGB", (48, 48), c) for c in ("red", "blue")]
    frames[0].save(tmp_path / "moving.WEBP", save_all=True, append_images=frames[1:])
    dataset = FolderConfig(path=str(tmp_path), size=32).build()
    assert dataset.items.shape == (6, 3, 32, 32)
    assert dataset.note == ""


def test_sub_folders_are_classes(tmp_path: Path):
    for name, num in (("dog", 3), ("cat", 2), ("10", 1), ("9", 1)):
        write_pictures(tmp_path / name / "deeper", num)
    (tmp_path / "empty").mkdir()
    dataset = FolderConfig(path=str(tmp_path)).build()
    assert dataset.class_names == ("9", "10", "cat", "dog")
    assert dataset.labels is not None
    assert dataset.labels.tolist() == [0, 1, 2, 2, 3, 3, 3]
    assert FolderConfig(path=str(tmp_path), labels="none").build().labels is None
    write_pictures(tmp_path, 1)
    assert FolderConfig(path=str(tmp_path)).build().labels is None
    with pytest.raises(UserError, match="has no labels: 1 pictures lie outside sub folders"):
        FolderConfig(path=str(tmp_path), labels="required").build()


def test_one_class_is_no_label(tmp_path: Path):
    write_pictures(tmp_path / "faces")
    assert FolderConfig(path=str(tmp_path)).build().spec.num_classes == 0
    with pytest.raises(UserError, match="has no labels: it has only one sub folder"):
        FolderConfig(path=str(tmp_path), labels="required").build()


def test_split_folders_are_splits(tmp_path: Path):
    for split, num in (("train", 4), ("test", 2), ("val", 3)):
        for label in ("a", "b"):
            write_pictures(tmp_path / split / label, num)
    config = FolderConfig(path=str(tmp_path))
    train, test = config.build("train"), config.build("test")
    assert (len(train), len(test)) == (8, 4)
    assert train.class_names == test.class_names == ("a", "b")
    assert test.labels is not None
    assert sorted(test.labels.tolist()) == [0, 0, 1, 1]


def test_val_stands_in_for_test_and_train_alone_has_none(tmp_path: Path):
    write_pictures(tmp_path / "Train", 3)
    with pytest.raises(NoTestSplit, match="has no test data; hold some out with test_fraction"):
        FolderConfig(path=str(tmp_path)).build("test")
    write_pictures(tmp_path / "val", 2)
    config = FolderConfig(path=str(tmp_path))
    assert (len(config.build("train")), len(config.build("test"))) == (3, 2)


def test_held_out_items_keep_their_side_and_their_labels(tmp_path: Path):
    for label in range(3):
        pixels = write_pictures(tmp_path / str(label), 40 + label)
        Image.fromarray(pixels[0]).save(tmp_path / str(label) / "copy.png")
    config = FolderConfig(path=str(tmp_path), test_fraction=0.25)
    train, test = config.build("train"), config.build("test")
    everything = FolderConfig(path=str(tmp_path)).build()
    assert len(train) + len(test) == len(everything) == 126
    assert 15 < len(test) < 48
    known = {i.numpy().tobytes(): int(n) for i, n in zip(everything.items, everything.labels, strict=True)}  # type: ignore[arg-type]
    sides = [{i.numpy().tobytes() for i in d.items} for d in (train, test)]
    assert not sides[0] & sides[1]  # copies stay together
    for dataset in (train, test):
        assert dataset.labels is not None
        assert [known[i.numpy().tobytes()] for i in dataset.items] == dataset.labels.tolist()
    assert train.content_hash != test.content_hash
    for dead in tmp_path.glob("*/*.png"):
        if dead.name == "7.png":
            dead.unlink()
    before = {i.numpy().tobytes() for i in test.items}
    assert {i.numpy().tobytes() for i in config.build("test").items} <= before


def spoil(folder: Path) -> None:
    (folder / "empty.png").touch()
    (folder / "cut.png").write_bytes((folder / "0.png").read_bytes()[:100])
    (folder / "text.jpg").write_text("hello")
    (folder / "zero.png").write_bytes(bytes(1000))


def test_bad_files_are_left_out_with_one_line(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    pixels = write_pictures(tmp_path / "a")
    spoil(tmp_path / "a")
    with caplog.at_level(logging.WARNING, "ganwright"):
        dataset = FolderConfig(path=str(tmp_path / "a")).build()
    assert np.array_equal(dataset.items.numpy(), np.stack(pixels).transpose(0, 3, 1, 2))
    assert caplog.messages == [dataset.note]
    start = f"folder:{tmp_path}/a: left out 4 of 16 pictures that cannot be read (cut.png: damaged"
    assert dataset.note.startswith(start)
    assert dataset.note.endswith(f"and 1 more); `ganwright data check {tmp_path}/a` lists them")
    assert FolderConfig(path=str(tmp_path / "a")).build().note == dataset.note  # from the cache too
    with pytest.raises(UserError, match=r"(cut|empty).png: .*mend or remove it, or leave out strict"):
        FolderConfig(path=str(tmp_path / "a"), strict=True).build()


def test_strict_refuses_before_anything_is_cached(tmp_path: Path):
    write_pictures(tmp_path / "a")
    spoil(tmp_path / "a")
    for _ in range(2):
        with pytest.raises(UserError, match=r"png: .*leave out strict"):
            FolderConfig(path=str(tmp_path / "a"), strict=True, size=8).build()
    assert len(FolderConfig(path=str(tmp_path / "a"), size=8).build()) == 12


@pytest.mark.parametrize("size", [None, 16])
def test_nothing_that_can_be_read(tmp_path: Path, size: int | None):
    (tmp_path / "a.png").touch()
    (tmp_path / "b.jpg").write_text("hello")
    for _ in range(2):
        with pytest.raises(
            UserError, match=r"none of the 2 pictures in .* can be read; the first: a.png: the file is e"
        ):
            FolderConfig(path=str(tmp_path), size=size, channels="rgb").build()


def test_empty_missing_and_no_folder(tmp_path: Path):
    with pytest.raises(UserError, match=r"holds no pictures; pictures are files named .png"):
        FolderConfig(path=str(tmp_path)).build()
    (tmp_path / "notes.txt").touch()
    (tmp_path / ".hidden.png").touch()
    with pytest.raises(UserError, match="holds no pictures, only 1 other files"):
        FolderConfig(path=str(tmp_path)).build()
    with pytest.raises(UserError, match="is a file, not a folder"):
        FolderConfig(path=str(tmp_path / "notes.txt")).build()
    with pytest.raises(UserError, match="is no folder that exists"):
        FolderConfig(path=str(tmp_path / "nowhere")).build()


def test_hidden_and_other_files_and_circles_of_links(tmp_path: Path):
    write_pictures(tmp_path / "a", 3)
    write_pictures(tmp_path / ".trash", 3)
    write_pictures(tmp_path / "__MACOSX", 3)
    (tmp_path / "a" / "labels.csv").touch()
    os.symlink(tmp_path, tmp_path / "a" / "loop")
    pictures = FolderConfig(path=str(tmp_path)).pictures()
    assert [f.name for f in pictures.files] == ["a/0.png", "a/1.png", "a/2.png"]
    assert pictures.num_ignored == 1


def test_a_relative_path_is_found_below_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_pictures(tmp_path / "sets" / "faces", 3)
    assert len(FolderConfig(path="faces").build("train", str(tmp_path / "sets"))) == 3
    monkeypatch.setenv("GANWRIGHT_DATA", str(tmp_path / "sets"))
    assert FolderConfig(path="faces").build().name == "folder:faces"


def test_the_cache_is_used_and_a_change_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_pictures(tmp_path / "a")
    config = FolderConfig(path=str(tmp_path / "a"))
    first = config.build()
    with monkeypatch.context() as patch:
        patch.setattr(packing, "_fill", None)
        again = config.build()
    assert torch.equal(first.items, again.items)
    assert first.content_hash == again.content_hash
    Image.new("RGB", (16, 16)).save(tmp_path / "a" / "new.png")
    changed = config.build()
    assert len(changed) == 13
    assert changed.content_hash != first.content_hash
    assert FolderConfig(path=str(tmp_path / "a"), size=8).build().content_hash != changed.content_hash


def test_several_at_once_decode_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_pictures(tmp_path / "a", 40)
    calls = []
    fill = packing._fill
    monkeypatch.setattr(packing, "_fill", lambda *args: (calls.append(1), fill(*args)))
    config = FolderConfig(path=str(tmp_path / "a"))
    with ThreadPoolExecutor(4) as pool:
        hashes = {d.content_hash for d in pool.map(lambda _: config.build(), range(4))}
    assert len(hashes) == len(calls) == 1


@pytest.mark.parametrize("name", ["index.json", "items.npy"])
def test_a_damaged_cache_is_made_again(tmp_path: Path, cache: Path, name: str):
    write_pictures(tmp_path / "a")
    config = FolderConfig(path=str(tmp_path / "a"))
    expected = config.build()
    next(cache.glob(f"folders/*/{name}")).write_bytes(b"x")
    assert torch.equal(config.build().items, expected.items)


def test_one_folder_and_options_fill_the_cache_once(tmp_path: Path, cache: Path):
    write_pictures(tmp_path / "a")
    for number in range(3):
        Image.new("RGB", (16, 16)).save(tmp_path / "a" / f"new{number}.png")
        FolderConfig(path=str(tmp_path / "a")).build()
    assert len(list((cache / "folders").iterdir())) == 1


def test_items_that_would_fill_the_memory_stay_mapped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_pictures(tmp_path / "a")
    config = FolderConfig(path=str(tmp_path / "a"))
    loaded = config.build()
    monkeypatch.setattr("ganwright.data.folder.machine_memory", lambda: 1000)
    mapped = config.build()
    assert mapped.streamed
    assert torch.equal(mapped.items, loaded.items)


def test_a_cache_that_cannot_be_written_costs_only_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    for label in ("a", "b"):
        write_pictures(tmp_path / "p" / label, 20)
    config = FolderConfig(path=str(tmp_path / "p"), test_fraction=0.3)
    cached = [config.build(split) for split in ("train", "test")]
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    caplog.clear()
    for expected, split in zip(cached, ("train", "test"), strict=True):
        found = config.build(split)
        assert torch.equal(found.items, expected.items)
        assert found.content_hash == expected.content_hash
    assert all("is decoded again each time" in m for m in caplog.messages)
    assert len(caplog.messages) == 2


def test_a_full_disk_costs_only_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    write_pictures(tmp_path / "a")
    monkeypatch.setattr(packing.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 100}))
    assert len(FolderConfig(path=str(tmp_path / "a")).build()) == 12
    assert "GB are free" in caplog.text


def test_all_held_out(tmp_path: Path):
    write_pictures(tmp_path / "a", 1)
    config = FolderConfig(path=str(tmp_path / "a"), test_fraction=0.9)
    sizes = {}
    for split in ("train", "test"):
        with contextlib.suppress(UserError):
            sizes[split] = len(config.build(split))
    held_out = sizes == {"test": 1}
    assert held_out or sizes == {"train": 1}
    with pytest.raises(UserError, match="no training items left" if held_out else "no test data"):
        config.build("train" if held_out else "test")


def test_progress_is_told(tmp_path: Path):
    write_pictures(tmp_path / "a")
    seen = []
    FolderConfig(path=str(tmp_path / "a"), size=16, channels="rgb").build(progress=lambda *counts: seen.append(counts))
    assert seen == [(n, 12) for n in range(1, 13)]


def test_the_config_keeps_the_path_as_given_and_is_plain():
    config = FolderConfig.parse({"path": "~/faces", "size": "none"})
    assert config.path == "~/faces"
    assert json.loads(json.dumps(config.plain()))["size"] == "none"
    with pytest.raises(UserError, match="'path' is missing"):
        FolderConfig.parse({})
    with pytest.raises(UserError, match="'crop' is 'middle'"):
        FolderConfig.parse({"path": "x", "crop": "middle"})


def test_real_icons_of_mixed_modes(real_data: Path, tmp_path: Path):
    source = real_data / "emojitwo" / "64"
    for number, path in enumerate(sorted(source.iterdir())[:60]):
        os.symlink(path, tmp_path / f"{number}{path.suffix}")
    dataset = FolderConfig(path=str(tmp_path)).build()
    assert dataset.items.shape == (60, 3, 64, 64)
    assert dataset.items[:, :, 0, 0].min() > 250  # icons have transparent corners: white
