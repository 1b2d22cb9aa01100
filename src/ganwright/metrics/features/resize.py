"""How images are brought to a network's size: one rule by default, the field's legacy rules by name.

Resizing moves a Frechet distance by more than many a paper claims to gain (Parmar et al. 2022), so the rule is part of
every figure's protocol. All rules work on float values, and nothing is rounded afterwards. Rounding comes before:
`evaluate` rounds samples to 8 bits first, as a written picture is, so samples and data enter here alike.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from ganwright.core.errors import UserError
from ganwright.core.table import look_up

DEFAULT_RULE = "antialiased-bilinear"


@dataclass(frozen=True)
class Rule:
    """A row of the table: one line that says what the rule does, and the function (images, height, width) -> images."""

    description: str
    apply: Callable[[Tensor, int, int], Tensor]


def _torch(mode: str, antialias: bool) -> Callable[[Tensor, int, int], Tensor]:
    def apply(images: Tensor, height: int, width: int) -> Tensor:
        return F.interpolate(images, (height, width), mode=mode, antialias=antialias, align_corners=False)

    return apply


def _clean(images: Tensor, height: int, width: int) -> Tensor:
    return _torch("bicubic", True)(images, height, width).clamp(-1, 1)


def _legacy_tensorflow(images: Tensor, height: int, width: int) -> Tensor:
    """Pixel x of the result lies at x * in / out of the source: corners, not centres, of pixels are aligned."""
    return _at_corners(_at_corners(images, 2, height), 3, width)


def _at_corners(images: Tensor, dim: int, size: int) -> Tensor:
    source = images.shape[dim]
    places = torch.arange(size, device=images.device, dtype=torch.float64) * (source / size)
    low = places.long().clamp(max=source - 1)
    high = (low + 1).clamp(max=source - 1)
    share = (places - low).to(images.dtype).view(-1, *[1] * (images.ndim - 1 - dim))
    return torch.lerp(images.index_select(dim, low), images.index_select(dim, high), share)


RULES: dict[str, Rule] = {
    "antialiased-bilinear": Rule(
        "bilinear, widened to cover every source pixel when it shrinks, in float; the default", _torch("bilinear", True)
    ),
    "antialiased-bicubic": Rule(
        "bicubic (a = -0.5), widened when it shrinks, in float; may overshoot the range", _torch("bicubic", True)
    ),
    "clean": Rule("what clean-fid does: antialiased bicubic per channel in float, clipped to 0..255", _clean),
    "legacy-pytorch": Rule(
        "bilinear between the nearest four pixels without antialiasing, as pytorch-fid does", _torch("bilinear", False)
    ),
    "legacy-tensorflow": Rule(
        "TensorFlow 1's bilinear: no antialiasing, and source = target * in / out, so half a pixel off",
        _legacy_tensorflow,
    ),
}


def resize(images: Tensor, size: tuple[int, int], rule: str = DEFAULT_RULE) -> Tensor:
    """Bring float images (N, C, H, W) in [-1, 1] to size (height, width), by a rule of the table; float as they came.

    Images that have the size already are returned as they are.
    Raises UserError for an unknown rule, for what are no float images and for a size below 1x1.
    """
    apply = look_up(RULES, rule, "resize rule").apply
    if images.ndim != 4 or not images.is_floating_point() or 0 in images.shape[1:]:
        kind = str(images.dtype).removeprefix("torch.")
        raise UserError(f"only float images (N, C, H, W) can be resized, not {kind} {tuple(images.shape)}")
    height, width = size
    if min(height, width) < 1:
        raise UserError(f"images cannot be resized to {height}x{width}; the smallest size is 1x1")
    return images if tuple(images.shape[2:]) == (height, width) else apply(images, height, width)


def described(size: tuple[int, int] | None, rule: str) -> str:
    """The protocol's word for it, e.g. "antialiased-bilinear to 28x28"; "none" without a size."""
    return "none" if size is None else f"{rule} to {size[0]}x{size[1]}"
