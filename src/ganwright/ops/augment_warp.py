"""Affine warps of images (N, C, H, W), each item with its own, from gathered pixels.

torch's grid_sample has no second derivative, which penalties on a discriminator's input gradient need; gathering has
derivatives of any order with respect to the images, and torch.func.vmap runs over a further leading axis.

A warp is given by its inverse, (N, 3, 3): it takes places in the result to places in the image, both in pixels from
the image's middle, x to the right and y down, as (x, y, 1). First A, then B has the inverse inverse(A) @ inverse(B).
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from ganwright.ops.augment_filters import CENTRE, doubling, halving, mirrored
from ganwright.ops.augment_space import Padding, pick, sources

PIECE = 2**16
"""Values of images warped at once on a CPU, so that the doubled ones stay in its cache: twice as fast at 128x128."""


def warp(images: Tensor, inverse: Tensor, padding: Padding = "reflect") -> Tensor:
    """Warp by bilinear interpolation between the four nearest pixels."""
    height, width = images.shape[2:]
    x, y = sources(inverse, height, width)
    return bilinear(images, x, y, padding)


def warp_antialiased(images: Tensor, inverse: Tensor) -> Tensor:
    """Warp at twice the resolution, with a wavelet filter on the way up and down; beyond the border mirrored.

    Far less blur than `warp`, and fewer jaggies where it shrinks (Karras et al. 2020, arXiv:2006.06676, appendix B).
    """
    num_at_once = max(1, PIECE // images[0].numel())
    if images.device.type == "cpu" and len(images) > num_at_once:
        pieces = zip(images.split(num_at_once), inverse.split(num_at_once), strict=True)
        return torch.cat([warp_antialiased(*piece) for piece in pieces])
    height, width = images.shape[2:]
    kind = images.dtype, images.device
    finer = doubling(height, *kind) @ images @ doubling(width, *kind).T
    # Five places beyond either end at half-pixel steps, and a sixth after the last: those that `halving` looks at.
    x, y = sources(inverse, height, width, step=0.5, margin=CENTRE + 1)
    changed = bilinear(finer, 2 * x[:, 1:, 1:], 2 * y[:, 1:, 1:])
    return halving(height, *kind) @ changed @ halving(width, *kind).T


def bilinear(images: Tensor, x: Tensor, y: Tensor, padding: Padding = "reflect") -> Tensor:
    """Images at places x and y (N, h, w), in pixels from the first one's centre -> (N, C, h, w)."""
    if padding == "zero":
        images = F.pad(images, (1, 1, 1, 1))
        height, width = images.shape[2:]
        x, y = (x + 1).clamp(0, width - 1), (y + 1).clamp(0, height - 1)
    else:
        height, width = images.shape[2:]
        x, y = mirrored(x, width), mirrored(y, height)
    # A place on the last pixel is to the right of the one before it, by a whole pixel.
    left, top = x.floor().clamp(0, max(width - 2, 0)), y.floor().clamp(0, max(height - 2, 0))
    right_share, bottom_share = ((x - left).to(images.dtype)[:, None], (y - top).to(images.dtype)[:, None])
    index = top.long() * width + left.long()
    right, below = min(1, width - 1), width * min(1, height - 1)
    mixed = pick(images, index) * ((1 - right_share) * (1 - bottom_share))
    mixed = torch.addcmul(mixed, pick(images, index + right), right_share * (1 - bottom_share))
    mixed = torch.addcmul(mixed, pick(images, index + below), (1 - right_share) * bottom_share)
    return torch.addcmul(mixed, pick(images, index + (below + right)), right_share * bottom_share)


def scaling(x: Tensor, y: Tensor) -> Tensor:
    """Matrices (N, 3, 3) that stretch by x and y (N,)."""
    zero, one = torch.zeros_like(x), torch.ones_like(x)
    return _matrix([x, zero, zero], [zero, y, zero], [zero, zero, one])


def rotation(angle: Tensor) -> Tensor:
    """Matrices (N, 3, 3) that turn by angles (N,), in radians, clockwise to the eye since y points down."""
    zero, one = torch.zeros_like(angle), torch.ones_like(angle)
    cos, sin = angle.cos(), angle.sin()
    return _matrix([cos, -sin, zero], [sin, cos, zero], [zero, zero, one])


def quarter_turns(number: Tensor) -> Tensor:
    """Matrices (N, 3, 3) that turn by 0 to 3 quarters (N,) int64, clockwise to the eye, without rounding."""
    cos, sin = ((number == a).float() - (number == b).float() for a, b in ((0, 2), (1, 3)))
    zero, one = torch.zeros_like(cos), torch.ones_like(cos)
    return _matrix([cos, -sin, zero], [sin, cos, zero], [zero, zero, one])


def translation(x: Tensor, y: Tensor) -> Tensor:
    """Matrices (N, 3, 3) that move by x and y (N,) pixels."""
    zero, one = torch.zeros_like(x), torch.ones_like(x)
    return _matrix([one, zero, x], [zero, one, y], [zero, zero, one])


def _matrix(*rows: list[Tensor]) -> Tensor:
    return torch.stack([torch.stack(row, -1) for row in rows], -2)
