"""MNIST (LeCun, Cortes & Burges, 1998) and Fashion-MNIST (Xiao et al., 2017): 28x28 gray images in IDX files.

IDX: two zero bytes, the type (8: unsigned byte), the number of dimensions, each dimension as a big-endian 32-bit
number, then the values, the last dimension fastest.
"""

import math
import struct
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import torch
from pydantic import Field

from ganwright.core.errors import UserError
from ganwright.data.dataset import DataConfig, Dataset, check_split, hash_content
from ganwright.data.download import Remote, fetch, find_local, read_plain
from ganwright.data.resize import resize

_UNSIGNED_BYTE = 8
_STEMS = {"train": "train", "test": "t10k"}
_PARTS = {"images": 3, "labels": 1}


class IdxConfig(DataConfig):
    """Base of the data sets in IDX files."""

    mirrors: ClassVar[tuple[str, ...]] = ()
    md5s: ClassVar[dict[str, str]] = {}
    class_names: ClassVar[tuple[str, ...]] = ()

    size: int | None = Field(default=None, ge=4, le=1024)
    """Pixels a side to resize to; none keeps 28."""

    def build(self, split: str = "train", data_dir: str | None = None) -> Dataset:
        """Return 60,000 training or 10,000 test images, or as many as local files hold.

        The files are named as published (train-images-idx3-ubyte, with or without .gz; a dot before idx does too).
        """
        check_split(split)
        stems = {part: f"{_STEMS[split]}-{part}" for part in _PARTS}
        names = {p: (f"{s}-idx{_PARTS[p]}-ubyte", f"{s}.idx{_PARTS[p]}-ubyte") for p, s in stems.items()}
        paths = find_local(self.tag, data_dir, names)
        if paths is None:
            remotes = {p: self._remote(f"{s}-idx{_PARTS[p]}-ubyte.gz") for p, s in stems.items()}
            paths = fetch(self.tag, remotes, data_dir)
        images, labels = (torch.from_numpy(read_idx(paths[p], ndim)) for p, ndim in _PARTS.items())
        if len(images) != len(labels):
            raise UserError(f"{paths['images']} holds {len(images)} images, but {paths['labels']} {len(labels)} labels")
        items, labels = resize(images[:, None], self.size), labels.long()
        return Dataset(self.tag, items, labels, self.class_names, hash_content(items, labels))

    def _remote(self, name: str) -> Remote:
        return Remote(name, self.md5s[name], tuple(mirror + name for mirror in self.mirrors))


class MnistConfig(IdxConfig):
    """Handwritten digits, 28x28 gray, 60,000 and 10,000."""

    kind: Literal["mnist"] = "mnist"

    licence: ClassVar[str] = "CC BY-SA 3.0, as is usually stated (LeCun and Cortes); the files themselves name none"

    class_names: ClassVar[tuple[str, ...]] = tuple("0123456789")
    mirrors: ClassVar[tuple[str, ...]] = (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    )
    md5s: ClassVar[dict[str, str]] = {
        "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
        "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
        "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
    }


class FashionMnistConfig(IdxConfig):
    """Photos of clothes, 28x28 gray, 60,000 and 10,000."""

    kind: Literal["fashion-mnist"] = "fashion-mnist"

    licence: ClassVar[str] = "MIT (Zalando SE)"

    class_names: ClassVar[tuple[str, ...]] = (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    )
    mirrors: ClassVar[tuple[str, ...]] = (
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    )
    md5s: ClassVar[dict[str, str]] = {
        "train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
        "t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
        "t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310",
    }


def read_idx(path: Path, ndim: int) -> np.ndarray:
    """Read an IDX file of unsigned bytes with `ndim` dimensions, plain or gzip, as a writable uint8 array.

    Raises UserError naming the file and what was expected where its head or its length is wrong.
    """
    data = read_plain(path)
    expected = bytes([0, 0, _UNSIGNED_BYTE, ndim])
    if data[:4] != expected:
        raise UserError(
            f"{path} is no IDX file of {'images' if ndim == 3 else 'labels'}: "
            f"it starts with {data[:4].hex() or 'nothing'}, expected {expected.hex()}"
        )
    start = 4 + 4 * ndim
    if len(data) < start:
        raise UserError(f"{path} is cut short: {len(data)} bytes, expected at least {start}; get it again")
    shape = struct.unpack(f">{ndim}I", data[4:start])
    length = start + math.prod(shape)
    if len(data) != length:
        state = "is cut short" if len(data) < length else "is too long"
        size = "x".join(map(str, shape))
        raise UserError(f"{path} {state}: {len(data)} bytes, expected {length} for {size} values; get it again")
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape).copy()
