"""Augmentations of colour: pure functions of images (N, C, H, W) in [-1, 1] and one random number an item.

Of three channels all are colours; of four the last is transparency and keeps its values. With any other number of
channels each is a gray image of its own, which has neither saturation nor hue.
"""

from collections.abc import Callable

import torch
from torch import Tensor


def brighten(images: Tensor, amount: Tensor) -> Tensor:
    """Add `amount` (N,), in the images' unit."""
    return _on_colours(images, lambda colours: colours + _each(amount, colours))


def saturate(images: Tensor, factor: Tensor) -> Tensor:
    """Scale each pixel's distance from its gray, the mean of its colours, by `factor` (N,). Gray images stay."""
    if not _has_hue(images):
        return images
    return _on_colours(images, lambda colours: _stretch(colours, colours.mean(1, keepdim=True), factor))


def contrast(images: Tensor, factor: Tensor) -> Tensor:
    """Scale each value's distance from the mean of its image by `factor` (N,)."""
    return _on_colours(images, lambda colours: _stretch(colours, colours.mean((1, 2, 3), keepdim=True), factor))


def recolour(images: Tensor, matrix: Tensor) -> Tensor:
    """Apply `matrix` (N, 4, 4) to (red, green, blue, 1) of each pixel.

    A gray value counts as red, green and blue alike, and the mean of the three that result is the new gray.
    """
    linear, offset = matrix[:, :3, :3], matrix[:, :3, 3:]
    if _has_hue(images):
        return _on_colours(images, lambda colours: (linear @ colours.flatten(2) + offset).view_as(colours))
    return images * _each(linear.sum((1, 2)) / 3, images) + _each(offset.mean((1, 2)), images)


def brightness_matrix(amount: Tensor) -> Tensor:
    """(N, 4, 4) that adds `amount` (N,) to every colour."""
    linear = torch.eye(3, dtype=amount.dtype, device=amount.device).expand(len(amount), 3, 3)
    return _affine(linear, amount)


def contrast_matrix(factor: Tensor) -> Tensor:
    """(N, 4, 4) that scales every colour by `factor` (N,): contrast about mid-gray, which is 0."""
    return _affine(_each(factor, 3) * torch.eye(3, dtype=factor.dtype, device=factor.device))


def luma_flip_matrix(flipped: Tensor) -> Tensor:
    """(N, 4, 4) that turns light into dark and keeps hue and saturation, where `flipped` (N,) bool: a reflection."""
    gray, colour = _axes(flipped.float())
    return _affine(_each(1 - 2 * flipped.float(), 3) * gray + colour)


def hue_matrix(angle: Tensor) -> Tensor:
    """(N, 4, 4) that turns colours about the gray axis by `angle` (N,), in radians; 2/3 pi takes red to green."""
    gray, colour = _axes(angle)
    step = torch.eye(3, dtype=angle.dtype, device=angle.device).roll(1, 0)
    # Rodrigues' formula about the axis u = (1, 1, 1) / sqrt(3): u u^T + cos (1 - u u^T) + sin [u]x.
    return _affine(gray + _each(angle.cos(), 3) * colour + _each(angle.sin(), 3) * (step - step.T) / 3**0.5)


def saturation_matrix(factor: Tensor) -> Tensor:
    """(N, 4, 4) that scales each colour's distance from its gray by `factor` (N,)."""
    gray, colour = _axes(factor)
    return _affine(gray + _each(factor, 3) * colour)


def _on_colours(images: Tensor, change: Callable[[Tensor], Tensor]) -> Tensor:
    if images.shape[1] != 4:
        return change(images)
    return torch.cat([change(images[:, :3]), images[:, 3:]], 1)


def _has_hue(images: Tensor) -> bool:
    return images.shape[1] in (3, 4)


def _each(numbers: Tensor, like: Tensor | int) -> Tensor:
    """Numbers (N,), to multiply what has as many axes as `like`, or that many."""
    num_axes = like if isinstance(like, int) else like.ndim
    return numbers.view(-1, *[1] * (num_axes - 1))


def _stretch(colours: Tensor, middle: Tensor, factor: Tensor) -> Tensor:
    return middle + (colours - middle) * _each(factor, colours)


def _axes(like: Tensor) -> tuple[Tensor, Tensor]:
    """Projections (3, 3) of a colour to its gray and to the rest; with `like`'s dtype and device."""
    identity = torch.eye(3, dtype=like.dtype, device=like.device)
    gray = torch.full_like(identity, 1 / 3)
    return gray, identity - gray


def _affine(linear: Tensor, offset: Tensor | None = None) -> Tensor:
    """(N, 4, 4) that applies `linear` (N, 3, 3) and adds `offset` (N,) to each colour."""
    offsets = torch.zeros_like(linear[:, :, :1]) if offset is None else _each(offset, 3).expand(-1, 3, 1)
    last = torch.eye(4, dtype=linear.dtype, device=linear.device)[3:].expand(len(linear), 1, 4)
    return torch.cat([torch.cat([linear, offsets], 2), last], 1)
