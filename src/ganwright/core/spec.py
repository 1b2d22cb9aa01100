"""What a network must know about the data: its shape, its classes and its range."""

from dataclasses import dataclass
from math import prod


@dataclass(frozen=True)
class DataSpec:
    """The shape of one item and how many classes its labels have.

    shape: (C, H, W) for images, (D,) for points.
    num_classes: 0 where the data has no labels.
    bounded: True where values lie in [-1, 1] (images); False for points of any size.
    """

    shape: tuple[int, ...]
    num_classes: int = 0
    bounded: bool = True

    @property
    def is_image(self) -> bool:
        """True for (C, H, W) items."""
        return len(self.shape) == 3

    @property
    def num_values(self) -> int:
        """How many numbers one item holds."""
        return prod(self.shape)

    def __str__(self) -> str:
        size = "x".join(map(str, self.shape))
        return f"{size}, {self.num_classes} classes" if self.num_classes else size
