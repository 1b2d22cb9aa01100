"""What a data source builds: items held once, in the form they are stored in, with their labels and their hash."""

import hashlib
from dataclasses import dataclass
from typing import ClassVar, Protocol

import torch
from pydantic import Field
from torch import Tensor

from ganwright.core.config import Config
from ganwright.core.errors import UserError
from ganwright.core.seeding import generator_for
from ganwright.core.spec import DataSpec


@dataclass(frozen=True, eq=False)
class Dataset:
    """Items of one split.

    name: as the user wrote it, e.g. "digits" or "folder:faces".
    items: uint8 (N, C, H, W) images, or float32 (N, D) points, on the CPU. May be a memory-mapped tensor.
    labels: int64 (N,) or None.
    class_names: one name a class; empty without labels.
    content_hash: identifies the items and labels, so that features can be cached and a changed folder is noticed.
    note: what the user should know of how it was read ("2 of 5 batches"), also logged as a warning; empty if nothing.
    streamed: True where the items are mapped from disk and better not loaded at once.

    Raises UserError for no items, items of another form, and labels of the wrong number or range.
    """

    name: str
    items: Tensor
    labels: Tensor | None
    class_names: tuple[str, ...]
    content_hash: str
    note: str = ""
    streamed: bool = False

    def __post_init__(self) -> None:
        items, labels = self.items, self.labels
        image = items.dtype == torch.uint8 and items.ndim == 4
        point = items.dtype == torch.float32 and items.ndim == 2
        if not (image or point) or 0 in items.shape:
            raise UserError(
                f"{self.name}: items must be uint8 (N, C, H, W) or float32 (N, D) and not empty, "
                f"not {str(items.dtype).removeprefix('torch.')} {tuple(items.shape)}"
            )
        if labels is None:
            return
        if labels.shape != (len(items),):
            raise UserError(f"{self.name}: {len(items)} items need as many labels, not {tuple(labels.shape)}")
        low, high = int(labels.min()), int(labels.max())
        if low < 0 or high >= len(self.class_names):
            wrong = low if low < 0 else high
            raise UserError(
                f"{self.name}: label {wrong} is outside 0 to {len(self.class_names) - 1}, "
                f"the range of its {len(self.class_names)} classes"
            )

    def __len__(self) -> int:
        return len(self.items)

    @property
    def spec(self) -> DataSpec:
        """Shape, classes and range, as the networks need them."""
        bounded = self.items.dtype == torch.uint8
        return DataSpec(tuple(self.items.shape[1:]), len(self.class_names), bounded)

    def subset(self, rows: slice) -> "Dataset":
        """The items of these rows, as a data set of its own."""
        return self._chosen(torch.arange(len(self))[rows], f"rows {rows}")

    def without(self, rows: slice) -> "Dataset":
        """The items outside these rows, as a data set of its own."""
        kept = torch.ones(len(self), dtype=torch.bool)
        kept[rows] = False
        return self._chosen(kept.nonzero().flatten(), f"without {rows}")

    def long_tailed(self, imbalance: float) -> "Dataset":
        """A data set whose class k keeps n imbalance^(k / (K - 1)) items, n what the smallest class has.

        The same items are kept every time. Raises UserError without labels of two classes or more, and for an endless
        distribution, which has no items to leave out.
        """
        if self.labels is None or len(self.class_names) < 2 or isinstance(self, Endless):
            raise UserError(f"imbalance: {self.name} has no labelled items of two classes or more; leave it at 1")
        num_classes = len(self.class_names)
        smallest = int(self.labels.bincount(minlength=num_classes).min())
        kept = []
        for label in range(num_classes):
            num = max(round(smallest * imbalance ** (label / (num_classes - 1))), 1)
            rows = torch.nonzero(self.labels == label).flatten()
            kept.append(rows[torch.randperm(len(rows), generator=generator_for("imbalance", label))[:num]])
        return self._chosen(torch.cat(kept).sort().values, f"long tail {imbalance}")

    def _chosen(self, rows: Tensor, how: str) -> "Dataset":
        labels = None if self.labels is None else self.labels[rows]
        content = hashlib.sha256(f"{self.content_hash} {how}".encode()).hexdigest()
        return Dataset(self.name, self.items[rows], labels, self.class_names, content, self.note)


