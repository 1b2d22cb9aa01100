"""The plain convolutional networks of SNGAN (Miyato et al. 2018, arXiv:1802.05957, appendix B.4, table 3).

For any image shape whose sides are 4 to 15 times a shared power of two.
"""

from itertools import pairwise
from typing import Literal

from pydantic import Field
from torch import Tensor, nn

from ganwright.core.spec import DataSpec
from ganwright.networks.base import DiscriminatorConfig, Generator, GeneratorConfig, Init, Norm
from ganwright.networks.layers.conditioning import (
    ClassInput,
    DiscriminatorConditioning,
    GeneratorConditioning,
    classes_to_learn,
    split_classes,
)
from ganwright.networks.layers.doubling import plan_doublings, widths_of
from ganwright.networks.layers.heads import HeadedDiscriminator, head_of
from ganwright.networks.layers.initialise import initialise
from ganwright.networks.layers.norms import LabelledSequential, norm_of_images
from ganwright.networks.layers.spectral import normalise_spectrally


class SnCnnGenerator(Generator):
    """Latent -> linear to the base -> transposed convolutions (k4 s2 p1) that double it -> 3x3 convolution -> tanh."""

    def __init__(self, config: "SnCnnGeneratorConfig", spec: DataSpec) -> None:
        super().__init__()
        doublings, *base = plan_doublings(spec, "sn-cnn", "generator")
        widths = widths_of(config.width, config.max_width, doublings)
        self.latent_size = config.latent_size
        self.num_classes = classes_to_learn(config.conditional, spec, "generator")
        beside, within = split_classes(config.conditioning, self.num_classes, config.norm, doublings + 1)
        self.join = ClassInput(config.latent_size, beside, config.embedding_size)
        self.base = (widths[0], *base)
        self.stem = nn.Linear(self.join.size, widths[0] * base[0] * base[1])
        layers: list[nn.Module] = [norm_of_images(config.norm, widths[0], within), nn.ReLU(inplace=True)]
        for width, next_width in pairwise(widths):
            layers += [
                nn.ConvTranspose2d(width, next_width, 4, stride=2, padding=1),
                norm_of_images(config.norm, next_width, within),
                nn.ReLU(inplace=True),
            ]
        layers.append(nn.Conv2d(widths[-1], spec.shape[0], 3, padding=1))
        if spec.bounded:
            layers.append(nn.Tanh())
        self.layers = LabelledSequential(*layers)
        initialise(self, config.init)
        if config.spectral_norm:
            normalise_spectrally(self.stem)
            normalise_spectrally(self.layers)

    def style_weights(self) -> Tensor:
        return self.stem.weight[:, : self.latent_size]

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.layers(self.stem(self.join(latents, labels)).unflatten(1, self.base), labels)


class SnCnnDiscriminator(HeadedDiscriminator):
    """Pairs of convolutions, 3x3 and then 4x4 with stride 2, down to the base -> 3x3 convolution -> linear."""

    def __init__(self, config: "SnCnnDiscriminatorConfig", spec: DataSpec) -> None:
        super().__init__()
        doublings, height, width = plan_doublings(spec, "sn-cnn", "discriminator")
        self.num_classes = classes_to_learn(config.conditional, spec, "discriminator")
        layers: list[nn.Module] = []
        channels = spec.shape[0]
        widths = widths_of(config.width, config.max_width, doublings)[::-1]
        for depth, next_channels in enumerate(widths):
            layers += [nn.Conv2d(channels, next_channels, 3, padding=1), nn.LeakyReLU(config.slope, inplace=True)]
            if depth < doublings:
                halve = nn.Conv2d(next_channels, next_channels, 4, stride=2, padding=1)
                layers += [halve, nn.LeakyReLU(config.slope, inplace=True)]
            channels = next_channels
        self.layers = nn.Sequential(*layers)
        self.score = head_of(
            channels * height * width, self.num_classes, config.conditioning, config.embedding_size, config.slope
        )
        initialise(self, config.init, config.slope)
        if config.spectral_norm:
            normalise_spectrally(self)

    def features(self, items: Tensor) -> Tensor:
        """Images -> activations of the last convolution, flattened from (N, C, base, base) to (N, F)."""
        return self.layers(items).flatten(1)


class SnCnnGeneratorConfig(GeneratorConfig):
    """Transposed convolutions that double the side, and a convolution at full size (SNGAN's CNN)."""

    kind: Literal["sn-cnn"] = "sn-cnn"

    latent_size: int = Field(default=128, ge=1, le=65536)
    """Numbers in one latent."""

    width: int = Field(default=32, ge=1, le=8192)
    """Channels at full size; each resolution below has twice as many."""

    max_width: int = Field(default=256, ge=1, le=65536)
    """No layer has more channels than this."""

    norm: Norm = "batch"
    """Normalisation of each hidden layer."""

    init: Init = "xavier"
    """How weights begin: torch's default, normal (std 0.02), xavier, he or orthogonal."""

    conditional: bool = False
    """Make images of a class that is asked for. Needs labels."""

    conditioning: GeneratorConditioning = "batch-norm"
    """How the class enters: as a gain and bias of each batch norm, which needs norm batch, or beside the latent."""

    embedding_size: int = Field(default=32, ge=1, le=65536)
    """Numbers that stand for a class beside the latent; used by conditional networks with concat only."""

    spectral_norm: bool = False
    """Divide every linear and convolution weight by its largest singular value."""

    def build(self, spec: DataSpec) -> SnCnnGenerator:
        """Make a generator for images (C, H, W). Raises UserError for sides that it cannot reach by doubling."""
        return SnCnnGenerator(self, spec)


class SnCnnDiscriminatorConfig(DiscriminatorConfig):
    """Convolutions in pairs, of which the second halves the side, without normalisation (SNGAN's CNN)."""

    kind: Literal["sn-cnn"] = "sn-cnn"

    width: int = Field(default=32, ge=1, le=8192)
    """Channels at full size; each resolution below has twice as many."""

    max_width: int = Field(default=256, ge=1, le=65536)
    """No layer has more channels than this."""

    slope: float = Field(default=0.1, ge=0, le=1)
    """Slope of LeakyReLU for negative inputs."""

    spectral_norm: bool = False
    """Divide every weight by its largest singular value."""

    init: Init = "xavier"
    """How weights begin: torch's default, normal (std 0.02), xavier, he or orthogonal."""

    conditional: bool = False
    """Judge an image together with its class. Needs labels."""

    conditioning: DiscriminatorConditioning = "projection"
    """How the class enters. concat: beside the features, through one hidden layer. projection: by an inner product with
    them. auxiliary: not into the score; a second head tells the class (AC-GAN)."""

    embedding_size: int = Field(default=32, ge=1, le=65536)
    """Numbers that stand for a class, and width of the hidden layer that joins it to the features (concat only)."""

    def build(self, spec: DataSpec) -> SnCnnDiscriminator:
        """Make a discriminator for images (C, H, W). Raises UserError for sides that do not halve to a base."""
        return SnCnnDiscriminator(self, spec)
