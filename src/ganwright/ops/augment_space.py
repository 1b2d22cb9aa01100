"""Augmentations that move pixels without changing them: pure functions of images (N, C, H, W) and random numbers.

Every item has its own numbers. All is gathering, so derivatives of any order with respect to the images exist, and
torch.func.vmap runs over a further leading axis.
"""

from typing import Literal

import torch
from torch import Tensor

from ganwright.ops.augment_filters import mirrored

Padding = Literal["zero", "reflect"]
"""What lies beyond the border: 0, which is mid-gray, or the image mirrored about its outermost pixels' centres."""


def flip(images: Tensor, flipped: Tensor) -> Tensor:
    """Left and right change places where `flipped` (N,) bool."""
    return torch.where(flipped[:, None, None, None], images.flip(-1), images)


def shift(images: Tensor, right: Tensor, down: Tensor, padding: Padding = "zero") -> Tensor:
    """Move each image by whole pixels: right and down (N,) int64, negative ones to the left and up."""
    height, width = images.shape[2:]
    rows = torch.arange(height, device=images.device)[:, None] - down[:, None, None]
    columns = torch.arange(width, device=images.device) - right[:, None, None]
    moved = pick(images, mirrored(rows, height) * width + mirrored(columns, width))
    if padding == "reflect":
        return moved
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    return torch.where(inside[:, None], moved, 0.0)


def blit(images: Tensor, inverse: Tensor) -> Tensor:
    """Flips, quarter turns and whole shifts at once, pixels moved without rounding; beyond the border mirrored.

    inverse: (N, 3, 3), takes places in the result to places in the image, in pixels from the middle, (x, y, 1).
    """
    height, width = images.shape[2:]
    columns, rows = (place.round().long() for place in sources(inverse, height, width))
    return pick(images, mirrored(rows, height) * width + mirrored(columns, width))


def sources(inverse: Tensor, height: int, width: int, step: float = 1.0, margin: int = 0) -> tuple[Tensor, Tensor]:
    """Where each place of the result comes from: x and y (N, h, w), in pixels from the first one's centre.

    step: distance of the places in pixels; they cover the image and `margin` places more on each side. With step 1/2
        there is one place less than twice the pixels, as the last pixel's centre ends the image.
    """
    middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
    x, y = (
        torch.arange(-margin, round((size - 1) / step) + 1 + margin, device=inverse.device) * step - middle
        for size, middle in ((width, middle_x), (height, middle_y))
    )
    row = inverse[:, :2, :, None, None]
    place = row[:, :, 0] * x + row[:, :, 1] * y[:, None] + row[:, :, 2]
    return place[:, 0] + middle_x, place[:, 1] + middle_y


def pick(images: Tensor, index: Tensor) -> Tensor:
    """The pixels at `index` (N, h, w) int64, row * width + column, within the image -> (N, C, h, w)."""
    num, num_channels = images.shape[:2]
    places = index.flatten(1)[:, None].expand(num, num_channels, -1)
    return images.flatten(2).gather(2, places).unflatten(2, index.shape[1:])