@dataclass(frozen=True, eq=False)
class Endless(Dataset):
    """A distribution that every draw samples afresh; `items` are a fixed sample of it, to evaluate against."""

    def sample(self, num: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Draw items (num, *shape) and the class each is of (num,), int64, with a CPU generator."""
        raise TypeError(f"{type(self).__name__} is abstract")


def to_float(items: Tensor) -> Tensor:
    """uint8 0..255 -> float32 in [-1, 1]; points stay as they are."""
    return items.float().mul_(2 / 255).sub_(1) if items.dtype == torch.uint8 else items


def to_uint8(images: Tensor) -> Tensor:
    """float [-1, 1] -> uint8 0..255, rounded to nearest; values outside are clipped."""
    return images.float().add(1).mul(127.5).round().clamp(0, 255).to(torch.uint8)


def hash_content(items: Tensor, labels: Tensor | None) -> str:
    """SHA-256 over dtype, shape and raw bytes of items and labels, as 64 hex digits."""
    digest = hashlib.sha256()
    for part in (items, labels):
        if part is None:
            digest.update(b"none")
            continue
        array = part.contiguous().numpy()
        digest.update(f"{array.dtype.str} {array.shape}".encode())
        num_rows = max(1, 2**24 // max(1, array[:1].nbytes))  # mapped items are read piece by piece
        for start in range(0, len(array), num_rows):
            digest.update(array[start : start + num_rows].data)
    return digest.hexdigest()


class NoTestSplit(UserError):
    """The source holds no test items: all it has is training data."""


class DataConfig(Config):
    """Base of every data source's config; has `kind` and the options that source reads.

    licence: under which the source's items are, as their publishers state it, with the place; "unknown" where nothing
        is known.
    """

    licence: ClassVar[str] = "unknown"

    flip: bool = False
    """Mirror each image left to right with probability 1/2 when it is drawn. Ignored for points."""

    balanced: bool = False
    """Draw every class equally often, however many items it has. Needs labels."""

    @property
    def name(self) -> str:
        """The source as `parse_data` reads it: "digits", "folder:faces"."""
        path = getattr(self, "path", None)
        return self.tag if path is None else f"{self.tag}:{path}"

    imbalance: float = Field(default=1.0, gt=0, le=1)
    """Training items of the last class for each of the first; those between follow evenly on a log scale. 1: as is."""

    def load(self, split: str = "train", data_dir: str | None = None) -> Dataset:
        """Return the items of a split as they are trained on: `build`, with the classes thinned to `imbalance`."""
        dataset = self.build(split, data_dir)
        return dataset.long_tailed(self.imbalance) if self.imbalance < 1 and split == "train" else dataset

    def build(self, split: str = "train", data_dir: str | None = None) -> Dataset:
        """Return the items of "train" or "test", from `data_dir`/<name>/ where given, else from cache or download.

        Raises UserError with one line that says which files to put where, and NoTestSplit where there is no test data.
        """
        raise TypeError(f"{type(self).__name__} is abstract")


def check_split(split: str) -> None:
    """Raise UserError unless `split` is "train" or "test"."""
    if split not in ("train", "test"):
        raise UserError(f"unknown split '{split}'; known: test, train")


class Batches(Protocol):
    """Draws batches as a pure function of the position: how many items were drawn before."""

    def batch(self, position: int, size: int) -> tuple[Tensor, Tensor | None]:
        """Items (size, *shape) as float and labels (size,) for the draws [position, position + size)."""
        ...
