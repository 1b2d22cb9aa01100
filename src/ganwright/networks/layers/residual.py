"""Residual blocks of the ResNet families: SNGAN, SAGAN and BigGAN (Miyato et al. 2018, appendix B.4).

Their 1x1 shortcuts run at the lower resolution: a 1x1 convolution and nearest doubling, or 2x2 averaging, can change
places without changing a number, and there it has a quarter of the work.
"""

from collections.abc import Callable
from math import sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganwright.networks.base import Init
from ganwright.networks.layers.initialise import initialise
from ganwright.networks.layers.norms import ConditionalBatchNorm, ModulatedBatchNorm
from ganwright.ops.nearest import convolve_and_halve, double_and_convolve, double_nearest

MakeNorm = Callable[[int], nn.Module]
"""Channels -> the norm of a feature map with so many."""


class DoubleConv(nn.Conv2d):
    """(N, C, H, W) -> (N, O, 2H, 2W): nearest doubling, then a 3x3 convolution."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__(in_channels, out_channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return double_and_convolve(x, self.weight, self.bias)


class HalveConv(nn.Conv2d):
    """(N, C, 2H, 2W) -> (N, O, H, W): a 3x3 convolution, then averages over 2x2."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__(in_channels, out_channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return convolve_and_halve(x, self.weight, self.bias)


class UpBlock(nn.Module):
    """norm, ReLU, doubling, conv, norm, ReLU, conv, beside a doubled 1x1 shortcut: (N, C, H, W) -> (N, O, 2H, 2W).

    norm: makes each norm; those that are conditional get `condition`.
    """

    def __init__(self, in_channels: int, out_channels: int, norm: MakeNorm) -> None:
        super().__init__()
        self.norm_1 = norm(in_channels)
        self.conv_1 = DoubleConv(in_channels, out_channels)
        self.norm_2 = norm(out_channels)
        self.conv_2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        self.shortcut = nn.Conv2d(in_channels, out_channels, 1)

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        inner = self.conv_1(normed_relu(self.norm_1, x, condition))
        inner = self.conv_2(normed_relu(self.norm_2, inner, condition))
        return double_nearest(self.shortcut(x)) + inner


class DownBlock(nn.Module):
    """ReLU, conv, ReLU, conv, averaging, beside a shortcut: (N, C, H, W) -> (N, O, H/2, W/2), or (N, O, H, W).

    first: it takes the image itself, without the first ReLU.
    hidden: channels between the convolutions.
    halve: average over 2x2. A block that keeps resolution and channels has the identity as its shortcut.
    """

    def __init__(self, in_channels: int, out_channels: int, hidden: int, first: bool, halve: bool) -> None:
        super().__init__()
        self.first, self.halve = first, halve
        self.conv_1 = nn.Conv2d(in_channels, hidden, 3, padding=1)
        self.conv_2 = HalveConv(hidden, out_channels) if halve else nn.Conv2d(hidden, out_channels, 3, padding=1)
        self.shortcut = nn.Conv2d(in_channels, out_channels, 1) if halve or in_channels != out_channels else None

    def forward(self, x: Tensor) -> Tensor:
        inner = self.conv_1(x if self.first else F.relu(x))
        inner = self.conv_2(F.relu(inner, inplace=True))
        x = F.avg_pool2d(x, 2) if self.halve else x
        return inner + (x if self.shortcut is None else self.shortcut(x))


def normed_relu(norm: nn.Module, x: Tensor, condition: Tensor | None) -> Tensor:
    """ReLU of a norm, which gets the condition where it is a conditional one."""
    conditional = isinstance(norm, ConditionalBatchNorm | ModulatedBatchNorm)
    normal = norm(x, condition) if conditional else norm(x)
    return F.relu(normal, inplace=normal is not x)


def initialise_residual(network: nn.Module, init: Init) -> None:
    """Draw weights as `initialise`; under "xavier" the 3x3 convolutions of blocks get twice the variance.

    That makes up for the ReLU before them, as in the code of Miyato and Koyama 2018.
    """
    initialise(network, init)
    if init == "xavier":
        with torch.no_grad():
            for block in network.modules():
                if isinstance(block, UpBlock | DownBlock):
                    for conv in (block.conv_1, block.conv_2):
                        conv.weight.mul_(sqrt(2))
