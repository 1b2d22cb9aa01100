"""What a data source builds: items held once, in the form they are stored in, with their labels and their hash."""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from ganwright.core.config import Config
from ganwright.core.spec import DataSpec


@dataclass(frozen=True)
class Dataset:
    """Items of one split.

    name: as the user wrote it, e.g. "digits" or "folder:faces".
    items: uint8 (N, C, H, W) images, or float32 (N, D) points. May be a memory-mapped tensor.
    labels: int64 (N,) or None.
    class_names: one name a class; empty without labels.
    content_hash: identifies the items and labels, so that features can be cached and a changed folder is noticed.
    """

    name: str
    items: Tensor
    labels: Tensor | None
    class_names: tuple[str, ...]
    content_hash: str

    def __len__(self) -> int:
        return len(self.items)

    @property
    def spec(self) -> DataSpec:
        """Shape, classes and range, as the networks need them."""
        bounded = self.items.dtype == torch.uint8
        return DataSpec(tuple(self.items.shape[1:]), len(self.class_names), bounded)


def to_float(items: Tensor) -> Tensor:
    """uint8 0..255 -> float32 in [-1, 1]; points stay as they are."""
    return items.float().mul_(2 / 255).sub_(1) if items.dtype == torch.uint8 else items


def to_uint8(images: Tensor) -> Tensor:
    """float [-1, 1] -> uint8 0..255, rounded to nearest; values outside are clipped."""
    return images.float().add(1).mul(127.5).round().clamp(0, 255).to(torch.uint8)


class DataConfig(Config):
    """Base of every data source's config; has `kind` and the options that source reads."""

    flip: bool = False
    """Mirror each image left to right with probability 1/2 when it is drawn. Ignored for points."""

    balanced: bool = False
    """Draw every class equally often, however many items it has. Needs labels."""

    def build(self, split: str = "train", data_dir: str | None = None) -> Dataset:
        """Return the items of "train" or "test", from `data_dir`/<name>/ where given, else from cache or download.

        Raises UserError with one line that says which files to put where.
        """
        raise TypeError(f"{type(self).__name__} is abstract")


class Batches(Protocol):
    """Draws batches as a pure function of the position: how many items were drawn before."""

    def batch(self, position: int, size: int) -> tuple[Tensor, Tensor | None]:
        """Items (size, *shape) as float and labels (size,) for the draws [position, position + size)."""
        ...
