"""Initialisation by choice."""

from math import sqrt

import torch
from torch import nn

from ganwright.networks.base import Init

Weighted = nn.Linear | nn.Conv2d | nn.ConvTranspose2d
_BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)


def initialise(network: nn.Module, init: Init, slope: float = 0.0) -> None:
    """Draw the weights of every linear and convolution layer anew, from torch's global generator; biases become 0.

    init:
        "default" leaves everything as torch made it.
        "normal" is DCGAN's: weights N(0, 0.02), scales of batch norms N(1, 0.02) (Radford et al. 2016, section 4).
            Conditional ones keep gain 1.
        "xavier" is uniform with variance 2 / (fan_in + fan_out) (Glorot and Bengio 2010, equation 16).
        "he" is normal with variance 2 / ((1 + slope^2) fan_in) (He et al. 2015, equations 10 and 15).
        "orthogonal" makes the rows of each weight, as a matrix (dim 0, the rest), or else its columns, orthonormal
            (Saxe et al. 2014).
    slope: what the activation that follows passes of a negative input.

    Fans count the true number of terms: a stride of s leaves 1 / s^2 of a kernel's taps to each output of a transposed
    convolution, and to each input of a plain one. Embeddings stay N(0, 1), the scale of the latents they stand beside.
    """
    if init == "default":
        return
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, Weighted):
                _draw(module, init, slope)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
            elif init == "normal" and isinstance(module, _BATCH_NORMS) and module.affine:
                nn.init.normal_(module.weight, 1.0, 0.02)


def _draw(module: Weighted, init: Init, slope: float) -> None:
    fan_in, fan_out = fans(module)
    match init:
        case "normal":
            nn.init.normal_(module.weight, 0.0, 0.02)
        case "xavier":
            bound = sqrt(6 / (fan_in + fan_out))
            nn.init.uniform_(module.weight, -bound, bound)
        case "he":
            nn.init.normal_(module.weight, 0.0, sqrt(2 / ((1 + slope**2) * fan_in)))
        case "orthogonal":
            nn.init.orthogonal_(module.weight)


def fans(module: Weighted) -> tuple[float, float]:
    """How many inputs reach one output, and how many outputs one input reaches, away from the borders."""
    if isinstance(module, nn.Linear):
        return module.in_features, module.out_features
    kernel = module.kernel_size[0] * module.kernel_size[1] / module.groups
    stride = module.stride[0] * module.stride[1]
    fan_in, fan_out = module.in_channels * kernel, module.out_channels * kernel
    if isinstance(module, nn.ConvTranspose2d):
        return fan_in / stride, fan_out
    return fan_in, fan_out / stride
