"""StyleGAN2 (Karras et al. 2020, arXiv:1912.04958) for any image whose sides are 4 to 15 times a shared power of two.

Layers and classes as in the authors' second code, of StyleGAN2-ADA (arXiv:2006.06676).
"""

from collections.abc import Iterator
from itertools import pairwise
from math import sqrt
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from ganwright.core.spec import DataSpec
from ganwright.networks.base import DiscriminatorConfig
from ganwright.networks.layers.conditioning import classes_to_learn, given
from ganwright.networks.layers.doubling import plan_doublings, widths_of_sides
from ganwright.networks.layers.equalised import EqualisedConv2d, EqualisedHead, EqualisedLinear, FilteredHalving
from ganwright.networks.layers.heads import Head, HeadedDiscriminator
from ganwright.networks.layers.minibatch import MinibatchStddevMap
from ganwright.networks.layers.styles import Mapping
from ganwright.networks.layers.styles import Noise as NoiseLayer
from ganwright.networks.styled import Noise, StyledGenerator, StyledGeneratorConfig
from ganwright.ops.autocast import without_autocast
from ganwright.ops.bias_act import bias_leaky
from ganwright.ops.fir import double
from ganwright.ops.modulated import modulated_convolution

Architecture = Literal["residual", "plain"]


class StyledConvolution(nn.Module):
    """Modulated 3x3 convolution, noise, bias and LeakyReLU: features (N, I, H, W) -> (N, O, height, width).

    height, width: of the result. doubles: whether the input has half these sides.
    """

    def __init__(
        self, num_inputs: int, num_outputs: int, style_size: int, size: tuple[int, int], doubles: bool, noise: bool
    ) -> None:
        super().__init__()
        self.affine = EqualisedLinear(style_size, num_inputs, begin=1.0)
        self.weight = nn.Parameter(torch.randn(num_outputs, num_inputs, 3, 3))
        self.bias = nn.Parameter(torch.zeros(num_outputs))
        self.noise = NoiseLayer(*size) if noise else None
        self.doubles, self.gain = doubles, 1 / sqrt(num_inputs * 9)

    def forward(self, features: Tensor, style: Tensor, noise: str | Tensor) -> Tensor:
        features = modulated_convolution(
            features, self.weight, self.affine(style), self.gain, demodulate=True, double=self.doubles
        )
        if self.noise is not None:
            features = self.noise(features, noise)
        return bias_leaky(features, self.bias)


class ToImage(nn.Module):
    """Modulated 1x1 convolution without demodulation, and a bias: features (N, I, H, W) -> images (N, C, H, W)."""

    def __init__(self, num_inputs: int, num_channels: int, style_size: int) -> None:
        super().__init__()
        self.affine = EqualisedLinear(style_size, num_inputs, begin=1.0)
        self.weight = nn.Parameter(torch.randn(num_channels, num_inputs, 1, 1))
        self.bias = nn.Parameter(torch.zeros(num_channels))
        self.gain = 1 / sqrt(num_inputs)

    def forward(self, features: Tensor, style: Tensor) -> Tensor:
        image = modulated_convolution(features, self.weight, self.affine(style), self.gain, demodulate=False)
        return image + self.bias.to(image.dtype)[:, None, None]


