"""Parts of style-based generators (Karras et al. 2019, StyleGAN, arXiv:1812.04948): mapping, noise, adaptive norm."""

from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from ganwright.networks.layers.conditioning import given
from ganwright.networks.layers.equalised import EqualisedLinear, unit_length

TINY = 1e-8


class Mapping(nn.Module):
    """Latents (N, L) and, with classes, labels (N,) -> styles w (N, style_size), by fully connected layers.

    latent_size: L; 0 maps labels alone. Latents, and the linear embedding of the class, are brought to unit root mean
    square and joined.
    num_layers: how many, at least 1, with LeakyReLU 0.2. rate: their learning rate, as a share of the optimiser's.
    """

    def __init__(self, latent_size: int, num_classes: int, style_size: int, num_layers: int, rate: float) -> None:
        super().__init__()
        self.latent_size, self.num_classes = latent_size, num_classes
        self.embedding = EqualisedLinear(num_classes, style_size) if num_classes else None
        sizes = [latent_size + (style_size if num_classes else 0), *[style_size] * num_layers]
        self.layers = nn.Sequential(*(EqualisedLinear(*pair, leaky=True, rate=rate) for pair in pairwise(sizes)))

    def forward(self, latents: Tensor | None, labels: Tensor | None) -> Tensor:
        parts = [] if latents is None else [unit_length(latents)]
        if self.embedding is not None:
            known = torch.arange(self.num_classes, device=given(labels).device)
            one_hot = (given(labels).unsqueeze(1) == known).to(self.embedding.weight.dtype)
            parts.append(unit_length(self.embedding(one_hot)))
        return self.layers(torch.cat([part.to(parts[0].dtype) for part in parts], 1))


class Noise(nn.Module):
    """Adds a map of noise times a learned strength, which begins at 0, to features (N, C, height, width).

    num_strengths: 1 for all channels, or one for each. In its buffer is a map that stays, so that an
    image can be made again.
    """

    fixed: Tensor

    def __init__(self, height: int, width: int, num_strengths: int = 1) -> None:
        super().__init__()
        self.strength = nn.Parameter(torch.zeros(num_strengths))
        self.register_buffer("fixed", torch.randn(1, 1, height, width))

    def of(self, noise: "str | Tensor", features: Tensor) -> Tensor | None:
        """The map for features: drawn anew for each item ("random"), the one that stays ("fixed"), a given one, or
        None ("none")."""
        if isinstance(noise, Tensor):
            return noise.to(features.dtype)
        if noise == "none":
            return None
        if noise == "fixed":
            return self.fixed.to(features.dtype)
        return torch.randn(len(features), 1, *features.shape[2:], dtype=features.dtype, device=features.device)

    def forward(self, features: Tensor, noise: "str | Tensor") -> Tensor:
        drawn = self.of(noise, features)
        return features if drawn is None else features + drawn * self.strength.to(features.dtype)[:, None, None]


class AdaptiveInstanceNorm(nn.Module):
    """Each channel of each item to mean 0 and variance 1, then scaled and moved by its style (StyleGAN, equation 1).

    (1 + y_s) * (x - mean) / sqrt(variance + eps) + y_b with (y_s, y_b) linear in w (N, style_size), starting at 0 on
    average.
    """

    def __init__(self, num_channels: int, style_size: int) -> None:
        super().__init__()
        self.affine = EqualisedLinear(style_size, 2 * num_channels)

    def forward(self, features: Tensor, styles: Tensor) -> Tensor:
        precise = features.float() if features.dtype == torch.bfloat16 else features
        mean = precise.mean((2, 3), keepdim=True)
        variance = (precise - mean).square().mean((2, 3), keepdim=True)
        gain, bias = self.affine(styles).to(precise.dtype)[:, :, None, None].chunk(2, 1)
        scale = (1 + gain) * (variance + TINY).rsqrt()
        return torch.addcmul((bias - mean * scale).to(features.dtype), features, scale.to(features.dtype))


class _MovedMean(torch.autograd.Function):
    """Moves a running mean (W,), in place, towards the mean of a batch (N, W). It passes no gradient.

    An autograd function with a rule for vmap may do so inside of torch.func's transforms, where plain code may not.
    """

    @staticmethod
    def forward(batch: Tensor, mean: Tensor, share: float) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        with torch.no_grad():
            mean.lerp_(batch.mean(-2).to(mean.dtype), share)
        return mean.clone()

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        ctx.mark_non_differentiable(output)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[None, None, None]:
        return None, None, None

    @staticmethod
    def vmap(  # pyright: ignore[reportIncompatibleMethodOverride]
        info: Any, in_dims: tuple[int | None, ...], batch: Tensor, mean: Tensor, share: float
    ) -> tuple[Tensor, int]:
        batch_dim, mean_dim = in_dims[:2]
        if mean_dim is None:
            raise ValueError("a running mean under vmap must be stacked as the weights are (stack_module_state)")
        batch = batch.expand(info.batch_size, -1, -1) if batch_dim is None else batch.movedim(batch_dim, 0)
        return _MovedMean.apply(batch, mean.movedim(mean_dim, 0), share), 0


def move_mean(mean: Tensor, batch: Tensor, share: float) -> None:
    """mean <- mean + share * (mean of the batch - mean), in place; also inside of torch.func's transforms."""
    _MovedMean.apply(batch.detach(), mean, share)
