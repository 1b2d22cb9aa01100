"""Layers between images and features, kernel 4, stride 2: torch's convolutions, computed in their fastest form."""

from torch import Tensor, nn

from ganwright.ops.strided import KERNEL, PADDING, STRIDE, double_to_image, halve_from_image


class DoubleToImage(nn.ConvTranspose2d):
    """Features (N, C, H, W) -> images (N, O, 2H, 2W)."""

    def __init__(self, in_channels: int, out_channels: int, bias: bool) -> None:
        super().__init__(in_channels, out_channels, KERNEL, STRIDE, PADDING, bias=bias)

    def forward(self, features: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return double_to_image(features, self.weight, self.bias)


class HalveFromImage(nn.Conv2d):
    """Images (N, C, H, W) -> features (N, O, H/2, W/2)."""

    def __init__(self, in_channels: int, out_channels: int, bias: bool) -> None:
        super().__init__(in_channels, out_channels, KERNEL, STRIDE, PADDING, bias=bias)

    def forward(self, images: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return halve_from_image(images, self.weight, self.bias)
