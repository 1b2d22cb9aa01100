"""Convolutions with kernel 4, stride 2, padding 1 between an image of few channels and features, in their fast forms.

On a CPU torch's own kernels are slow where one side has a single channel: there the same sums as a matrix product with
fold or unfold take a fraction of the time (benchmarks/strided.py). Elsewhere torch's kernels are used.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

KERNEL, STRIDE, PADDING = 4, 2, 1


def double_to_image(features: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Transposed convolution (N, C, H, W) -> (N, O, 2H, 2W) with weight (C, O, 4, 4)."""
    num_channels = weight.shape[1]
    needs_gradient = torch.is_grad_enabled() and (features.requires_grad or weight.requires_grad)
    if features.device.type == "cpu" and (num_channels == 1 or (num_channels <= 4 and not needs_gradient)):
        return double_by_product(features, weight, bias)
    return F.conv_transpose2d(features, weight, bias, STRIDE, PADDING)


def double_by_product(features: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """The same as a matrix product that spreads each pixel over a 4x4 patch, and the sum of the patches."""
    height, width = features.shape[2:]
    patches = features.permute(0, 2, 3, 1).flatten(1, 2) @ weight.flatten(1)
    image = F.fold(patches.transpose(1, 2), (2 * height, 2 * width), KERNEL, stride=STRIDE, padding=PADDING)
    return image if bias is None else image + bias.view(1, -1, 1, 1)


def halve_from_image(images: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Convolution (N, C, H, W) -> (N, O, H/2, W/2) with weight (O, C, 4, 4)."""
    frozen = torch.is_grad_enabled() and images.requires_grad and not weight.requires_grad
    if images.device.type == "cpu" and images.shape[1] == 1 and frozen:
        return halve_by_product(images, weight, bias)
    return F.conv2d(images, weight, bias, STRIDE, PADDING)


def halve_by_product(images: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """The same as a matrix product on the 4x4 patch around each output; its gradient to the image is fast."""
    num, _, height, width = images.shape
    patches = F.unfold(images, KERNEL, stride=STRIDE, padding=PADDING).transpose(1, 2)
    features = F.linear(patches, weight.flatten(1), bias)
    return features.view(num, height // 2, width // 2, -1).permute(0, 3, 1, 2)
