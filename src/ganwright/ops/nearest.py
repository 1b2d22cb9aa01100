"""3x3 convolutions next to a change of resolution: after nearest-neighbour doubling, and before 2x2 averaging.

Each is the same map as one convolution with a 4x4 kernel and stride 2, which takes 16 products where the two steps take
36, borders included. On a CPU it runs up to three times as fast (benchmarks/nearest.py), unless the smaller resolution
has few pixels; elsewhere the two steps are taken.
"""

from torch import Tensor
from torch.nn import functional as F

FEWEST_PIXELS = 64
"""Of the smaller resolution; below, matrix products are small and the two steps are as fast."""


def double_nearest(x: Tensor) -> Tensor:
    """Images (N, C, H, W) -> (N, C, 2H, 2W), each pixel four times."""
    return F.interpolate(x, scale_factor=2, mode="nearest")


def double_and_convolve(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Images (N, C, H, W), weight (O, C, 3, 3) -> (N, O, 2H, 2W): doubled, then convolved with padding 1."""
    if x.device.type == "cpu" and x.shape[-2] * x.shape[-1] >= FEWEST_PIXELS:
        return double_and_convolve_at_once(x, weight, bias)
    return double_and_convolve_in_steps(x, weight, bias)


def double_and_convolve_in_steps(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """The definition of double_and_convolve."""
    return F.conv2d(double_nearest(x), weight, bias, padding=1)


def double_and_convolve_at_once(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """The same as one transposed convolution."""
    return F.conv_transpose2d(x, spread(weight.flip(-2, -1)).transpose(0, 1), bias, stride=2, padding=1)


def convolve_and_halve(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Images (N, C, 2H, 2W), weight (O, C, 3, 3) -> (N, O, H, W): convolved with padding 1, then averaged over 2x2."""
    if x.device.type == "cpu" and x.shape[-2] * x.shape[-1] >= 4 * FEWEST_PIXELS:
        return convolve_and_halve_at_once(x, weight, bias)
    return convolve_and_halve_in_steps(x, weight, bias)


def convolve_and_halve_in_steps(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """The definition of convolve_and_halve."""
    return F.avg_pool2d(F.conv2d(x, weight, bias, padding=1), 2)


def convolve_and_halve_at_once(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """The same as one convolution."""
    return F.conv2d(x, spread(weight) / 4, bias, stride=2, padding=1)


def spread(weight: Tensor) -> Tensor:
    """Kernels (..., 3, 3) -> (..., 4, 4): the sum of the four places that they have in a 4x4 window."""
    padded = F.pad(weight, (1, 1, 1, 1))
    rows = padded[..., 1:, :] + padded[..., :-1, :]
    return rows[..., 1:] + rows[..., :-1]
