"""The ResNet of SNGAN (Miyato et al. 2018, arXiv:1802.05957, appendix B.4) and, with self-attention, of SAGAN.

For any image shape whose sides are 4 to 15 times a shared power of two.
"""

from itertools import pairwise
from typing import Literal

from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from ganwright.core.spec import DataSpec
from ganwright.networks.base import DiscriminatorConfig, Generator, GeneratorConfig, Init, Norm
from ganwright.networks.layers.attention import SelfAttention
from ganwright.networks.layers.conditioning import (
    ClassInput,
    DiscriminatorConditioning,
    GeneratorConditioning,
    classes_to_learn,
    split_classes,
)
from ganwright.networks.layers.doubling import plan_doublings, widths_of
from ganwright.networks.layers.heads import HeadedDiscriminator, head_of
from ganwright.networks.layers.norms import norm_of_images
from ganwright.networks.layers.residual import DownBlock, UpBlock, initialise_residual, normed_relu
from ganwright.networks.layers.spectral import normalise_spectrally


def attended_stage(attention_at: int | None, sides: list[int]) -> int | None:
    """Return which stage self-attention follows: the first with the largest side up to `attention_at`; None: none.

    sides: the shorter side of the features after each stage. Where all are larger, the smallest is taken.
    """
    if attention_at is None:
        return None
    return sides.index(max((side for side in sides if side <= attention_at), default=min(sides)))


class ResnetGenerator(Generator):
    """Latent -> linear to the base -> residual blocks that double it -> norm, ReLU, 3x3 convolution -> tanh."""

    def __init__(self, config: "ResnetGeneratorConfig", spec: DataSpec) -> None:
        super().__init__()
        doublings, *base = plan_doublings(spec, "resnet", "generator")
        widths = widths_of(config.width, config.max_width, doublings)
        self.latent_size = config.latent_size
        self.num_classes = classes_to_learn(config.conditional, spec, "generator")
        beside, within = split_classes(config.conditioning, self.num_classes, config.norm, 2 * doublings)
        self.join = ClassInput(config.latent_size, beside, config.embedding_size)
        self.base = (widths[0], *base)
        self.stem = nn.Linear(self.join.size, widths[0] * base[0] * base[1])

        def norm(channels: int) -> nn.Module:
            return norm_of_images(config.norm, channels, within)

        self.blocks = nn.ModuleList(UpBlock(i, o, norm) for i, o in pairwise(widths))
        sides = [min(base) << depth + 1 for depth in range(doublings)]
        self.attended = attended_stage(config.attention_at, sides)
        self.attention = None if self.attended is None else SelfAttention(widths[self.attended + 1])
        self.norm = norm_of_images(config.norm, widths[-1])
        self.to_image = nn.Conv2d(widths[-1], spec.shape[0], 3, padding=1)
        self.bounded = spec.bounded
        initialise_residual(self, config.init)
        if config.spectral_norm:
            for part in (self.stem, self.blocks, self.attention, self.to_image):
                if part is not None:
                    normalise_spectrally(part)

    def style_weights(self) -> Tensor:
        return self.stem.weight[:, : self.latent_size]

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        x = self.stem(self.join(latents, labels)).unflatten(1, self.base)
        for depth, block in enumerate(self.blocks):
            x = block(x, labels)
            if self.attention is not None and depth == self.attended:
                x = self.attention(x)
        x = self.to_image(normed_relu(self.norm, x, None))
        return x.tanh() if self.bounded else x


class ResnetDiscriminator(HeadedDiscriminator):
    """Residual blocks that halve the image, some that keep its size -> ReLU, sum over the places -> linear.

    BigGAN's discriminator is this one with `wide`, spectral norm, attention and projection.
    """

    def __init__(self, config: "ResnetDiscriminatorConfig", spec: DataSpec) -> None:
        super().__init__()
        most, height, width = plan_doublings(spec, "resnet", "discriminator")
        halvings = min(most, config.halvings or most)
        self.num_classes = classes_to_learn(config.conditional, spec, "discriminator")
        last, *widths = widths_of(config.width, config.max_width, halvings)
        widths = [*reversed(widths), *[last] * config.plain_blocks]
        blocks: list[DownBlock] = []
        channels = spec.shape[0]
        for depth, next_channels in enumerate(widths):
            hidden = next_channels if config.wide or depth == 0 else channels
            blocks.append(DownBlock(channels, next_channels, hidden, first=depth == 0, halve=depth < halvings))
            channels = next_channels
        self.blocks = nn.ModuleList(blocks)
        sides = [min(height, width) << max(most - depth - 1, most - halvings) for depth in range(len(widths))]
        self.attended = attended_stage(config.attention_at, sides)
        self.attention = None if self.attended is None else SelfAttention(widths[self.attended])
        self.score = head_of(channels, self.num_classes, config.conditioning, config.embedding_size, slope=0.0)
        initialise_residual(self, config.init)
        if config.spectral_norm:
            normalise_spectrally(self)

    def features(self, items: Tensor) -> Tensor:
        """Images -> activations of the last block, summed over its places, (N, F)."""
        for depth, block in enumerate(self.blocks):
            items = block(items)
            if self.attention is not None and depth == self.attended:
                items = self.attention(items)
        return F.relu(items).sum((2, 3))


