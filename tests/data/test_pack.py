"""A pack holds what its folder does, goes on after a kill, and says what is wrong with it."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from ganwright.core.errors import UserError
from ganwright.data import packing
from ganwright.data.folder import FolderConfig
from ganwright.data.loader import Loader
from ganwright.data.pack import PackConfig, pack

from .writers import write_pictures


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """40 pictures in two classes, three of them bad."""
    for label in ("a", "b"):
        write_pictures(tmp_path / "pictures" / label, 20)
    for number in (3, 4, 17):
        (tmp_path / "pictures" / "a" / f"{number}.png").write_bytes(b"")
    return tmp_path / "pictures"


@pytest.mark.parametrize("test_fraction", [0.0, 0.3])
def test_a_pack_equals_its_folder(folder: Path, tmp_path: Path, test_fraction: float):
    source = FolderConfig(path=str(folder), test_fraction=test_fraction)
    made = pack(source, tmp_path / "pack")
    assert made.num_train + made.num_test == 37
    assert made.num_bad == 3
    assert made.shape == (3, 16, 16)
    assert made.class_names == ("a", "b")
    assert "left out 3 of 40" in made.note
    for split in ("train", "test") if test_fraction else ("train",):
        packed, expected = PackConfig(path=str(tmp_path / "pack")).build(split), source.build(split)
        assert torch.equal(packed.items, expected.items)
        assert packed.labels is not None
        assert expected.labels is not None
        assert torch.equal(packed.labels, expected.labels)
        assert packed.content_hash == expected.content_hash
        assert packed.streamed


def test_a_pack_is_drawn_from_like_its_folder(folder: Path, tmp_path: Path):
    source = FolderConfig(path=str(folder))
    pack(source, tmp_path / "pack")
    streamed = Loader(PackConfig(path=str(tmp_path / "pack")).build(), 1, "cpu", flip=True, balanced=True)
    resident = Loader(source.build(), 1, "cpu", flip=True, balanced=True)
    assert not streamed.resident
    for position in range(0, 100, 10):
        for ours, theirs in zip(streamed.batch(position, 10), resident.batch(position, 10), strict=True):
            assert ours is not None
            assert theirs is not None
            assert torch.equal(ours, theirs)


KILLED = """
import os, signal, sys
from pathlib import Path
from ganwright.data import packing
from ganwright.data.folder import FolderConfig
from ganwright.data.pack import pack

packing.SAVE_SECONDS = 0
def progress(done, total):
    if done == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
