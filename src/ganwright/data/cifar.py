"""CIFAR-10 (Krizhevsky, 2009), binary version: 32x32 RGB photos of ten classes.

A batch file is a sequence of rows: one byte of label, then 32x32 red, as much green, and blue.
"""

import logging
import tarfile
import zlib
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import torch
from pydantic import Field

from ganwright.core.errors import UserError
from ganwright.core.files import write_atomic
from ganwright.data.dataset import DataConfig, Dataset, check_split, hash_content
from ganwright.data.download import Remote, cache_folder, fetch, named_folders, read_plain
from ganwright.data.resize import resize

CLASS_NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
BATCHES = {"train": tuple(f"data_batch_{n}.bin" for n in range(1, 6)), "test": ("test_batch.bin",)}
ARCHIVE = Remote(
    "cifar-10-binary.tar.gz",
    "c32a1d4ab5d03f1284b67883e8d87530",
    (
        "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
        "https://cave.cs.toronto.edu/kriz/cifar-10-binary.tar.gz",
    ),
)
_ROW = 1 + 3 * 32 * 32
_FULL = {"train": 50_000, "test": 10_000}


class Cifar10Config(DataConfig):
    """Photos of ten classes, 32x32 RGB, 50,000 and 10,000."""

    kind: Literal["cifar10"] = "cifar10"

    licence: ClassVar[str] = "none is stated by its publishers (University of Toronto, Krizhevsky 2009)"

    size: int | None = Field(default=None, ge=4, le=1024)
    """Pixels a side to resize to; none keeps 32."""

    def build(self, split: str = "train", data_dir: str | None = None) -> Dataset:
        """Return the images of every batch file that is found; `note` says so where some are missing or short."""
        check_split(split)
        paths = _find(split, data_dir)
        rows = np.concatenate([_read_batch(path) for path in paths])
        items = resize(torch.from_numpy(rows[:, 1:].reshape(-1, 3, 32, 32)), self.size)
        labels = torch.from_numpy(rows[:, 0].astype(np.int64))
        note = ""
        if len(rows) != _FULL[split]:
            num_files = f"{len(paths)} of {len(BATCHES[split])}"
            note = f"cifar10: found {num_files} {split} batches, {len(rows):,} of {_FULL[split]:,} images"
            logging.getLogger("ganwright").warning(note)
        return Dataset("cifar10", items, labels, CLASS_NAMES, hash_content(items, labels), note)


def _find(split: str, data_dir: str | None) -> list[Path]:
    """The batch files of a split from the first folder that has any; downloads them where none has."""
    cached = cache_folder() / "cifar10"
    for folder in (*named_folders("cifar10", data_dir), cached):
        names = [name + ending for name in BATCHES[split] for ending in ("", ".gz")]
        found = {name.removesuffix(".gz"): folder / name for name in reversed(names) if (folder / name).is_file()}
        if found and (folder != cached or len(found) == len(BATCHES[split])):
            return [found[name] for name in sorted(found)]
    instead = f"any of {', '.join(BATCHES[split])} (gz or not)" if split == "train" else "test_batch.bin (gz or not)"
    _unpack(fetch("cifar10", {"archive": ARCHIVE}, data_dir, instead)["archive"], cached)
    return [cached / name for name in BATCHES[split]]


def _unpack(archive: Path, folder: Path) -> None:
    """Write the batch files of the archive into `folder`, then remove the archive."""
    wanted = {name for names in BATCHES.values() for name in names}
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                name = Path(member.name).name
                file = tar.extractfile(member) if name in wanted else None
                if file is not None:
                    data = file.read()
                    write_atomic(folder / name, lambda path, data=data: path.write_bytes(data))
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise UserError(f"{archive} is damaged ({error}); delete it to download it again") from error
    archive.unlink()


def _read_batch(path: Path) -> np.ndarray:
    data = read_plain(path)
    if not data or len(data) % _ROW:
        raise UserError(
            f"{path} is no whole CIFAR-10 batch of the binary version: "
            f"{len(data)} bytes, expected a multiple of {_ROW}; get it again"
        )
    return np.frombuffer(data, np.uint8).reshape(-1, _ROW)
