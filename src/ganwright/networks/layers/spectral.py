"""Spectral normalisation of a whole network."""

from torch import nn
from torch.nn.utils import parametrize

from ganwright.ops.spectral import SpectralNorm


def normalise_spectrally(network: nn.Module) -> None:
    """Divide every linear, convolution and embedding weight by its largest singular value (Miyato et al. 2018).

    Call it after initialisation. The value is tracked by one power iteration a forward pass in training mode. Gains and
    biases of norms are left alone.
    """
    for module in list(network.modules()):
        if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d | nn.Embedding):
            output_dim = 1 if isinstance(module, nn.ConvTranspose2d) else 0
            parametrize.register_parametrization(module, "weight", SpectralNorm(module.weight, output_dim))
