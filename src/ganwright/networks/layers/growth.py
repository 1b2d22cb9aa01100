"""Progressive growing (Karras et al. 2018, ProGAN, arXiv:1710.10196, section 2): which resolution it is time for."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

FOREVER = 2**62


class _Found:
    """What was read. (A list would be copied on its way into the function.)"""

    numbers: list[int]


class _Read(torch.autograd.Function):
    """Reads a clock's numbers, also under torch.func.vmap, where all seeds have the same."""

    @staticmethod
    def forward(clock: Tensor, found: _Found) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        found.numbers = (clock if clock.ndim == 1 else clock[0]).tolist()
        return clock.clone()

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        ctx.mark_non_differentiable(output)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[None, None]:
        return None, None

    @staticmethod
    def vmap(  # pyright: ignore[reportIncompatibleMethodOverride]
        info: Any, in_dims: tuple[int | None, ...], clock: Tensor, found: _Found
    ) -> tuple[Tensor, int | None]:
        dim = in_dims[0]
        return _Read.apply(clock if dim is None else clock.movedim(dim, 0), found), None if dim is None else 0


class Growth(nn.Module):
    """How far a growing network has grown.

    num_levels: resolutions it can have. A fresh one is fully grown.
    clock: a buffer of int64 numbers: images seen, images of a fade, images that each resolution is held for after it,
        and the first level. Of a network's average it is a copy.
    """

    clock: Tensor

    def __init__(self, num_levels: int) -> None:
        super().__init__()
        self.num_levels = num_levels
        self.register_buffer("clock", torch.tensor([FOREVER, 1, 0, 0], device="cpu"))  # read where all else is "meta"

    @torch.no_grad()
    def set(self, num_images: int, fade_images: int, hold_images: int, first_level: int) -> None:
        """Set the clock. fade_images and hold_images are at least 0, and not both 0."""
        for place, number in enumerate((num_images, fade_images, hold_images, first_level)):
            self.clock[place] = number

    def stage(self) -> tuple[int, float]:
        """The level, 0 for the base to num_levels - 1, and how far its fade has come: 0 just begun, 1 all there.

        The first level is held; then each one more is faded in and held. The last is held for ever.
        """
        found = _Found()
        _Read.apply(self.clock, found)
        num_images, fade_images, hold_images, first_level = found.numbers
        return stage_at(num_images, fade_images, hold_images, first_level, self.num_levels)


def stage_at(
    num_images: int, fade_images: int, hold_images: int, first_level: int, num_levels: int
) -> tuple[int, float]:
    """The level and the share of its fade after `num_images`; see Growth.stage."""
    first = min(first_level, num_levels - 1)
    if num_images < hold_images:
        return first, 1.0
    rounds, within = divmod(num_images - hold_images, fade_images + hold_images)
    level = first + 1 + rounds
    if level >= num_levels:
        return num_levels - 1, 1.0
    return level, min(1.0, within / fade_images) if fade_images else 1.0


def shrunk(images: Tensor, factor: int) -> Tensor:
    """Images (N, C, H, W) -> (N, C, H / factor, W / factor), each pixel the mean of those it stands for."""
    return F.avg_pool2d(images, factor) if factor > 1 else images


def enlarged(images: Tensor, factor: int) -> Tensor:
    """Images (N, C, H, W) -> (N, C, H * factor, W * factor), each pixel repeated."""
    return F.interpolate(images, scale_factor=factor, mode="nearest") if factor > 1 else images


def faded(images: Tensor, share: float) -> Tensor:
    """Images as they look while their resolution fades in: at 0 what half of it shows, at 1 themselves."""
    return images if share == 1 else torch.lerp(enlarged(shrunk(images, 2), 2), images, share)


class Growing(nn.Module):
    """What growing generators and discriminators share.

    growth: how far it has grown. sizes: (height, width) of each level.
    """

    growth: Growth
    sizes: list[tuple[int, int]]

    def at_level(self, images: Tensor) -> Tensor:
        """Images of full size -> of the size of the level that it has grown to. Those of that size stay."""
        level, _ = self.growth.stage()
        return shrunk(images, images.shape[-1] // self.sizes[level][1])

    def at_full_size(self, images: Tensor) -> Tensor:
        """Images of the level's size -> of full size."""
        return enlarged(images, self.sizes[-1][1] // images.shape[-1])
