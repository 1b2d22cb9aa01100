"""IDX files in every accepted form; damaged ones are one line that names the file and what was expected."""

import gzip
import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch

from ganwright.core.errors import UserError
from ganwright.data.dataset import to_float
from ganwright.data.download import read_plain
from ganwright.data.idx import FashionMnistConfig, MnistConfig, read_idx

from .writers import idx_bytes, write_mnist


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("dot", [True, False])
def test_every_spelling_is_read(tmp_path: Path, packed: bool, dot: bool):
    images = write_mnist(tmp_path / "mnist", packed=packed, dot=dot)
    dataset = MnistConfig().build("train", str(tmp_path))
    assert np.array_equal(dataset.items[:, 0].numpy(), images)
    assert dataset.labels is not None
    assert dataset.labels.tolist() == [n % 10 for n in range(30)]
    assert dataset.spec.shape == (1, 28, 28)
    assert dataset.spec.num_classes == 10
    assert MnistConfig(size=32).build("test", str(tmp_path)).spec.shape == (1, 32, 32)


def test_the_option_comes_before_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_mnist(tmp_path / "a" / "fashion-mnist", num=10)
    write_mnist(tmp_path / "b" / "fashion-mnist", num=20)
    monkeypatch.setenv("GANWRIGHT_DATA", str(tmp_path / "b"))
    assert len(FashionMnistConfig().build("train", str(tmp_path / "a"))) == 10
    assert len(FashionMnistConfig().build("train", str(tmp_path / "nothing"))) == 20
    assert len(FashionMnistConfig().build("train")) == 20


def test_a_missing_label_file_is_named(tmp_path: Path):
    write_mnist(tmp_path / "mnist")
    (tmp_path / "mnist" / "train-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(UserError, match=r"mnist lacks train-labels-idx1-ubyte \(or the same with .gz\)"):
        MnistConfig().build("train", str(tmp_path))
    assert len(MnistConfig().build("test", str(tmp_path))) == 30


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: b"\0\0\x0d" + d[3:], r"no IDX file of images: it starts with 00000d03, expected 00000803"),
        (lambda d: d[:2000], r"is cut short: 2000 bytes, expected 23536 for 30x28x28 values"),
        (lambda d: d[:9], r"is cut short: 9 bytes, expected at least 16"),
        (lambda d: d + b"x", r"is too long: 23537 bytes, expected 23536"),
        (lambda d: b"", r"it starts with nothing, expected 00000803"),
        (lambda d: gzip.compress(d)[:500], r"is damaged or cut short"),
        (lambda d: gzip.compress(d)[:-9] + b"123456789", r"is damaged or cut short"),
    ],
)
def test_damaged_files_are_named(tmp_path: Path, change, message: str):
    write_mnist(tmp_path / "mnist", packed=False)
    path = tmp_path / "mnist" / "train-images-idx3-ubyte"
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(UserError, match=message) as caught:
        MnistConfig().build("train", str(tmp_path))
    assert "train-images-idx3-ubyte" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_more_images_than_labels_and_labels_out_of_range(tmp_path: Path):
    write_mnist(tmp_path / "mnist", packed=False)
    path = tmp_path / "mnist" / "train-labels-idx1-ubyte"
    path.write_bytes(idx_bytes(np.zeros(29, np.uint8)))
    with pytest.raises(UserError, match=r"holds 30 images, but .* 29 labels"):
        MnistConfig().build("train", str(tmp_path))
    path.write_bytes(idx_bytes(np.full(30, 10, np.uint8)))
    with pytest.raises(UserError, match="mnist: label 10 is outside 0 to 9"):
        MnistConfig().build("train", str(tmp_path))


def test_read_plain_names_a_file_that_cannot_be_read(tmp_path: Path):
    with pytest.raises(UserError, match=r"cannot read .*absent: No such file"):
        read_plain(tmp_path / "absent")


PUBLISHED = {  # md5 of the unpacked files, whoever packed them
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}


def test_real_mnist_is_the_published_one(real_data: Path):
    dataset = MnistConfig().build("train", str(real_data))
    values = (to_float(dataset.items[:10_000]) + 1) / 2
    assert len(dataset) == 60_000
    assert values.mean().item() == pytest.approx(0.1307, abs=0.002)
    assert values.std().item() == pytest.approx(0.3081, abs=0.002)
    assert dataset.labels is not None
    assert torch.bincount(dataset.labels)[:3].tolist() == [5923, 6742, 5958]
    for name, md5 in PUBLISHED.items():
        assert hashlib.md5(read_plain(real_data / "mnist" / f"{name}.gz")).hexdigest() == md5
    assert read_idx(real_data / "mnist" / "t10k-labels-idx1-ubyte.gz", 1)[:5].tolist() == [7, 2, 1, 0, 4]
