"""Spectral normalisation of a whole network."""

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from ganwright.ops.spectral import SpectralNorm


def normalise_spectrally(network: nn.Module, keep_scale: bool = False) -> None:
    """Divide every linear, convolution and embedding weight by its largest singular value (Miyato et al. 2018).

    keep_scale: multiply it by the value that it has now, so that nothing changes at first (Lee et al. 2022, ViTGAN,
        equation 12).

    Call it after initialisation. The value is tracked by one power iteration a forward pass in training mode. Gains and
    biases of norms are left alone.
    """
    for module in list(network.modules()):
        if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d | nn.Embedding):
            output_dim = 1 if isinstance(module, nn.ConvTranspose2d) else 0
            norm = SpectralNorm(module.weight, output_dim)
            parametrize.register_parametrization(
                module, "weight", ScaledSpectralNorm(norm, module.weight) if keep_scale else norm
            )


class ScaledSpectralNorm(nn.Module):
    """Parametrization: a weight divided by its largest singular value and multiplied by the one it had at first.

    weight: as it is at first.
    """

    scale: Tensor

    def __init__(self, norm: SpectralNorm, weight: Tensor) -> None:
        super().__init__()
        self.norm = norm
        with torch.no_grad():
            self.register_buffer("scale", weight.norm() / norm(weight).norm())

    def forward(self, weight: Tensor) -> Tensor:
        return self.scale * self.norm(weight)

    def right_inverse(self, value: Tensor) -> Tensor:
        """An assigned weight is the one to normalise, not the normalised one."""
        return value
