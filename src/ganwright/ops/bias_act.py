"""A bias, LeakyReLU and a gain in one go, as StyleGAN's layers end."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

SLOPE = 0.2
GAIN = math.sqrt(2)
"""Makes up for what LeakyReLU takes from the spread of its input."""


def bias_leaky(features: Tensor, bias: Tensor, gain: float = GAIN, slope: float = SLOPE) -> Tensor:
    """gain * LeakyReLU(features + bias) for features (N, C, ...) and a bias (C,); gain > 0, slope in [0, 1].

    LeakyReLU commutes with a factor above 0, so the gain goes into sum and bias, and nothing but the sum is kept for
    the backward pass.
    """
    bias = bias.view(-1, *[1] * (features.ndim - 2)).to(features.dtype)
    total = features + bias if gain == 1 else torch.add(bias * gain, features, alpha=gain)
    return F.leaky_relu_(total, slope)


def bias_leaky_by_definition(features: Tensor, bias: Tensor, gain: float = GAIN, slope: float = SLOPE) -> Tensor:
    """The same step by step. The slow reference."""
    total = features + bias.view(-1, *[1] * (features.ndim - 2)).to(features.dtype)
    return gain * torch.where(total < 0, slope * total, total)
