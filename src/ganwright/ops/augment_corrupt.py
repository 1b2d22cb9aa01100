"""Augmentations that filter, blur, disturb and hide: pure functions of images (N, C, H, W) and random numbers.

Every item has its own numbers; derivatives of any order with respect to the images exist, and torch.func.vmap runs
over a further leading axis.
"""

import torch
from torch import Tensor

from ganwright.ops.augment_filters import bands


def amplify_bands(images: Tensor, gains: Tensor) -> Tensor:
    """Amplify four octaves of frequencies, lowest first, by `gains` (N, 4), along both axes; borders are mirrored.

    The octaves end at 1/8, 1/4, 1/2 and all of the highest frequency (Karras et al. 2020, arXiv:2006.06676,
    appendix B). Equal gains g scale the image by g^2.
    """
    vertical, horizontal = (
        torch.einsum("nb,bij->nij", gains.to(images.dtype), bands(size, images.dtype, images.device))
        for size in images.shape[2:]
    )
    return vertical[:, None] @ images @ horizontal[:, None].mT


def add_noise(images: Tensor, noise: Tensor, std: Tensor) -> Tensor:
    """Add `noise` (N, C, H, W) times `std` (N,)."""
    return images + noise * std[:, None, None, None]


def cut_out(images: Tensor, left: Tensor, top: Tensor, width: Tensor, height: Tensor) -> Tensor:
    """Set a rectangle to 0, mid-gray: the pixels whose places lie in [left, left + width) and [top, top + height).

    All (N,), in pixels from the first one, whole or not, inside the image or not. Width 0 hides nothing.
    """
    hidden = _between(images.shape[2], top, height)[:, :, None] & _between(images.shape[3], left, width)[:, None, :]
    return torch.where(hidden[:, None], 0.0, images)


def _between(size: int, start: Tensor, length: Tensor) -> Tensor:
    places = torch.arange(size, device=start.device)
    return (places >= start[:, None]) & (places < (start + length)[:, None])
