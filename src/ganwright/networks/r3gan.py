"""R3GAN (Huang et al. 2024, arXiv:2501.05441): residual bottlenecks with grouped convolutions and no normalisation.

Both networks are stages of residual blocks, one for each resolution, between transitions that only filter and change
the number of channels. Everything is linear but the two activations of a block, and every block begins as the identity.
"""

from math import gcd, sqrt
from typing import ClassVar, Literal, TypeVar

import torch
from pydantic import Field
from torch import Tensor, nn

from ganwright.core.config import Config
from ganwright.core.spec import DataSpec
from ganwright.networks.base import Discriminator, DiscriminatorConfig, Generator, GeneratorConfig
from ganwright.networks.layers.conditioning import ClassInput, classes_to_learn, given
from ganwright.networks.layers.doubling import plan_doublings, widths_of
from ganwright.ops.fir import double, halve

SLOPE = 0.2

Layer = TypeVar("Layer", nn.Linear, nn.Conv2d)


class ResidualBlock(nn.Module):
    """x + project(act(mix(act(expand(x))))), (N, C, H, W) -> the same shape (section 3.4, figure 4).

    expand: 1x1 to `expansion` times as many channels; mix: 3x3 within groups; project: 1x1 back, from zero.
    act: LeakyReLU 0.2 after a bias, which belongs to the convolution before it here: the same numbers, one pass less.

    num_blocks: L, residual blocks of the whole network. With 1 / (2m - 2) of Zhang et al. 2019 (Fixup) for m = 3 linear
        layers, weights begin as N(0, g^2 / fan_in), g = sqrt(2 / (1 + slope^2)) L^(-1/4).
    """

    def __init__(self, channels: int, group_width: int, expansion: int, num_blocks: int) -> None:
        super().__init__()
        inner = expansion * channels
        self.expand = nn.Conv2d(channels, inner, 1)
        self.mix = nn.Conv2d(inner, inner, 3, padding=1, groups=inner // gcd(inner, group_width))
        self.project = nn.Conv2d(inner, channels, 1, bias=False)
        self.act = nn.LeakyReLU(SLOPE, inplace=True)
        gain = sqrt(2 / (1 + SLOPE**2)) * num_blocks**-0.25
        for layer, strength in ((self.expand, gain), (self.mix, gain), (self.project, 0.0)):
            draw(layer, strength)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.project(self.act(self.mix(self.act(self.expand(x)))))


class GenerativeBasis(nn.Module):
    """Latents (N, L) -> (N, C, h, w): a learned pattern for each channel times a linear map of the latent."""

    def __init__(self, size: int, channels: int, height: int, width: int) -> None:
        super().__init__()
        self.patterns = nn.Parameter(torch.randn(channels, height, width))
        self.weigh = draw(nn.Linear(size, channels, bias=False))

    def forward(self, latents: Tensor) -> Tensor:
        weights = self.weigh(latents).unflatten(1, (-1, 1, 1))
        return self.patterns.to(weights.dtype) * weights


class R3Generator(Generator):
    """Latent -> patterns at the base -> for each resolution: 1x1 where widths change, upsampling, blocks -> 1x1."""

    keeps_range: ClassVar[bool] = False

    def __init__(self, config: "R3GeneratorConfig", spec: DataSpec) -> None:
        super().__init__()
        doublings, *base = plan_doublings(spec, "r3gan", "generator")
        widths = widths_of(config.width, config.max_width, doublings)
        self.latent_size = config.latent_size
        self.num_classes = classes_to_learn(config.conditional, spec, "generator")
        self.join = ClassInput(config.latent_size, self.num_classes, config.embedding_size)
        draw_embedding(self.join.embedding)
        layers: list[nn.Module] = [GenerativeBasis(self.join.size, widths[0], base[0], base[1])]
        for depth, width in enumerate(widths):
            if depth:
                layers += [*_transition(widths[depth - 1], width), _Double()]
            layers += _blocks(config, width, len(widths))
        layers.append(draw(nn.Conv2d(widths[-1], spec.shape[0], 1, bias=False)))
        self.layers = nn.Sequential(*layers)

    def style_weights(self) -> Tensor:
        basis = self.layers[0]
        assert isinstance(basis, GenerativeBasis)
        return (basis.patterns.flatten(1).norm(dim=1, keepdim=True) * basis.weigh.weight)[:, : self.latent_size]

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.layers(self.join(latents, labels))


class R3Discriminator(Discriminator):
    """1x1 -> for each resolution: blocks, downsampling, 1x1 where widths change -> one number a channel -> linear.

    With classes the linear layer has E outputs, and the score is their inner product with the class's embedding.
    """

    def __init__(self, config: "R3DiscriminatorConfig", spec: DataSpec) -> None:
        super().__init__()
        doublings, *base = plan_doublings(spec, "r3gan", "discriminator")
        widths = widths_of(config.width, config.max_width, doublings)[::-1]
        self.num_classes = classes_to_learn(config.conditional, spec, "discriminator")
        layers: list[nn.Module] = [draw(nn.Conv2d(spec.shape[0], widths[0], 1, bias=False))]
        for depth, width in enumerate(widths):
            if depth:
                layers += [_Halve(), *_transition(widths[depth - 1], width)]
            layers += _blocks(config, width, len(widths))
        last = widths[-1]
        layers.append(draw(nn.Conv2d(last, last, (base[0], base[1]), groups=last, bias=False)))
        self.layers = nn.Sequential(*layers)
        size = config.embedding_size or last
        self.score = draw(nn.Linear(last, size if self.num_classes else 1, bias=False))
        self.embedding = nn.Embedding(self.num_classes, size) if self.num_classes else None
        draw_embedding(self.embedding, size**-0.5)

    def features(self, items: Tensor) -> Tensor:
        """Images -> one number for each channel of the last stage (N, C)."""
        return self.layers(items).flatten(1)

    def head(self, features: Tensor, labels: Tensor | None = None) -> Tensor:
        scores = self.score(features)
        if self.embedding is None:
            return scores.squeeze(1)
        return (scores * self.embedding(given(labels)).to(scores.dtype)).sum(1)


class _Double(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return double(x)


class _Halve(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return halve(x)


def _transition(channels: int, next_channels: int) -> list[nn.Module]:
    return [] if channels == next_channels else [draw(nn.Conv2d(channels, next_channels, 1, bias=False))]


def _blocks(config: "_Stages", width: int, num_stages: int) -> list[nn.Module]:
    total = num_stages * config.blocks
    return [ResidualBlock(width, config.group_width, config.expansion, total) for _ in range(config.blocks)]


def draw(layer: Layer, gain: float = 1.0) -> Layer:
    """Draw the weights of a layer from N(0, gain^2 / fan_in) and set its bias to 0; return it."""
    nn.init.normal_(layer.weight, 0.0, gain / sqrt(layer.weight[0].numel()))
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


def draw_embedding(embedding: nn.Embedding | None, gain: float = 1.0) -> None:
    """The same for an embedding, as the linear map of one-hot classes that it is: its fan in is the classes' number."""
    if embedding is not None:
        nn.init.normal_(embedding.weight, 0.0, gain / sqrt(embedding.num_embeddings))


class _Stages(Config):
    """What both networks have."""

    width: int = Field(default=32, ge=1, le=8192)
    """Channels at the image's resolution; each resolution below has twice as many."""

    max_width: int = Field(default=256, ge=1, le=65536)
    """No resolution has more channels than this."""

    blocks: int = Field(default=2, ge=1, le=64)
    """Residual blocks at each resolution."""

    expansion: int = Field(default=2, ge=1, le=16)
    """Channels within a block, for each of its input's."""

    group_width: int = Field(default=16, ge=1, le=65536)
    """Channels of a group of the 3x3 convolutions; where it does not divide them, its greatest divisor that does."""


class R3GeneratorConfig(_Stages, GeneratorConfig):
    """Residual bottlenecks without normalisation, between upsampling filters."""

    kind: Literal["r3gan"] = "r3gan"

    latent_size: int = Field(default=64, ge=1, le=65536)
    """Numbers in one latent."""

    conditional: bool = False
    """Make images of a class that is asked for. Needs labels."""

    embedding_size: int = Field(default=64, ge=1, le=65536)
    """Numbers that stand for a class beside the latent; used by conditional networks only."""

    def build(self, spec: DataSpec) -> R3Generator:
        """Make a generator for images (C, H, W). Raises UserError for sides that it cannot reach by doubling."""
        return R3Generator(self, spec)


class R3DiscriminatorConfig(_Stages, DiscriminatorConfig):
    """Residual bottlenecks without normalisation, between downsampling filters."""

    kind: Literal["r3gan"] = "r3gan"

    conditional: bool = False
    """Judge an image together with its class, by a projection. Needs labels."""

    embedding_size: int | None = Field(default=None, ge=1, le=65536)
    """Numbers that stand for a class in the projection, conditional networks only; none: the last stage's channels."""

    def build(self, spec: DataSpec) -> R3Discriminator:
        """Make a discriminator for images (C, H, W). Raises UserError for sides that do not halve to a base."""
        return R3Discriminator(self, spec)