class ResnetGeneratorConfig(GeneratorConfig):
    """Residual blocks that double the side until the image is there (SNGAN; SAGAN with attention)."""

    kind: Literal["resnet"] = "resnet"

    latent_size: int = Field(default=128, ge=1, le=65536)
    """Numbers in one latent."""

    width: int = Field(default=32, ge=1, le=8192)
    """Channels of the last block; each block before it, and the stem, has twice as many."""

    max_width: int = Field(default=256, ge=1, le=65536)
    """No block has more channels than this; the same as width makes all alike."""

    norm: Norm = "batch"
    """Normalisation before each convolution."""

    init: Init = "xavier"
    """How weights begin: torch's default, normal (std 0.02), xavier (in blocks twice the variance), he, orthogonal."""

    attention_at: int | None = Field(default=None, ge=1)
    """Self-attention on the largest features whose shorter side has at most so many pixels (or else on the smallest);
    none: no attention."""

    conditional: bool = False
    """Make images of a class that is asked for. Needs labels."""

    conditioning: GeneratorConditioning = "batch-norm"
    """How the class enters: as a gain and bias of each block's batch norms, which needs norm batch, or beside the
    latent."""

    embedding_size: int = Field(default=32, ge=1, le=65536)
    """Numbers that stand for a class beside the latent; used by conditional networks with concat only."""

    spectral_norm: bool = False
    """Divide every linear and convolution weight by its largest singular value."""

    def build(self, spec: DataSpec) -> ResnetGenerator:
        """Make a generator for images (C, H, W). Raises UserError for sides that it cannot reach by doubling."""
        return ResnetGenerator(self, spec)


class ResnetDiscriminatorConfig(DiscriminatorConfig):
    """Residual blocks that halve the side, without normalisation (SNGAN; SAGAN and BigGAN with attention)."""

    kind: Literal["resnet"] = "resnet"

    width: int = Field(default=32, ge=1, le=8192)
    """Channels of the first block; each block after it has twice as many."""

    max_width: int = Field(default=256, ge=1, le=65536)
    """No block has more channels than this; the same as width makes all alike."""

    halvings: int | None = Field(default=None, ge=1, le=8)
    """At most so many blocks halve the image; none: as many as bring it to 4 to 15 pixels a side."""

    plain_blocks: int = Field(default=1, ge=0, le=64)
    """Blocks at the end that keep the resolution."""

    wide: bool = False
    """Between a block's convolutions as many channels as it gives (BigGAN), not as it takes (SNGAN)."""

    attention_at: int | None = Field(default=None, ge=1)
    """Self-attention on the largest features whose shorter side has at most so many pixels (or else on the smallest);
    none: no attention."""

    spectral_norm: bool = False
    """Divide every weight by its largest singular value."""

    init: Init = "xavier"
    """How weights begin: torch's default, normal (std 0.02), xavier (in blocks twice the variance), he, orthogonal."""

    conditional: bool = False
    """Judge an image together with its class. Needs labels."""

    conditioning: DiscriminatorConditioning = "projection"
    """How the class enters. concat: beside the features, through one hidden layer. projection: by an inner product with
    them. auxiliary: not into the score; a second head tells the class (AC-GAN)."""

    embedding_size: int = Field(default=32, ge=1, le=65536)
    """Numbers that stand for a class, and width of the hidden layer that joins it to the features (concat only)."""

    def build(self, spec: DataSpec) -> ResnetDiscriminator:
        """Make a discriminator for images (C, H, W). Raises UserError for sides that do not halve to a base."""
        return ResnetDiscriminator(self, spec)
