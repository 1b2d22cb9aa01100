"""ProGAN (Karras et al. 2018, arXiv:1710.10196): networks that grow, for sides of 4 to 15 times a power of two."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from ganwright.core.spec import DataSpec
from ganwright.networks.base import DiscriminatorConfig, Generator, GeneratorConfig
from ganwright.networks.layers.conditioning import ClassInput, classes_to_learn
from ganwright.networks.layers.doubling import plan_doublings, widths_of_sides
from ganwright.networks.layers.equalised import (
    EqualisedConv2d,
    EqualisedHead,
    EqualisedLinear,
    NearestDoubling,
    SoftHalving,
    unit_length,
)
from ganwright.networks.layers.growth import Growing, Growth, enlarged, shrunk
from ganwright.networks.layers.heads import HeadedDiscriminator
from ganwright.networks.layers.minibatch import MinibatchStddevMap
from ganwright.ops.bias_act import bias_leaky

Halving = Literal["average", "soft"]


class PixelNorm(nn.Module):
    """Each pixel's vector to unit root mean square (section 4.2)."""

    def forward(self, features: Tensor) -> Tensor:
        return unit_length(features)


class GrowingGenerator(Generator, Growing):
    """A generator of which each level makes images, and a new one fades in over the image of the level below.

    Made of `to_images`, a layer from features to the image for each level.
    """

    keeps_range: ClassVar[bool] = False
    to_images: nn.ModuleList

    def grow(self, features: Tensor, blocks: Sequence[Callable[[Tensor], Tensor]]) -> Tensor:
        """Features of the base, and blocks that double them -> images of the level's size."""
        level, share = self.growth.stage()
        before = features
        for block in blocks[:level]:
            before, features = features, block(features)
        images = self.to_images[level](features)
        if share < 1:
            images = torch.lerp(enlarged(self.to_images[level - 1](before), 2), images, share)
        return images.float() if images.dtype == torch.bfloat16 else images

    def grown(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Latents -> images of the size of the level that it has grown to."""
        raise TypeError(f"{type(self).__name__} is abstract")

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.at_full_size(self.grown(latents, labels))


class ProGANGenerator(GrowingGenerator):
    """Latent on the sphere -> linear to the base -> blocks: doubled, two 3x3 convolutions with pixel norm -> 1x1."""

    def __init__(self, config: "ProGANGeneratorConfig", spec: DataSpec) -> None:
        super().__init__()
        doublings, height, width = plan_doublings(spec, "progan", "generator")
        widths = widths_of_sides(config.capacity, config.max_width, doublings)
        self.latent_size = config.latent_size
        self.num_classes = classes_to_learn(config.conditional, spec, "generator")
        self.sizes = [(height << depth, width << depth) for depth in range(doublings + 1)]
        self.growth = Growth(doublings + 1)
        self.join = ClassInput(config.latent_size, self.num_classes, config.embedding_size)
        # The authors' gain of 1/4; pixel norm takes it away again, but not from the gradients of this layer.
        self.stem = EqualisedLinear(self.join.size, widths[0] * height * width, begin=None, gain=1 / 4)
        self.bias = nn.Parameter(torch.zeros(widths[0]))
        self.base = (widths[0], height, width)
        self.first = nn.Sequential(PixelNorm(), EqualisedConv2d(widths[0], widths[0], 3), PixelNorm())
        self.blocks = nn.ModuleList(
            nn.Sequential(NearestDoubling(before, after, 3), PixelNorm(), EqualisedConv2d(after, after, 3), PixelNorm())
            for before, after in pairwise(widths)
        )
        self.to_images = nn.ModuleList(EqualisedConv2d(w, spec.shape[0], 1, leaky=False) for w in widths)

    def style_weights(self) -> Tensor:
        return self.stem.gain * self.stem.weight[:, : self.latent_size]

    def grown(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        joined = unit_length(self.join(latents, labels))
        features = bias_leaky(self.stem(joined).unflatten(1, self.base), self.bias)
        return self.grow(self.first(features), [*self.blocks])


class ProGANDiscriminator(HeadedDiscriminator, Growing):
    """1x1 convolution from the image -> blocks: two 3x3 convolutions, halved -> how the batch varies -> 3x3 -> linear.

    Images of full size are first averaged to the size of the level that it has grown to; those of that size it takes
    as they are.
    """

    def __init__(self, config: "ProGANDiscriminatorConfig", spec: DataSpec) -> None:
        super().__init__()
        doublings, height, width = plan_doublings(spec, "progan", "discriminator")
        widths = widths_of_sides(config.capacity, config.max_width, doublings)
        base = widths[0]
        self.num_classes = classes_to_learn(config.conditional, spec, "discriminator")
        self.sizes = [(height << depth, width << depth) for depth in range(doublings + 1)]
        self.growth = Growth(doublings + 1)
        self.from_images = nn.ModuleList(EqualisedConv2d(spec.shape[0], w, 1) for w in widths)
        self.blocks = nn.ModuleList(
            nn.Sequential(EqualisedConv2d(after, after, 3), *self._halving(config.halving, after, before))
            for before, after in pairwise(widths)
        )
        self.last = nn.Sequential(
            *([MinibatchStddevMap(config.minibatch_group)] if config.minibatch == "stddev" else []),
            EqualisedConv2d(base + (config.minibatch == "stddev"), base, 3),
            nn.Flatten(),
            EqualisedLinear(base * height * width, base, leaky=True),
        )
        self.score = EqualisedHead(base, self.num_classes)

    @staticmethod
    def _halving(halving: Halving, num_inputs: int, num_outputs: int) -> list[nn.Module]:
        if halving == "average":
            return [EqualisedConv2d(num_inputs, num_outputs, 3), nn.AvgPool2d(2)]
        return [SoftHalving(num_inputs, num_outputs, 3)]

    def features(self, items: Tensor) -> Tensor:
        """Images -> what the last layer but one makes of them (N, F)."""
        level, share = self.growth.stage()
        images = self.at_level(items)
        features = self.from_images[level](images)
        for depth in reversed(range(level)):
            features = self.blocks[depth](features)
            if depth == level - 1 and share < 1:
                features = torch.lerp(self.from_images[depth](shrunk(images, 2)).to(features.dtype), features, share)
        return self.last(features)


class ProGANGeneratorConfig(GeneratorConfig):
    """ProGAN's generator: it grows from the base to the image's size, each resolution fading in."""

    kind: Literal["progan"] = "progan"

    latent_size: int = Field(default=64, ge=1, le=65536)
    """Numbers in one latent; they are brought to unit root mean square."""

    capacity: int = Field(default=1024, ge=4, le=2**24)
    """Channels times side: a layer for 16x16 pixels has a sixteenth of this; 16384 in the paper."""

    max_width: int = Field(default=64, ge=1, le=65536)
    """No layer has more channels than this; 512 in the paper."""

    conditional: bool = False
    """Make images of a class that is asked for. Needs labels."""

    embedding_size: int = Field(default=32, ge=1, le=65536)
    """Numbers that stand for a class beside the latent; used by conditional networks only."""

    def build(self, spec: DataSpec) -> ProGANGenerator:
        """Make a generator for images (C, H, W). Raises UserError for sides that it cannot reach by doubling."""
        return ProGANGenerator(self, spec)


class ProGANDiscriminatorConfig(DiscriminatorConfig):
    """ProGAN's discriminator, which grows with the generator. StyleGAN's differs in how it halves."""

    kind: Literal["progan"] = "progan"

    capacity: int = Field(default=1024, ge=4, le=2**24)
    """Channels times side: a layer for 16x16 pixels has a sixteenth of this; 16384 in the paper."""

    max_width: int = Field(default=64, ge=1, le=65536)
    """No layer has more channels than this; 512 in the paper."""

    halving: Halving = "average"
    """How a block halves its sides. average: the mean of 2x2 pixels. soft: filtered by [1, 2, 1] before, as StyleGAN
    does."""

    minibatch: Literal["none", "stddev"] = "stddev"
    """What is seen of the batch as a whole. stddev: how much the items of a group differ, as one more channel."""

    minibatch_group: int = Field(default=4, ge=2, le=65536)
    """Items in a group of stddev; where it does not divide the batch, the largest smaller number that does."""

    conditional: bool = False
    """Judge an image together with its class, by a score for each class. Needs labels."""

    def build(self, spec: DataSpec) -> ProGANDiscriminator:
        """Make a discriminator for images (C, H, W). Raises UserError for sides that do not halve to a base."""
        return ProGANDiscriminator(self, spec)
