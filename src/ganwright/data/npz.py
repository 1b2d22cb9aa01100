"""Images or points in a NumPy archive."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from pydantic import Field

from ganwright.core.errors import UserError
from ganwright.data.dataset import DataConfig, Dataset, NoTestSplit, check_split, hash_content
from ganwright.data.download import find_path
from ganwright.data.pictures import is_held_out
from ganwright.data.resize import resize

_ITEMS, _LABELS = ("images", "x", "arr_0"), ("labels", "y", "arr_1")
_CHANNELS = (1, 3, 4)


class NpzConfig(DataConfig):
    """A .npz file: images as uint8 (N, H, W), (N, H, W, C) or (N, C, H, W), or as real numbers in 0..1 or -1..1, or
    points as real numbers (N, D). The items are the first array that fits of images, x, arr_0 and the others; labels
    are labels, y or arr_1, whole numbers from 0; class_names, if there, names the classes."""

    kind: Literal["npz"] = "npz"

    path: str
    """The file. A relative one is looked for in the working folder, then in the data folder."""

    size: int | None = Field(default=None, ge=4, le=4096)
    """Pixels a side to resize images to; none keeps their size."""

    test_fraction: float = Field(default=0.0, ge=0, le=0.9)
    """Share of the items held out as test data, chosen by a hash of each item, so that copies stay together."""

    def build(self, split: str = "train", data_dir: str | None = None) -> Dataset:
        """Return the items of a split. Raises UserError for a file without fitting arrays; pickles are never read."""
        check_split(split)
        path = find_path(self.path, data_dir)
        items, labels, names = _read(path)
        if self.test_fraction:
            held_out = np.array([is_held_out(item.tobytes(), self.test_fraction) for item in items])
            chosen = held_out if split == "test" else ~held_out
            items, labels = items[chosen], None if labels is None else labels[chosen]
            if not len(items):
                raise UserError(f"{path}: no {split} items with test_fraction {self.test_fraction}; choose another")
        elif split == "test":
            raise NoTestSplit(f"{self.name} has no test data; hold some out with test_fraction, e.g. 0.1")
        tensor = torch.from_numpy(np.ascontiguousarray(items))
        tensor = resize(tensor, self.size) if tensor.ndim == 4 else tensor
        own_labels = None if labels is None else torch.from_numpy(labels)
        return Dataset(self.name, tensor, own_labels, names, hash_content(tensor, own_labels))


def _read(path: Path) -> tuple[np.ndarray, np.ndarray | None, tuple[str, ...]]:
    """Items (uint8 (N, C, H, W) or float32 (N, D)), labels and class names."""
    try:
        with path.open("rb") as file:
            archive = np.load(file, allow_pickle=False)
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise UserError(f"{path} is one array, not an archive of them; save it with np.savez(path, images=...)")
            items = _items(path, archive)
            return items, *_labels(path, archive, len(items))
    except (OSError, EOFError, ValueError, zipfile.BadZipFile) as error:
        if isinstance(error, UserError):
            raise
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "no archive of plain arrays"
        raise UserError(f"cannot read {path}: {reason}; save it with np.savez(path, images=..., labels=...)") from error


def _items(path: Path, archive: np.lib.npyio.NpzFile) -> np.ndarray:
    reasons = []
    for name in _first(archive, _ITEMS):
        array = archive[name]
        if name in (*_LABELS, "class_names"):
            continue
        try:
            return _as_points(array) if array.ndim == 2 and array.dtype.kind == "f" else _as_images(array)
        except _DoesNotFitError as reason:
            reasons.append(f"{name} {array.dtype} {array.shape}: {reason}")
    raise UserError(f"{path} holds no images or points ({'; '.join(reasons) or 'it is empty'})")


def _first(archive: np.lib.npyio.NpzFile, names: tuple[str, ...]) -> Iterator[str]:
    yield from (n for n in names if n in archive.files)
    yield from (n for n in archive.files if n not in names)


class _DoesNotFitError(Exception):
    """Why an array cannot be the items."""


def _as_points(array: np.ndarray) -> np.ndarray:
    if not array.size or not np.isfinite(array).all():
        raise _DoesNotFitError("empty, or not all finite")
    return array.astype(np.float32)


def _as_images(array: np.ndarray) -> np.ndarray:
    """uint8 (N, C, H, W). A last dimension of 1, 3 or 4 is taken for the channels, else the second."""
    if array.ndim == 3:
        array = array[:, None]
    elif array.ndim == 4 and array.shape[-1] in _CHANNELS:
        array = array.transpose(0, 3, 1, 2)
    if array.ndim != 4 or array.shape[1] not in _CHANNELS or not array.size:
        raise _DoesNotFitError("neither (N, H, W) nor (N, H, W, C) nor (N, C, H, W) with 1, 3 or 4 channels")
    if array.dtype == np.uint8:
        return array
    if array.dtype.kind not in "fiub":
        raise _DoesNotFitError("no numbers")
    low, high = float(array.min()), float(array.max())
    if array.dtype.kind == "f":
        if not -1 <= low <= high <= 1:  # also where a value is not a number
            raise _DoesNotFitError(f"values from {low:.3g} to {high:.3g}, neither in 0..1 nor in -1..1")
        array = array * 255 if low >= 0 else (array.astype(np.float64) + 1) * 127.5
        return array.round().astype(np.uint8)
    if array.dtype.kind == "b":
        return array.astype(np.uint8) * 255
    if not 0 <= low <= high <= 255:
        raise _DoesNotFitError(f"values from {low:.0f} to {high:.0f}, not in 0..255")
    return array.astype(np.uint8)


def _labels(path: Path, archive: np.lib.npyio.NpzFile, num: int) -> tuple[np.ndarray | None, tuple[str, ...]]:
    name = next((n for n in _LABELS if n in archive.files), None)
    if name is None:
        return None, ()
    labels = archive[name]
    labels = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
    if labels.dtype.kind not in "iu" or labels.shape != (num,):
        raise UserError(
            f"{path}: {name} {labels.dtype} {labels.shape} are no labels; expected {num} whole numbers from 0, "
            f"one an item"
        )
    if int(labels.min()) < 0:
        raise UserError(f"{path}: {name} hold {int(labels.min())}; labels are whole numbers from 0")
    highest = int(labels.max())
    if "class_names" in archive.files:
        names = tuple(str(n) for n in archive["class_names"].ravel())
    elif highest < 10_000:
        names = tuple(str(n) for n in range(highest + 1))
    else:
        raise UserError(f"{path}: {name} go up to {highest}, which would be as many classes; number them from 0")
    return labels.astype(np.int64), names
