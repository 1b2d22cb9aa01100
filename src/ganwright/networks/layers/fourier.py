"""Fourier features (Tancik et al. 2020): beside its oscillations a perceptron sees the fine detail of a position."""

import torch
from torch import Tensor, nn


class FourierFeatures(nn.Module):
    """Values (N, D) -> themselves beside sin(2^k x) and cos(2^k x) of each, for every octave k.

    octaves: the exponents k; the finest detail resolved is about a tenth of the wavelength 2 pi / 2^k.
    """

    scales: Tensor

    def __init__(self, octaves: tuple[int, ...]) -> None:
        super().__init__()
        self.octaves = octaves
        self.register_buffer("scales", torch.tensor([2.0**k for k in octaves]), persistent=False)

    def size(self, num_values: int) -> int:
        """Numbers that come out for so many values."""
        return num_values * (1 + 2 * len(self.octaves))

    def forward(self, values: Tensor) -> Tensor:
        angles = (values[..., None] * self.scales).flatten(-2)
        return torch.cat([values, angles.sin(), angles.cos()], -1)
