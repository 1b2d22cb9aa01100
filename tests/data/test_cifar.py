"""CIFAR-10 from any set of its batch files, and from the published archive."""

import gzip
import hashlib
import io
import logging
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch

from ganwright.core.errors import UserError
from ganwright.data import cifar, download
from ganwright.data.cifar import Cifar10Config
from ganwright.data.download import Remote

from .writers import cifar_rows


def test_a_partial_set_gz_or_not_is_read_in_order_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    folder = tmp_path / "cifar10"
    folder.mkdir()
    first, fourth = cifar_rows(20, 1), cifar_rows(30, 4)
    (folder / "data_batch_4.bin").write_bytes(fourth.tobytes())
    (folder / "data_batch_1.bin.gz").write_bytes(gzip.compress(first.tobytes()))
    (folder / "test_batch.bin").write_bytes(cifar_rows(7).tobytes())
    with caplog.at_level(logging.WARNING, "ganwright"):
        train = Cifar10Config().build("train", str(tmp_path))
    assert train.note == "cifar10: found 2 of 5 train batches, 50 of 50,000 images"
    assert caplog.messages == [train.note]
    rows = np.concatenate([first, fourth])
    assert np.array_equal(train.items.numpy().reshape(50, -1), rows[:, 1:])
    assert train.labels is not None
    assert train.labels.tolist() == rows[:, 0].tolist()
    assert train.spec.shape == (3, 32, 32)
    assert train.class_names[train.labels[3]] == "cat"
    test = Cifar10Config().build("test", str(tmp_path))
    assert len(test) == 7
    assert "1 of 1 test batches, 7 of 10,000" in test.note


def test_planes_are_red_green_blue(tmp_path: Path):
    folder = tmp_path / "cifar10"
    folder.mkdir()
    row = np.concatenate([[6], np.full(1024, 1), np.full(1024, 2), np.full(1024, 3)]).astype(np.uint8)
    (folder / "data_batch_1.bin").write_bytes(row.tobytes())
    image = Cifar10Config().build("train", str(tmp_path)).items[0]
    assert [int(plane.unique()) for plane in image] == [1, 2, 3]


@pytest.mark.parametrize(("change", "message"), [(lambda d: d[:-1], "a multiple of 3073"), (lambda d: b"", "0 bytes")])
def test_a_cut_batch_is_named(tmp_path: Path, change, message: str):
    folder = tmp_path / "cifar10"
    folder.mkdir()
    (folder / "data_batch_2.bin").write_bytes(change(cifar_rows(3).tobytes()))
    with pytest.raises(UserError, match=f"data_batch_2.bin is no whole CIFAR-10 batch.*{message}"):
        Cifar10Config().build("train", str(tmp_path))


def test_a_label_out_of_range(tmp_path: Path):
    folder = tmp_path / "cifar10"
    folder.mkdir()
    rows = cifar_rows(3)
    rows[1, 0] = 11
    (folder / "data_batch_2.bin").write_bytes(rows.tobytes())
    with pytest.raises(UserError, match="cifar10: label 11 is outside 0 to 9"):
        Cifar10Config().build("train", str(tmp_path))


def archive() -> bytes:
    """An archive like the published one, its batches of 5 images each."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for number, name in enumerate((*cifar.BATCHES["train"], "readme.html", *cifar.BATCHES["test"])):
            data = b"hello" if name == "readme.html" else cifar_rows(5, number).tobytes()
            info = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def test_the_archive_is_unpacked_into_the_cache_once(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch):
    data = archive()
    (cache / "cifar10").mkdir(parents=True)
    (cache / "cifar10" / "cifar-10-binary.tar.gz").write_bytes(data)
    remote = Remote("cifar-10-binary.tar.gz", hashlib.md5(data).hexdigest(), ("http://127.0.0.1:9/none.tar.gz",))
    monkeypatch.setattr(cifar, "ARCHIVE", remote)
    assert len(Cifar10Config().build("train")) == 25
    assert sorted(p.name for p in (cache / "cifar10").iterdir()) == sorted(
        [*cifar.BATCHES["train"], *cifar.BATCHES["test"]]
    )
    monkeypatch.setattr(download.pooch, "retrieve", None)  # no second download
    assert len(Cifar10Config().build("train")) == 25
    assert len(Cifar10Config().build("test")) == 5


def test_without_files_and_mirrors_one_line_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cifar, "ARCHIVE", Remote("x.tar.gz", "0" * 32, ("http://127.0.0.1:9/x.tar.gz",)))
    with pytest.raises(UserError) as caught:
        Cifar10Config().build("train", str(tmp_path))
    assert str(caught.value) == (
        f"cifar10: nothing in {tmp_path}/cifar10; cannot download x.tar.gz (127.0.0.1:9 could not be reached); "
        "put any of data_batch_1.bin, data_batch_2.bin, data_batch_3.bin, data_batch_4.bin, data_batch_5.bin "
        "(gz or not) into DIR/cifar10/ and name DIR with --data-dir or GANWRIGHT_DATA"
    )


def test_the_real_batches(real_data: Path):
    train, test = (Cifar10Config().build(split, str(real_data)) for split in ("train", "test"))
    assert len(test) % 1000 == 0
    assert train.spec.shape == test.spec.shape == (3, 32, 32)
    assert train.labels is not None
    assert torch.bincount(train.labels).min() > 900
    assert 100 < train.items[:2000].float().mean() < 140
