"""The embedded data set: 1,797 real handwritten digits of 8x8 pixels that scikit-learn ships (UCI)."""

import gzip
import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import torch
from pydantic import Field

from ganwright.data.dataset import DataConfig, Dataset, check_split, hash_content
from ganwright.data.resize import resize

NUM_TEST = 297
CLASS_NAMES = tuple("0123456789")


class DigitsConfig(DataConfig):
    """Handwritten digits, 8x8 gray, no download: 1,500 to train on and 297 to test with, every class in both."""

    kind: Literal["digits"] = "digits"

    licence: ClassVar[str] = "CC BY 4.0 (UCI Machine Learning Repository, Optical Recognition of Handwritten Digits)"

    size: int | None = Field(default=None, ge=4, le=1024)
    """Pixels a side to resize to; none keeps 8."""

    def build(self, split: str = "train", data_dir: str | None = None) -> Dataset:
        """Return one split; nothing is read from `data_dir`."""
        check_split(split)
        pixels, labels = read_digits()
        images = np.round(pixels * (255 / 16)).astype(np.uint8).reshape(-1, 1, 8, 8)
        test = _test_rows(images, labels)
        rows = test if split == "test" else np.setdiff1d(np.arange(len(images)), test)
        items = resize(torch.from_numpy(images[rows]), self.size)
        chosen = torch.from_numpy(labels[rows].astype(np.int64))
        return Dataset("digits", items, chosen, CLASS_NAMES, hash_content(items, chosen))


def read_digits() -> tuple[np.ndarray, np.ndarray]:
    """Pixels (1797, 64) from 0 to 16 and labels (1797,), from the file that scikit-learn ships.

    scikit-learn is asked where it is and not imported, which would take longer than a short training.
    """
    found = find_spec("sklearn")
    assert found is not None
    assert found.origin is not None
    with gzip.open(Path(found.origin).parent / "datasets" / "data" / "digits.csv.gz") as file:
        table = np.loadtxt(file, delimiter=",")
    return table[:, :-1], table[:, -1].astype(np.int64)


def _test_rows(images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The test rows: from each class its share of 297 (largest remainders), those whose pixels hash lowest."""
    counts = np.bincount(labels, minlength=10)
    shares = counts * NUM_TEST / len(labels)
    quota = np.floor(shares).astype(int)
    for label in np.argsort(quota - shares, kind="stable")[: NUM_TEST - quota.sum()]:
        quota[label] += 1
    digests = [hashlib.sha256(image.tobytes()).hexdigest() for image in images]
    chosen = [sorted(np.flatnonzero(labels == c), key=lambda row: digests[row])[: quota[c]] for c in range(10)]
    return np.sort(np.concatenate(chosen))
