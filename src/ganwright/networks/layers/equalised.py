"""Layers with an equalised learning rate (Karras et al. 2018, ProGAN, arXiv:1710.10196, section 4.1).

Weights are stored N(0, 1) and divided by sqrt(fan_in) at run time, so that Adam, whose steps do not depend on the scale
of gradients, moves all of them at the same relative speed.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganwright.networks.layers.conditioning import given
from ganwright.networks.layers.heads import Head
from ganwright.ops.bias_act import GAIN, SLOPE
from ganwright.ops.fir import BINOMIAL, blur, halve
from ganwright.ops.nearest import convolve_and_halve, double_and_convolve

TINY = 1e-8


def unit_length(features: Tensor) -> Tensor:
    """Divide each item's, or pixel's, vector along dim 1 by its root mean square (section 4.2)."""
    precise = features.float() if features.dtype == torch.bfloat16 else features
    return (precise * (precise.square().mean(1, keepdim=True) + TINY).rsqrt()).to(features.dtype)


class EqualisedLinear(nn.Module):
    """(N, inputs) -> (N, outputs).

    leaky: end in LeakyReLU 0.2 with gain sqrt(2). begin: of the bias; None: no bias.
    rate: the learning rate of weight and bias, as a share of the optimiser's.
    gain: a factor of the result, before the bias.
    """

    def __init__(
        self,
        num_inputs: int,
        num_outputs: int,
        leaky: bool = False,
        begin: float | None = 0.0,
        rate: float = 1.0,
        gain: float = 1.0,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(num_outputs, num_inputs) / rate)
        self.bias = None if begin is None else nn.Parameter(torch.full((num_outputs,), begin / rate))
        self.leaky, self.rate = leaky, rate
        self.gain = gain * rate / math.sqrt(num_inputs)

    def forward(self, vectors: Tensor) -> Tensor:
        # LeakyReLU commutes with a factor above 0, so its gain is taken beforehand.
        after = GAIN if self.leaky else 1.0
        if self.bias is None:
            total = (vectors @ self.weight.T) * (self.gain * after)
        else:
            total = torch.addmm(self.bias, vectors, self.weight.T, beta=self.rate * after, alpha=self.gain * after)
        return F.leaky_relu_(total, SLOPE) if self.leaky else total


class EqualisedConv2d(nn.Module):
    """Convolution (N, inputs, H, W) -> (N, outputs, H, W), borders padded by zeros, with a bias.

    size: of the kernel, odd. leaky: end in LeakyReLU 0.2 with gain sqrt(2); bias: have one.
    gain: a factor of the result, bias included.
    """

    def __init__(
        self, num_inputs: int, num_outputs: int, size: int, leaky: bool = True, bias: bool = True, gain: float = 1.0
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(num_outputs, num_inputs, size, size))
        self.bias = nn.Parameter(torch.zeros(num_outputs)) if bias else None
        self.leaky = leaky
        self.after = gain * (GAIN if leaky else 1.0)
        self.scale = self.after / math.sqrt(num_inputs * size * size)

    def forward(self, features: Tensor) -> Tensor:
        total = self.convolved(features, self.weight * self.scale, self._bias())
        return F.leaky_relu_(total, SLOPE) if self.leaky else total

    def convolved(self, features: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """The convolution itself."""
        return F.conv2d(features, weight, bias, padding=weight.shape[-1] // 2)

    def _bias(self) -> Tensor | None:
        return self.bias if self.bias is None or self.after == 1 else self.bias * self.after


class FilteredHalving(EqualisedConv2d):
    """StyleGAN2's way down: filtered by [1, 3, 3, 1] and every second pixel taken, (N, C, H, W) -> (N, O, H/2, W/2)."""

    def convolved(self, features: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        if weight.shape[-1] == 1:
            return F.conv2d(halve(features), weight, bias)
        return F.conv2d(blur(features, BINOMIAL, (2, 2)), weight, bias, stride=2)


class SoftHalving(EqualisedConv2d):
    """StyleGAN's way down: filtered by [1, 2, 1], convolved, averaged over 2x2 pixels; halves the sides."""

    def convolved(self, features: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        return convolve_and_halve(blur(features, (1.0, 2.0, 1.0), (1, 1)), weight, bias)


class NearestDoubling(EqualisedConv2d):
    """ProGAN's way up: each pixel four times, then convolved; doubles the sides."""

    def convolved(self, features: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        return double_and_convolve(features, weight, bias)


class EqualisedHead(Head):
    """Features (N, F) -> logits (N,). With classes it has a score for each, of which the label's counts."""

    def __init__(self, num_features: int, num_classes: int) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.score = EqualisedLinear(num_features, max(1, num_classes))

    def forward(self, features: Tensor, labels: Tensor | None) -> Tensor:
        scores = self.score(features)
        return (scores.gather(1, given(labels).unsqueeze(1)) if self.num_classes else scores).squeeze(1)