pack(FolderConfig(path=sys.argv[1], size=16, channels="rgb", test_fraction=0.3), Path(sys.argv[2]), progress)
"""


def test_it_goes_on_after_a_kill(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    source = FolderConfig(path=str(folder), size=16, channels="rgb", test_fraction=0.3)
    out = tmp_path / "pack"
    for at in (15, 31):
        done = subprocess.run([sys.executable, "-c", KILLED, folder, out, str(at)], capture_output=True, text=True)
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert json.loads((out / "index.json").read_text())["num_done"] == at - 1
        with pytest.raises(UserError, match=rf"is unfinished \({at - 1} of 40 files\)"):
            PackConfig(path=str(out)).build()
    decoded = []
    pack(source, out, lambda done, total: decoded.append(done))
    assert decoded == list(range(31, 41))
    whole = tmp_path / "whole"
    pack(source, whole)
    for name in ("items.npy", "labels.npy", "index.json"):
        assert (out / name).read_bytes() == (whole / name).read_bytes()
    assert not (out / "states.bin").exists()
    monkeypatch.setattr(packing, "_fill", None)
    assert pack(source, out).num_bad == 3  # finished: nothing is decoded again


def test_an_interrupt_loses_nothing(folder: Path, tmp_path: Path):
    def interrupt(done: int, total: int) -> None:
        if done == 20:
            raise KeyboardInterrupt

    source = FolderConfig(path=str(folder), size=16, channels="rgb")
    with pytest.raises(KeyboardInterrupt):
        pack(source, tmp_path / "pack", interrupt)
    assert json.loads((tmp_path / "pack" / "index.json").read_text())["num_done"] == 20


def test_other_files_or_options_and_other_folders_are_refused(folder: Path, tmp_path: Path):
    out = tmp_path / "pack"
    pack(FolderConfig(path=str(folder)), out)
    with pytest.raises(UserError, match="is a pack of other files or options; choose another folder or delete it"):
        pack(FolderConfig(path=str(folder), size=8), out)
    write_pictures(folder / "c", 2)
    with pytest.raises(UserError, match="is a pack of other files or options"):
        pack(FolderConfig(path=str(folder)), out)
    with pytest.raises(UserError, match="exists and is no pack"):
        pack(FolderConfig(path=str(folder)), folder)
    with pytest.raises(UserError, match="exists and is no pack"):
        pack(FolderConfig(path=str(folder)), folder / "b" / "0.png")


def test_a_strict_pack_of_a_finished_one(folder: Path, tmp_path: Path):
    pack(FolderConfig(path=str(folder)), tmp_path / "pack")
    with pytest.raises(UserError, match=r"a/3.png: the file is empty; mend or remove it, or leave out strict"):
        pack(FolderConfig(path=str(folder), strict=True), tmp_path / "pack")


def test_no_space_and_no_permission(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"cannot write .*: Not a directory; free some space or choose another folder"):
        pack(FolderConfig(path=str(folder)), tmp_path / "file" / "pack")
    monkeypatch.setattr(packing.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    with pytest.raises(UserError, match=r"needs 0.0 GB and 0.0 GB are free"):
        pack(FolderConfig(path=str(folder)), tmp_path / "pack")


def test_a_disk_that_fills_up_halfway(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(self: packing._FileRows, row: int, item: np.ndarray) -> None:
        if row == 10:
            raise OSError(28, "No space left on device")
        write(self, row, item)

    write = packing._FileRows.write
    source = FolderConfig(path=str(folder))
    with monkeypatch.context() as patch:
        patch.setattr(packing._FileRows, "write", full)
        with pytest.raises(packing.CannotWrite, match="No space left on device; free some space or choose another"):
            pack(source, tmp_path / "pack")
    assert json.loads((tmp_path / "pack" / "index.json").read_text())["num_train"] == 10
    assert pack(source, tmp_path / "pack").num_train == 37


ANOTHER_FORMAT = {"format": 2, "fingerprint": "", "shape": [1], "num_rows": 1, "class_names": [], "labelled": False}


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda p: (p / "index.json").write_text("{"), "is not the index of a pack"),
        (lambda p: (p / "index.json").write_text('{"format": 1}'), "is not the index of a pack"),
        (lambda p: (p / "index.json").unlink(), "is no pack"),
        (lambda p: (p / "items.npy").unlink(), "is damaged"),
        (lambda p: (p / "items.npy").write_bytes((p / "items.npy").read_bytes()[:500]), "is damaged"),
        (lambda p: np.save(p / "items.npy", np.zeros((40, 3, 8, 8), np.uint8)), "is damaged"),
        (lambda p: (p / "labels.npy").write_bytes(b"x"), "is damaged"),
        (lambda p: (p / "index.json").write_text(json.dumps(ANOTHER_FORMAT)), "format 2"),
    ],
)
def test_damaged_packs_are_named(folder: Path, tmp_path: Path, spoil, message: str):
    pack(FolderConfig(path=str(folder)), tmp_path / "pack")
    spoil(tmp_path / "pack")
    with pytest.raises(UserError, match=f"pack.* {message}"):
        PackConfig(path=str(tmp_path / "pack")).build()


def test_drawing_never_changes_the_file(folder: Path, tmp_path: Path):
    pack(FolderConfig(path=str(folder)), tmp_path / "pack")
    before = (tmp_path / "pack" / "items.npy").read_bytes()
    dataset = PackConfig(path=str(tmp_path / "pack")).build()
    dataset.items.zero_()
    assert (tmp_path / "pack" / "items.npy").read_bytes() == before
