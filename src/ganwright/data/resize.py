"""Resize whole sets of images, in float, with Pillow's antialiased filters."""

import numpy as np
import torch
from PIL import Image
from torch import Tensor


def resize(items: Tensor, size: int | None) -> Tensor:
    """uint8 (N, C, H, W) -> uint8 (N, C, size, size), bicubic, antialiased when it shrinks, rounded to nearest.

    size: pixels a side; None leaves the items as they are.
    """
    if size is None or tuple(items.shape[2:]) == (size, size):
        return items
    planes = items.numpy().reshape(-1, *items.shape[2:])
    resized = np.empty((len(planes), size, size), np.uint8)
    for plane, out in zip(planes, resized, strict=True):
        values = Image.fromarray(plane.astype(np.float32)).resize((size, size), Image.Resampling.BICUBIC)
        out[:] = np.asarray(values).round().clip(0, 255)
    return torch.from_numpy(resized).reshape(*items.shape[:2], size, size)
