"""StyleGAN's generator (Karras et al. 2019, arXiv:1812.04948), which grows; its discriminator is ProGAN's."""

from functools import partial
from itertools import pairwise
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from ganwright.core.spec import DataSpec
from ganwright.networks.layers.conditioning import classes_to_learn
from ganwright.networks.layers.doubling import plan_doublings, widths_of_sides
from ganwright.networks.layers.equalised import EqualisedConv2d, EqualisedLinear, NearestDoubling
from ganwright.networks.layers.growth import Growth
from ganwright.networks.layers.styles import AdaptiveInstanceNorm
from ganwright.networks.layers.styles import Noise as NoiseLayer
from ganwright.networks.progan import GrowingGenerator
from ganwright.networks.styled import Noise, StyledGenerator, StyledGeneratorConfig
from ganwright.ops.bias_act import bias_leaky
from ganwright.ops.fir import blur


class StyledEnd(nn.Module):
    """How each layer ends: noise, bias, LeakyReLU, and each channel normalised and given its style."""

    def __init__(self, num_channels: int, style_size: int, size: tuple[int, int], noise: bool) -> None:
        super().__init__()
        self.noise = NoiseLayer(*size, num_channels) if noise else None
        self.bias = nn.Parameter(torch.zeros(num_channels))
        self.norm = AdaptiveInstanceNorm(num_channels, style_size)

    def forward(self, features: Tensor, style: Tensor, noise: str | Tensor) -> Tensor:
        if self.noise is not None:
            features = self.noise(features, noise)
        return self.norm(bias_leaky(features, self.bias), style)


class StyledBlock(nn.Module):
    """Doubled and convolved, filtered by [1, 2, 1]; convolved again: features (N, I, H, W) -> (N, O, 2H, 2W)."""

    def __init__(self, num_inputs: int, num_outputs: int, style_size: int, size: tuple[int, int], noise: bool) -> None:
        super().__init__()
        self.enlarge = NearestDoubling(num_inputs, num_outputs, 3, leaky=False, bias=False)
        self.first = StyledEnd(num_outputs, style_size, size, noise)
        self.convolve = EqualisedConv2d(num_outputs, num_outputs, 3, leaky=False, bias=False)
        self.second = StyledEnd(num_outputs, style_size, size, noise)

    def forward(self, features: Tensor, styles: Tensor, noises: list[str | Tensor]) -> Tensor:
        doubled = blur(self.enlarge(features), (1.0, 2.0, 1.0), (1, 1))
        features = self.first(doubled, styles[:, 0], noises[0])
        return self.second(self.convolve(features), styles[:, 1], noises[1])


class StyleGANGenerator(StyledGenerator, GrowingGenerator):
    """A learned constant -> two layers for each resolution, each with noise and the style of its own -> 1x1."""

    def __init__(self, config: "StyleGANGeneratorConfig", spec: DataSpec) -> None:
        doublings, height, width = plan_doublings(spec, "stylegan", "generator")
        super().__init__(config, classes_to_learn(config.conditional, spec, "generator"), 2 * doublings + 2)
        widths = widths_of_sides(config.capacity, config.max_width, doublings)
        style, noise = config.style_size, config.noise
        self.sizes = [(height << depth, width << depth) for depth in range(doublings + 1)]
        self.growth = Growth(doublings + 1)
        self.start = nn.Parameter(torch.ones(widths[0], height, width))
        self.first = StyledEnd(widths[0], style, self.sizes[0], noise)
        self.convolve = EqualisedConv2d(widths[0], widths[0], 3, leaky=False, bias=False)
        self.second = StyledEnd(widths[0], style, self.sizes[0], noise)
        self.blocks = nn.ModuleList(
            StyledBlock(before, after, style, size, noise)
            for (before, after), size in zip(pairwise(widths), self.sizes[1:], strict=True)
        )
        self.to_images = nn.ModuleList(EqualisedConv2d(w, spec.shape[0], 1, leaky=False) for w in widths)

    @property
    def num_active_layers(self) -> int:
        return 2 * self.growth.stage()[0] + 2

    def grown(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        return self._images(self.styles(latents, labels), None)

    def affine(self) -> list[list[EqualisedLinear]]:
        return [[module.affine] for module in self.modules() if isinstance(module, AdaptiveInstanceNorm)]

    def synthesis(self, styles: Tensor, noise: Noise | None = None) -> Tensor:
        return self.at_full_size(self._images(styles, noise))

    def _images(self, styles: Tensor, noise: Noise | None) -> Tensor:
        noises = self.noises(noise, self.num_layers)
        features = self.start.expand(styles.shape[0], -1, -1, -1).contiguous(memory_format=torch.channels_last)
        features = self.first(features, styles[:, 0], noises[0])
        features = self.second(self.convolve(features), styles[:, 1], noises[1])
        blocks = [
            partial(block, styles=styles[:, place : place + 2], noises=noises[place : place + 2])
            for block, place in zip(self.blocks, range(2, self.num_layers, 2), strict=True)
        ]
        return self.grow(features, blocks)


class StyleGANGeneratorConfig(StyledGeneratorConfig):
    """StyleGAN's generator: adaptive instance norm on a learned constant; it grows as ProGAN's does."""

    kind: Literal["stylegan"] = "stylegan"

    capacity: int = Field(default=1024, ge=4, le=2**24)
    """Channels times side: a layer for 16x16 pixels has a sixteenth of this; 16384 in the paper."""

    max_width: int = Field(default=64, ge=1, le=65536)
    """No layer has more channels than this; 512 in the paper."""

    def build(self, spec: DataSpec) -> StyleGANGenerator:
        """Make a generator for images (C, H, W). Raises UserError for sides that it cannot reach by doubling."""
        return StyleGANGenerator(self, spec)