class StyleGAN2Generator(StyledGenerator):
    """A learned constant -> modulated convolutions, two for each resolution; images of all resolutions add up.

    Of the styles each convolution takes its own, in order; the layer to the image of a resolution takes that of the
    convolution which comes next, the last one its own.
    """

    def __init__(self, config: "StyleGAN2GeneratorConfig", spec: DataSpec) -> None:
        doublings, height, width = plan_doublings(spec, "stylegan2", "generator")
        super().__init__(config, classes_to_learn(config.conditional, spec, "generator"), 2 * doublings + 2)
        widths = widths_of_sides(config.capacity, config.max_width, doublings)
        sizes = [(height << depth, width << depth) for depth in range(doublings + 1)]
        style, noise = config.style_size, config.noise
        self.start = nn.Parameter(torch.randn(widths[0], height, width))
        convolutions = [StyledConvolution(widths[0], widths[0], style, sizes[0], False, noise)]
        for before, after, size in zip(widths, widths[1:], sizes[1:], strict=False):
            convolutions.append(StyledConvolution(before, after, style, size, True, noise))
            convolutions.append(StyledConvolution(after, after, style, size, False, noise))
        self.convolutions = nn.ModuleList(convolutions)
        self.to_images = nn.ModuleList(ToImage(width, spec.shape[0], style) for width in widths)

    def affine(self) -> list[list[EqualisedLinear]]:
        found = [*([m] for m in self.convolutions.modules() if isinstance(m, EqualisedLinear)), []]
        last = [m for m in self.to_images.modules() if isinstance(m, EqualisedLinear)]
        for maps, taken in zip(found[1::2], last, strict=True):
            maps.append(taken)
        return found

    def synthesis(self, styles: Tensor, noise: Noise | None = None) -> Tensor:
        noises = self.noises(noise, len(self.convolutions))
        features = self.start.expand(styles.shape[0], -1, -1, -1).contiguous(memory_format=torch.channels_last)
        image: Tensor | None = None
        for number, (convolution, each) in enumerate(zip(self.convolutions, noises, strict=True)):
            features = convolution(features, styles[:, number], each)
            if number % 2 == 0:
                seen = self.to_images[number // 2](features, styles[:, number + 1])
                image = _added(image, seen)
        assert image is not None
        return image


def _added(image: Tensor | None, seen: Tensor) -> Tensor:
    """The image of half the sides, doubled, and what this resolution adds; in single precision at least."""
    seen = seen.float() if seen.dtype == torch.bfloat16 else seen
    if image is None:
        return seen
    with without_autocast(seen.device):
        return double(image) + seen


class ResidualHalving(nn.Module):
    """(N, I, H, W) -> (N, O, H/2, W/2): two 3x3 convolutions, and a 1x1 one beside them.

    Both end times sqrt(1/2), so that their sum has the spread of each.
    """

    def __init__(self, num_inputs: int, num_outputs: int) -> None:
        super().__init__()
        self.first = EqualisedConv2d(num_inputs, num_inputs, 3)
        self.second = FilteredHalving(num_inputs, num_outputs, 3, gain=sqrt(0.5))
        self.skip = FilteredHalving(num_inputs, num_outputs, 1, leaky=False, bias=False, gain=sqrt(0.5))

    def forward(self, features: Tensor) -> Tensor:
        return self.second(self.first(features)) + self.skip(features)


class ClassScore(Head):
    """Features (N, F) and labels -> logits (N,): the inner product of a linear map of the features and of the class.

    The class is mapped as in the generator, by `num_layers` layers to `size` numbers; the product is over sqrt(size).
    """

    def __init__(self, num_features: int, num_classes: int, size: int, num_layers: int) -> None:
        super().__init__()
        self.score = EqualisedLinear(num_features, size)
        self.map = Mapping(0, num_classes, size, num_layers, 0.01)

    def forward(self, features: Tensor, labels: Tensor | None) -> Tensor:
        wanted = self.map(None, given(labels))
        return (self.score(features) * wanted).sum(1) / sqrt(wanted.shape[1])


class StyleGAN2Discriminator(HeadedDiscriminator):
    """1x1 convolution from the image -> residual blocks that halve -> how the batch varies -> 3x3 -> linear."""

    def __init__(self, config: "StyleGAN2DiscriminatorConfig", spec: DataSpec) -> None:
        super().__init__()
        doublings, height, width = plan_doublings(spec, "stylegan2", "discriminator")
        self.num_classes = classes_to_learn(config.conditional, spec, "discriminator")
        widths = widths_of_sides(config.capacity, config.max_width, doublings)[::-1]
        last = widths[-1]
        self.layers = nn.Sequential(
            EqualisedConv2d(spec.shape[0], widths[0], 1),
            *self._halvings(widths, config.architecture),
            *([MinibatchStddevMap(config.minibatch_group)] if config.minibatch == "stddev" else []),
            EqualisedConv2d(last + (config.minibatch == "stddev"), last, 3),
            nn.Flatten(),
            EqualisedLinear(last * height * width, last, leaky=True),
        )
        self.score = (
            ClassScore(last, self.num_classes, config.embedding_size or last, config.num_mapping_layers)
            if self.num_classes
            else EqualisedHead(last, 0)
        )

    @staticmethod
    def _halvings(widths: list[int], architecture: Architecture) -> Iterator[nn.Module]:
        for before, after in pairwise(widths):
            if architecture == "residual":
                yield ResidualHalving(before, after)
            else:
                yield EqualisedConv2d(before, before, 3)
                yield FilteredHalving(before, after, 3)

    def features(self, items: Tensor) -> Tensor:
        """Images -> what the last layer but one makes of them (N, F)."""
        return self.layers(items)


class StyleGAN2GeneratorConfig(StyledGeneratorConfig):
    """StyleGAN2's generator: modulated convolutions on a learned constant, images of all resolutions added up."""

    kind: Literal["stylegan2"] = "stylegan2"

    capacity: int = Field(default=1024, ge=4, le=2**24)
    """Channels times side: a layer for 16x16 pixels has a sixteenth of this; 32768 in the paper."""

    max_width: int = Field(default=64, ge=1, le=65536)
    """No layer has more channels than this; 512 in the paper."""

    def build(self, spec: DataSpec) -> StyleGAN2Generator:
        """Make a generator for images (C, H, W). Raises UserError for sides that it cannot reach by doubling."""
        return StyleGAN2Generator(self, spec)


class StyleGAN2DiscriminatorConfig(DiscriminatorConfig):
    """StyleGAN2's discriminator: residual blocks, and how the items of a batch differ."""

    kind: Literal["stylegan2"] = "stylegan2"

    capacity: int = Field(default=1024, ge=4, le=2**24)
    """Channels times side: a layer for 16x16 pixels has a sixteenth of this; 32768 in the paper."""

    max_width: int = Field(default=64, ge=1, le=65536)
    """No layer has more channels than this; 512 in the paper."""

    architecture: Architecture = "residual"
    """Blocks with a path around them, or plain ones, as the authors use for CIFAR-10."""

    minibatch: Literal["none", "stddev"] = "stddev"
    """What is seen of the batch as a whole. stddev: how much the items of a group differ, as one more channel."""

    minibatch_group: int = Field(default=4, ge=2, le=65536)
    """Items in a group of stddev; where it does not divide the batch, the largest smaller number that does."""

    conditional: bool = False
    """Judge an image together with its class. Needs labels."""

    embedding_size: int | None = Field(default=None, ge=1, le=65536)
    """Numbers that a class is mapped to; none: as many as the last layer has channels."""

    num_mapping_layers: int = Field(default=2, ge=1, le=64)
    """Fully connected layers that map the class; 8 in the paper's configurations."""

    def build(self, spec: DataSpec) -> StyleGAN2Discriminator:
        """Make a discriminator for images (C, H, W). Raises UserError for sides that do not halve to a base."""
        return StyleGAN2Discriminator(self, spec)
