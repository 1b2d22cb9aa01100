"""Convolution whose weight each item's style scales (Karras et al. 2020, StyleGAN2, arXiv:1912.04958, section 2.2).

Item n has the weight w'_oik = s_ni w_oik, and demodulated w''_oik = w'_oik / sqrt(sum over i, k of w'_oik^2 + eps)
(equations 1 and 3). Two forms: activations are scaled before and after one convolution that all items share, or one
grouped convolution has a group for each item. The first moves more numbers, the second uses small matrices. A 1x1
kernel is a matrix product, for which each item may as well have its own matrix.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from ganwright.ops.autocast import without_autocast
from ganwright.ops.fir import BINOMIAL, Taps, blur

EPSILON = 1e-8
SPREAD = 4
"""Zeros between the pixels leave a quarter of the brightness."""

FEWEST_PIXELS = 48
"""In single precision on a CPU, with channels outermost, the grouped form is faster from so many pixels a channel on
(benchmarks/modulated.py)."""


def modulated_convolution(
    features: Tensor,
    weight: Tensor,
    styles: Tensor,
    gain: float = 1.0,
    demodulate: bool = True,
    double: bool = False,
    taps: Taps = BINOMIAL,
) -> Tensor:
    """Convolve each item with its own weight: (N, I, H, W) -> (N, O, H, W), or (N, O, 2H, 2W).

    weight: (O, I, k, k), k odd; borders are padded by zeros. styles: s, (N, I).
    gain: a factor of the weight, for equalised learning rates.
    demodulate: give each item's weight unit length an output.
    double: double the sides: a transposed convolution of stride 2, then the filter `taps`, which keeps the brightness.
    """
    if weight.shape[2] == 1 and not double:
        return by_products(features, weight, styles, gain, demodulate)
    form = by_scaling if scales(features, weight) else by_groups
    return form(features, weight, styles, gain, demodulate, double, taps)


def scales(features: Tensor, weight: Tensor) -> bool:
    """Whether scaling activations is the faster form for these sizes.

    While a graph is traced it is the only one: its convolution has as many groups for any number of items.
    """
    if torch.compiler.is_compiling():
        return True
    pixels = features.shape[2] * features.shape[3]
    single = features.dtype == torch.float32 and not torch.is_autocast_enabled("cpu")
    outermost = features.stride(1) != 1
    return not (features.device.type == "cpu" and single and outermost and pixels >= FEWEST_PIXELS * weight.shape[1])


def by_scaling(
    features: Tensor,
    weight: Tensor,
    styles: Tensor,
    gain: float = 1.0,
    demodulate: bool = True,
    double: bool = False,
    taps: Taps = BINOMIAL,
) -> Tensor:
    """conv(features * s, w) / |w'|: the same by scaling what goes in and what comes out."""
    with without_autocast(features.device):
        before = styles.float() if features.dtype != torch.float64 else styles
        after, share = None, gain * (SPREAD if double else 1)
        if demodulate:
            after = share * (gain**2 * before.square() @ weight.square().sum((2, 3)).T + EPSILON).rsqrt()
        else:
            before = before * share
    outputs = _convolved(features * before.to(features.dtype)[:, :, None, None], weight, double, taps)
    return outputs if after is None else outputs * after.to(outputs.dtype)[:, :, None, None]


def by_groups(
    features: Tensor,
    weight: Tensor,
    styles: Tensor,
    gain: float = 1.0,
    demodulate: bool = True,
    double: bool = False,
    taps: Taps = BINOMIAL,
) -> Tensor:
    """The same by one convolution of N groups on the items side by side."""
    num = len(features)
    weights = item_weights(weight, styles, gain, demodulate) * (SPREAD if double else 1)
    together = features.reshape(1, -1, *features.shape[2:])
    outputs = _convolved(together, weights.flatten(0, 1), double, taps, groups=num)
    return outputs.reshape(num, -1, *outputs.shape[2:])


def by_products(features: Tensor, weight: Tensor, styles: Tensor, gain: float = 1.0, demodulate: bool = True) -> Tensor:
    """The same for a 1x1 kernel, without doubling, as a matrix product for each item."""
    weights = item_weights(weight, styles, gain, demodulate).flatten(2)
    return (weights @ features.flatten(2)).unflatten(2, features.shape[2:])


def by_definition(
    features: Tensor,
    weight: Tensor,
    styles: Tensor,
    gain: float = 1.0,
    demodulate: bool = True,
    double: bool = False,
    taps: Taps = BINOMIAL,
) -> Tensor:
    """The same item by item. The slow reference."""
    weights = item_weights(weight, styles, gain, demodulate) * (SPREAD if double else 1)
    return torch.cat([_convolved(f[None], w, double, taps) for f, w in zip(features, weights, strict=True)])


def item_weights(weight: Tensor, styles: Tensor, gain: float, demodulate: bool) -> Tensor:
    """The weight of each item, (N, O, I, k, k)."""
    with without_autocast(weight.device):
        weights = gain * weight * styles.to(weight.dtype)[:, None, :, None, None]
        if demodulate:
            weights = weights * (weights.square().sum((2, 3, 4), keepdim=True) + EPSILON).rsqrt()
    return weights


def _convolved(features: Tensor, weight: Tensor, double: bool, taps: Taps, groups: int = 1) -> Tensor:
    """A convolution that keeps the sides, or one to doubled sides, and the filter, with a quarter of the brightness."""
    num_outputs, num_inputs, size, _ = weight.shape
    if not double:
        return F.conv2d(features, weight, padding=size // 2, groups=groups)
    turned = weight.view(groups, num_outputs // groups, num_inputs, size, size).transpose(1, 2)
    spread = F.conv_transpose2d(features, turned.reshape(-1, *turned.shape[2:]), stride=2, groups=groups)
    return blur(spread, taps, _around(len(taps), size))


def _around(num_taps: int, size: int) -> tuple[int, int]:
    """Zeros around 2H + k - 2 pixels so that 2H are left, with the first where the first input was."""
    total = num_taps + 1 - size
    return (total + 1) // 2, total // 2
