"""Normalisation by choice."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganwright.networks.base import Norm
from ganwright.networks.layers.conditioning import given


class ConditionalBatchNorm(nn.Module):
    """Batch norm with a gain and a bias for each class (de Vries et al. 2017, section 3; Miyato and Koyama 2018).

    gain[label] * norm(items) + bias[label] for items (N, C, ...) and labels (N,). Gains begin at 1 and biases at 0.
    norm: a batch norm without a gain and bias of its own; the classes share its statistics.
    """

    def __init__(self, norm: nn.BatchNorm1d | nn.BatchNorm2d, num_classes: int) -> None:
        super().__init__()
        self.norm = norm
        self.gain = nn.Parameter(torch.ones(num_classes, norm.num_features))
        self.bias = nn.Parameter(torch.zeros(num_classes, norm.num_features))

    def forward(self, items: Tensor, labels: Tensor | None) -> Tensor:
        labels = given(labels)
        normal = self.norm(items)
        gain, bias = (
            F.embedding(labels, table).to(normal.dtype).unflatten(1, (-1, *[1] * (items.ndim - 2)))
            for table in (self.gain, self.bias)
        )
        return torch.addcmul(bias, gain, normal)


class ModulatedBatchNorm(nn.Module):
    """Batch norm whose gain and bias are linear in a vector of each item (Brock et al. 2019, BigGAN, appendix B).

    (1 + A v) * norm(items) + B v for items (N, C, H, W) and vectors v (N, size).
    """

    def __init__(self, num_channels: int, size: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(num_channels, affine=False)
        self.gain = nn.Linear(size, num_channels, bias=False)
        self.bias = nn.Linear(size, num_channels, bias=False)

    def forward(self, items: Tensor, vectors: Tensor) -> Tensor:
        normal = self.norm(items)
        gain, bias = (layer(vectors).to(normal.dtype)[:, :, None, None] for layer in (self.gain, self.bias))
        return torch.addcmul(bias, 1 + gain, normal)


class LabelledSequential(nn.Sequential):
    """Layers in a row; conditional norms among them get the labels as well.

    beside: what every linear layer but the first gets beside its input; None: nothing.
    """

    def forward(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, items: Tensor, labels: Tensor | None = None, beside: Tensor | None = None
    ) -> Tensor:
        for depth, layer in enumerate(self):
            if beside is not None and depth and isinstance(layer, nn.Linear):
                items = torch.cat([items, beside], 1)
            items = layer(items, labels) if isinstance(layer, ConditionalBatchNorm) else layer(items)
        return items


def norm_of_images(norm: Norm, num_channels: int, num_classes: int = 0) -> nn.Module:
    """Norm for (N, C, H, W): "batch", "layer" (over C, H and W of one item), "instance" (over H and W), or "none".

    num_classes: makes a batch norm conditional on so many classes; 0 for none. The others cannot be: ValueError.
    """
    if num_classes:
        _check_conditional(norm)
        return ConditionalBatchNorm(nn.BatchNorm2d(num_channels, affine=False), num_classes)
    match norm:
        case "batch":
            return nn.BatchNorm2d(num_channels)
        case "layer":
            return nn.GroupNorm(1, num_channels)
        case "instance":
            return nn.InstanceNorm2d(num_channels, affine=True)
        case "none":
            return nn.Identity()


def norm_of_vectors(norm: Norm, size: int, num_classes: int = 0) -> nn.Module:
    """Norm for (N, size): "batch", "layer" or "none". "instance" raises ValueError: one number has no spread.

    num_classes: makes a batch norm conditional on so many classes; 0 for none. The others cannot be: ValueError.
    """
    if num_classes:
        _check_conditional(norm)
        return ConditionalBatchNorm(nn.BatchNorm1d(size, affine=False), num_classes)
    match norm:
        case "batch":
            return nn.BatchNorm1d(size)
        case "layer":
            return nn.LayerNorm(size)
        case "instance":
            raise ValueError("instance norm needs (N, C, H, W)")
        case "none":
            return nn.Identity()


def _check_conditional(norm: Norm) -> None:
    if norm != "batch":
        raise ValueError(f"only batch norm can be conditional, not '{norm}'")
