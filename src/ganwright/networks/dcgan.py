"""DCGAN (Radford, Metz and Chintala 2016) for any image shape whose sides are 4 to 15 times a shared power of two."""

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
from ganwright.networks.layers.doubling import plan_doublings
from ganwright.networks.layers.heads import HeadedDiscriminator, head_of
from ganwright.networks.layers.initialise import initialise
from ganwright.networks.layers.minibatch import Minibatch, minibatch_of
from ganwright.networks.layers.norms import LabelledSequential, norm_of_images
from ganwright.networks.layers.spectral import normalise_spectrally
from ganwright.networks.layers.strided import DoubleToImage, HalveFromImage


class DcganGenerator(Generator):
    """Latent -> linear to the base -> transposed convolutions (k4 s2 p1) that double it -> tanh.

    A transposed convolution from 1x1 is a linear map, and as one GEMM it is faster.
    """

    def __init__(self, config: "DcganGeneratorConfig", spec: DataSpec) -> None:
        super().__init__()
        doublings, *base = plan_doublings(spec, "dcgan", "generator")
        widths = [min(config.width << d, config.max_width) for d in reversed(range(doublings))]
        bias = config.norm == "none"
        self.latent_size = config.latent_size
        self.num_classes = classes_to_learn(config.conditional, spec, "generator")
        beside, within = split_classes(config.conditioning, self.num_classes, config.norm, doublings)
        self.join = ClassInput(config.latent_size, beside, config.embedding_size)
        self.base = (widths[0], *base)
        self.stem = nn.Linear(self.join.size, widths[0] * base[0] * base[1], bias=bias)
        layers: list[nn.Module] = []
        for width, next_width in zip(widths, [*widths[1:], None], strict=True):
            layers += [norm_of_images(config.norm, width, within), nn.ReLU(inplace=True)]
            if next_width is None:
                layers.append(DoubleToImage(width, spec.shape[0], bias=bias))
            else:
                layers.append(nn.ConvTranspose2d(width, next_width, 4, stride=2, padding=1, bias=bias))
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


class DcganDiscriminator(HeadedDiscriminator):
    """Convolutions (k4 s2 p1) that halve the image down to the base -> linear.

    A convolution whose kernel covers its input is a linear map, and as one GEMM it is faster.
    """

    def __init__(self, config: "DcganDiscriminatorConfig", spec: DataSpec) -> None:
        super().__init__()
        doublings, height, width = plan_doublings(spec, "dcgan", "discriminator")
        self.num_classes = classes_to_learn(config.conditional, spec, "discriminator")
        layers: list[nn.Module] = []
        channels = spec.shape[0]
        for depth in range(doublings):
            next_channels = min(config.width << depth, config.max_width)
            norm = config.norm if depth else "none"
            biased = norm == "none"
            layers += [
                nn.Conv2d(channels, next_channels, 4, stride=2, padding=1, bias=biased)
                if depth
                else HalveFromImage(channels, next_channels, bias=biased),
                norm_of_images(norm, next_channels),
                nn.LeakyReLU(config.slope, inplace=True),
            ]
            if config.dropout:
                layers.append(nn.Dropout(config.dropout))
            channels = next_channels
        self.layers = nn.Sequential(*layers)
        self.minibatch = minibatch_of(
            config.minibatch,
            channels * height * width,
            config.minibatch_group,
            config.minibatch_kernels,
            config.minibatch_kernel_size,
        )
        self.score = head_of(
            self.minibatch.size, self.num_classes, config.conditioning, config.embedding_size, config.slope
        )
        initialise(self, config.init, config.slope)
        if config.spectral_norm:
            normalise_spectrally(self)

    def features(self, items: Tensor) -> Tensor:
        """Images -> activations of the last convolution, flattened from (N, C, base, base) to (N, F).

        What `minibatch` adds stands behind them.
        """
        return self.minibatch(self.layers(items).flatten(1))


class DcganGeneratorConfig(GeneratorConfig):
    """Transposed convolutions that double the side until the image is there."""

    kind: Literal["dcgan"] = "dcgan"

    latent_size: int = Field(default=100, ge=1, le=65536)
    """Numbers in one latent."""

    width: int = Field(default=64, ge=1, le=8192)
    """Channels of the last hidden layer; each layer before it has twice as many."""

    max_width: int = Field(default=1024, ge=1, le=65536)
    """No layer has more channels than this."""

    norm: Norm = "batch"
    """Normalisation of each hidden layer. Convolutions have a bias only where this is none."""

    init: Init = "normal"
    """How weights begin: torch's default, normal (std 0.02), xavier, he or orthogonal."""

    conditional: bool = False
    """Make images of a class that is asked for. Needs labels."""

    conditioning: GeneratorConditioning = "concat"
    """How the class enters: beside the latent, or as a gain and bias of each batch norm, which needs norm batch."""

    embedding_size: int = Field(default=32, ge=1, le=65536)
    """Numbers that stand for a class beside the latent; used by conditional networks with concat only."""

    spectral_norm: bool = False
    """Divide every linear and convolution weight by its largest singular value."""

    def build(self, spec: DataSpec) -> DcganGenerator:
        """Make a generator for images (C, H, W). Raises UserError for sides that it cannot reach by doubling."""
        return DcganGenerator(self, spec)


class DcganDiscriminatorConfig(DiscriminatorConfig):
    """Strided convolutions that halve the side until a linear layer can judge the rest."""

    kind: Literal["dcgan"] = "dcgan"

    width: int = Field(default=64, ge=1, le=8192)
    """Channels of the first layer; each layer after it has twice as many."""

    max_width: int = Field(default=1024, ge=1, le=65536)
    """No layer has more channels than this."""

    norm: Norm = "batch"
    """Normalisation of each layer but the first. Gradient penalties and batch do not go together."""

    slope: float = Field(default=0.2, ge=0, le=1)
    """Slope of LeakyReLU for negative inputs."""

    dropout: float = Field(default=0.0, ge=0, lt=1)
    """Share of each layer's outputs that is dropped while training."""

    spectral_norm: bool = False
    """Divide every weight by its largest singular value."""

    init: Init = "normal"
    """How weights begin: torch's default, normal (std 0.02), xavier, he or orthogonal."""

    conditional: bool = False
    """Judge an image together with its class. Needs labels."""

    conditioning: DiscriminatorConditioning = "concat"
    """How the class enters. concat: beside the features, through one hidden layer. projection: by an inner product with
    them. auxiliary: not into the score; a second head tells the class (AC-GAN)."""

    embedding_size: int = Field(default=32, ge=1, le=65536)
    """Numbers that stand for a class, and width of the hidden layer that joins it to the features (concat only)."""

    minibatch: Minibatch = "none"
    """What the head sees of the batch as a whole. stddev: how much the items of a group differ, one more feature.
    discrimination: how close an item lies to the others in learned views, one more feature for each kernel."""

    minibatch_group: int = Field(default=4, ge=2, le=65536)
    """Items in a group of stddev; where it does not divide the batch, the largest smaller number that does."""

    minibatch_kernels: int = Field(default=100, ge=1, le=65536)
    """Kernels of discrimination, each one view of the items."""

    minibatch_kernel_size: int = Field(default=5, ge=1, le=65536)
    """Numbers that one kernel of discrimination makes of an item."""

    def build(self, spec: DataSpec) -> DcganDiscriminator:
        """Make a discriminator for images (C, H, W). Raises UserError for sides that do not halve to a base."""
        return DcganDiscriminator(self, spec)
