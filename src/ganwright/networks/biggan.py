"""BigGAN's generator (Brock, Donahue and Simonyan 2019, arXiv:1809.11096, appendix B, figure 15).

Its discriminator is `resnet` with wide blocks, spectral norm, attention and projection.
"""

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.networks.base import Generator, GeneratorConfig, Init
from ganwright.networks.layers.attention import SelfAttention
from ganwright.networks.layers.conditioning import classes_to_learn, given
from ganwright.networks.layers.doubling import plan_doublings, widths_of
from ganwright.networks.layers.norms import ModulatedBatchNorm
from ganwright.networks.layers.residual import UpBlock, initialise_residual, normed_relu
from ganwright.networks.layers.spectral import normalise_spectrally
from ganwright.networks.resnet import attended_stage


class BigganGenerator(Generator):
    """Part of the latent -> linear to the base -> blocks that double it -> norm, ReLU, 3x3 convolution -> tanh.

    The batch norms of a block take gains and biases from a part of the latent of its own, joined to an embedding of the
    class that all blocks share. chunks: how many numbers of the latent the stem and each block get.
    """

    def __init__(self, config: "BigganGeneratorConfig", spec: DataSpec) -> None:
        super().__init__()
        doublings, *base = plan_doublings(spec, "biggan", "generator")
        widths = widths_of(config.width, config.max_width, doublings)
        self.latent_size = config.latent_size
        self.num_classes = classes_to_learn(config.conditional, spec, "generator")
        self.chunks = self._split(config, doublings + 1)
        self.embedding = nn.Embedding(self.num_classes, config.embedding_size) if self.num_classes else None
        self.base = (widths[0], *base)
        self.stem = nn.Linear(self.chunks[0], widths[0] * base[0] * base[1])
        shared = config.embedding_size if self.num_classes else 0

        def block(depth: int) -> UpBlock:
            size = shared + self.chunks[depth + 1]
            norm = (lambda channels: ModulatedBatchNorm(channels, size)) if size else nn.BatchNorm2d
            return UpBlock(widths[depth], widths[depth + 1], norm)

        self.blocks = nn.ModuleList(map(block, range(doublings)))
        sides = [min(base) << depth + 1 for depth in range(doublings)]
        self.attended = attended_stage(config.attention_at, sides)
        self.attention = None if self.attended is None else SelfAttention(widths[self.attended + 1])
        self.norm = nn.BatchNorm2d(widths[-1])
        self.to_image = nn.Conv2d(widths[-1], spec.shape[0], 3, padding=1)
        self.bounded = spec.bounded
        initialise_residual(self, config.init)
        if config.init == "orthogonal" and self.embedding is not None:
            nn.init.orthogonal_(self.embedding.weight)
        if config.spectral_norm:
            for part in (self.stem, self.blocks, self.attention, self.to_image):
                if part is not None:
                    normalise_spectrally(part)

    @staticmethod
    def _split(config: "BigganGeneratorConfig", num_parts: int) -> list[int]:
        """Sizes of the latent's parts, as alike as they can be; without hierarchy the stem gets all."""
        if not config.hierarchical:
            return [config.latent_size, *[0] * (num_parts - 1)]
        if config.latent_size < num_parts:
            raise UserError(
                f"generator.latent_size: {config.latent_size} numbers cannot be split over the stem and "
                f"{num_parts - 1} blocks; use {num_parts} or more, or --generator.hierarchical false"
            )
        return [len(part) for part in torch.arange(config.latent_size).tensor_split(num_parts)]

    def style_weights(self) -> Tensor:
        parts = [self.stem.weight]
        for block, size in zip(self.blocks, self.chunks[1:], strict=True):
            norms = [norm for norm in block.modules() if isinstance(norm, ModulatedBatchNorm)] if size else []
            layers = [layer.weight[:, -size:] for norm in norms for layer in (norm.gain, norm.bias)]
            parts.append(torch.cat(layers) if layers else self.stem.weight.new_zeros(0, size))
        return torch.block_diag(*parts)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        first, *parts = latents.split(self.chunks, 1)
        shared = [] if self.embedding is None else [self.embedding(given(labels)).to(latents.dtype)]
        x = self.stem(first).unflatten(1, self.base)
        for depth, (block, part) in enumerate(zip(self.blocks, parts, strict=True)):
            x = block(x, torch.cat([*shared, part], 1))
            if self.attention is not None and depth == self.attended:
                x = self.attention(x)
        x = self.to_image(normed_relu(self.norm, x, None))
        return x.tanh() if self.bounded else x


class BigganGeneratorConfig(GeneratorConfig):
    """Residual blocks whose norms follow the class and a part of the latent of their own."""

    kind: Literal["biggan"] = "biggan"

    latent_size: int = Field(default=120, ge=1, le=65536)
    """Numbers in one latent, over all its parts."""

    hierarchical: bool = True
    """Give the stem and each block a part of the latent of its own; else the stem gets all of it."""

    width: int = Field(default=32, ge=1, le=8192)
    """Channels of the last block; each block before it, and the stem, has twice as many."""

    max_width: int = Field(default=256, ge=1, le=65536)
    """No block has more channels than this; the same as width makes all alike."""

    init: Init = "orthogonal"
    """How weights begin: torch's default, normal (std 0.02), xavier (in blocks twice the variance), he, orthogonal."""

    attention_at: int | None = Field(default=None, ge=1)
    """Self-attention on the largest features whose shorter side has at most so many pixels (or else on the smallest);
    none: no attention."""

    conditional: bool = False
    """Make images of a class that is asked for. Needs labels."""

    embedding_size: int = Field(default=128, ge=1, le=65536)
    """Numbers that stand for a class, shared by all norms; used by conditional networks only."""

    spectral_norm: bool = False
    """Divide every linear and convolution weight by its largest singular value, but for the embedding."""

    def build(self, spec: DataSpec) -> BigganGenerator:
        """Make a generator for images (C, H, W). Raises UserError for sides that it cannot reach by doubling."""
        return BigganGenerator(self, spec)
