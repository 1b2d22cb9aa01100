"""Packs: a folder with the items of a data set as one .npy file to be mapped, their labels, and an index.

items.npy   uint8 (rows, C, H, W): training items from the front, test items from the back
labels.npy  int64 (rows,), where there are labels
index.json  what is in it; says "finished" once all is written
states.bin  while unfinished: what became of each file, one byte each
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from ganwright.core.errors import UserError
from ganwright.data.dataset import Dataset, NoTestSplit

FORMAT = 1


@dataclass
class Index:
    """What a pack holds.

    num_rows: as many as there were files; those between the training and the test items are unused.
    num_done: files that are dealt with. bad: "file: why it cannot be read" for the first thousand of num_bad.
    """

    format: int
    fingerprint: str
    shape: list[int]
    num_rows: int
    class_names: list[str]
    labelled: bool
    finished: bool = False
    num_done: int = 0
    num_train: int = 0
    num_test: int = 0
    num_bad: int = 0
    bad: list[str] = field(default_factory=list)
    content_hashes: dict[str, str] = field(default_factory=dict)

    def rows(self, split: str) -> slice:
        """The rows of a split."""
        return slice(0, self.num_train) if split == "train" else slice(self.num_rows - self.num_test, self.num_rows)

    @property
    def num_bytes(self) -> int:
        """Bytes of all items."""
        return self.num_rows * int(np.prod(self.shape))


@dataclass(frozen=True)
class Pack:
    """A finished pack; `items` are mapped, or in memory where they could not be written."""

    index: Index
    items: np.ndarray
    labels: np.ndarray | None

    def dataset(self, name: str, split: str, in_memory: bool, note: str = "") -> Dataset:
        """One split of the pack, mapped, or loaded.

        Raises NoTestSplit where it has no test items, and UserError where it has no training items.
        """
        rows = self.index.rows(split)
        if rows.start == rows.stop and split == "test":
            raise NoTestSplit(f"{name} has no test data; hold some out with test_fraction, e.g. 0.1")
        if rows.start == rows.stop:
            raise UserError(f"{name} has no training items left; set test_fraction to less")
        items = self.items[rows]
        if in_memory and isinstance(items, np.memmap):
            items = np.array(items)
        labels = None if self.labels is None else torch.from_numpy(np.array(self.labels[rows]))
        names = tuple(self.index.class_names)
        content = self.index.content_hashes[split]
        return Dataset(name, torch.from_numpy(items), labels, names, content, note, streamed=not in_memory)


def read_index(folder: Path) -> Index | None:
    """The index of a pack, or None where there is none. Raises UserError for a damaged one or one of another format."""
    path = folder / "index.json"
    try:
        index = Index(**json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise UserError(f"{path} is not the index of a pack; make the pack again with `ganwright data pack`") from error
    if index.format != FORMAT:
        raise UserError(f"{folder} is a pack of format {index.format}, this version reads {FORMAT}; make it again")
    return index


def open_pack(folder: Path) -> Pack:
    """Map a finished pack. Raises UserError where it is none, is unfinished, or does not hold what its index says."""
    index = read_index(folder)
    if index is None:
        raise UserError(f"{folder} is no pack (it has no index.json); make one with `ganwright data pack FOLDER PACK`")
    if not index.finished:
        raise UserError(
            f"the pack {folder} is unfinished ({index.num_done:,} of {index.num_rows:,} files); "
            "the command that began it goes on with it"
        )
    try:
        # copy-on-write: torch wants memory it could write to, the file stays as it is
        items = np.lib.format.open_memmap(folder / "items.npy", mode="c")
        labels = np.load(folder / "labels.npy", allow_pickle=False) if index.labelled else None
    except (OSError, ValueError) as error:
        raise UserError(f"the pack {folder} is damaged ({error}); make it again") from error
    if items.shape != (index.num_rows, *index.shape) or items.dtype != np.uint8:
        raise UserError(f"the pack {folder} is damaged (items.npy is not what index.json says); make it again")
    return Pack(index, items, labels)
