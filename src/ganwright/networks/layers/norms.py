"""Normalisation by choice."""

from torch import nn

from ganwright.networks.base import Norm


def norm_of_images(norm: Norm, num_channels: int) -> nn.Module:
    """Norm for (N, C, H, W): "batch", "layer" (over C, H and W of one item), "instance" (over H and W), or "none"."""
    match norm:
        case "batch":
            return nn.BatchNorm2d(num_channels)
        case "layer":
            return nn.GroupNorm(1, num_channels)
        case "instance":
            return nn.InstanceNorm2d(num_channels, affine=True)
        case "none":
            return nn.Identity()


def norm_of_vectors(norm: Norm, size: int) -> nn.Module:
    """Norm for (N, size): "batch", "layer" or "none". "instance" raises ValueError: one number has no spread."""
    match norm:
        case "batch":
            return nn.BatchNorm1d(size)
        case "layer":
            return nn.LayerNorm(size)
        case "instance":
            raise ValueError("instance norm needs (N, C, H, W)")
        case "none":
            return nn.Identity()
