"""FIR resampling of images: zeros put in between, a short filter along both axes, every so many pixels kept.

What scipy.signal.upfirdn does along one axis, cut to a chosen padding. The same sums in three forms: two matrix
products, a convolution with a stride, and the definition step by step, which the tests hold the others against.
"""

from collections.abc import Sequence
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

Taps = tuple[float, ...]
Padding = tuple[int, int]

BINOMIAL: Taps = (1.0, 3.0, 3.0, 1.0)
"""[1, 2, 1] convolved with [1, 1]: what StyleGAN2 and R3GAN resample with."""

LARGEST_PRODUCT = {True: 64, False: 16}
"""Up to this side, for more pixels and for as many, two matrix products are fastest on a CPU (benchmarks/fir.py)."""


def double(images: Tensor, taps: Taps = BINOMIAL) -> Tensor:
    """Images (N, C, H, W) -> (N, C, 2H, 2W), as bright as they were. Beyond the border there are zeros."""
    extra = len(taps) - 2
    return resample(images, taps, up=2, padding=((extra + 1) // 2 + 1, extra // 2))


def halve(images: Tensor, taps: Taps = BINOMIAL) -> Tensor:
    """Images (N, C, H, W) of even sides -> (N, C, H/2, W/2), as bright as they were; zeros beyond the border."""
    extra = len(taps) - 2
    return resample(images, taps, down=2, padding=((extra + 1) // 2, extra // 2))


def blur(images: Tensor, taps: Taps, padding: Padding) -> Tensor:
    """Filter images (N, C, H, W) along both axes, with `padding` zeros (before, after) each."""
    return resample(images, taps, padding=padding)


def resample(images: Tensor, taps: Taps, up: int = 1, down: int = 1, padding: Padding = (0, 0)) -> Tensor:
    """Along both axes: up - 1 zeros after each pixel, `padding` zeros around, the filter, every down-th pixel.

    images: (N, C, H, W).
    taps: of the filter; they are divided by their sum and multiplied by `up`, so that even brightness stays.
    padding: zeros before and after, counted where the zeros in between already are; below 0: cut off.

    Returns (N, C, H', W') with H' = (up H + before + after - len(taps)) // down + 1.
    """
    small = down == 1 and max(images.shape[2:]) <= LARGEST_PRODUCT[up > 1] and images.device.type == "cpu"
    form = resample_by_products if small or (up > 1 and down > 1) else resample_by_convolution
    return form(images, taps, up, down, padding)


def resample_by_products(images: Tensor, taps: Taps, up: int = 1, down: int = 1, padding: Padding = (0, 0)) -> Tensor:
    """The same as a matrix product along each axis, in the memory layout that the images have."""
    num, channels, height, width = images.shape
    rows, columns = (_matrix(taps, up, down, padding, side, images.dtype, images.device) for side in (height, width))
    if channels > 1 and images.stride(1) == 1:
        inner = images.permute(0, 2, 3, 1).reshape(num, height, width * channels)
        inner = (rows @ inner).reshape(num * len(rows), width, channels)
        return (columns @ inner).reshape(num, len(rows), len(columns), channels).permute(0, 3, 1, 2)
    return rows @ (images @ columns.T)


def resample_by_convolution(
    images: Tensor, taps: Taps, up: int = 1, down: int = 1, padding: Padding = (0, 0)
) -> Tensor:
    """The same as a depthwise convolution with a stride, transposed where up is above 1, which skips the zeros.

    One of up and down must be 1.
    """
    assert up == 1 or down == 1
    channels, num_taps, (before, after) = images.shape[1], len(taps), padding
    kernel = _kernel(taps, up, images.dtype, images.device)
    if up == 1:
        kernel = kernel.flip(0, 1).expand(channels, 1, -1, -1)
        if before != after or before < 0:
            images, before = F.pad(images, (*padding, *padding)), 0
        return F.conv2d(images, kernel, stride=down, padding=before, groups=channels)
    kernel = kernel.expand(channels, 1, -1, -1)
    cut = num_taps - 1 - before, num_taps - up - after
    if cut[0] == cut[1] >= 0:
        return F.conv_transpose2d(images, kernel, stride=up, padding=cut[0], groups=channels)
    return F.pad(F.conv_transpose2d(images, kernel, stride=up, groups=channels), (-cut[0], -cut[1]) * 2)


def resample_by_definition(images: Tensor, taps: Taps, up: int = 1, down: int = 1, padding: Padding = (0, 0)) -> Tensor:
    """The same step by step: insert zeros, pad, convolve each channel, drop pixels. The slow reference."""
    num, channels, height, width = images.shape
    spread = images.reshape(num, channels, height, 1, width, 1)
    spread = F.pad(spread, (0, up - 1, 0, 0, 0, up - 1)).reshape(num, channels, height * up, width * up)
    kernel = _kernel(taps, up, images.dtype, images.device).flip(0, 1).expand(channels, 1, -1, -1)
    return F.conv2d(F.pad(spread, (*padding, *padding)), kernel, groups=channels)[:, :, ::down, ::down]


def scaled(taps: Sequence[float], up: int) -> Taps:
    """The taps with the sum `up`."""
    total = sum(taps)
    return tuple(up * tap / total for tap in taps)


@lru_cache(maxsize=256)
def _kernel(taps: Taps, up: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """The filter of both axes together, (T, T)."""
    with torch.inference_mode(False):
        along = torch.tensor(scaled(taps, up), dtype=torch.float64)
        return torch.outer(along, along).to(device, dtype)


@lru_cache(maxsize=256)
def _matrix(
    taps: Taps, up: int, down: int, padding: Padding, side: int, dtype: torch.dtype, device: torch.device
) -> Tensor:
    """(result's side, side): what each pixel adds to each of the result's."""
    with torch.inference_mode(False):
        along = torch.tensor(scaled(taps, up), dtype=torch.float64)
        size = (up * side + sum(padding) - len(taps)) // down + 1
        # out[m] = sum over j of taps[down m + T - 1 - before - up j] * in[j]
        tap = (down * torch.arange(size) + len(taps) - 1 - padding[0])[:, None] - up * torch.arange(side)
        matrix = torch.where((tap >= 0) & (tap < len(taps)), along[tap.clamp(0, len(taps) - 1)], 0.0)
        return matrix.to(device, dtype)
