"""Multilayer perceptrons for small images and for points: the GAN of Goodfellow et al. 2014 in its common form."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from torch import Tensor, nn

from ganwright.core.spec import DataSpec
from ganwright.networks.base import DiscriminatorConfig, Generator, GeneratorConfig, Init
from ganwright.networks.layers.activations import Activation, activation_of, negative_slope
from ganwright.networks.layers.conditioning import (
    ClassInput,
    DiscriminatorConditioning,
    GeneratorConditioning,
    classes_to_learn,
    split_classes,
)
from ganwright.networks.layers.fourier import FourierFeatures
from ganwright.networks.layers.heads import HeadedDiscriminator, head_of
from ganwright.networks.layers.initialise import initialise
from ganwright.networks.layers.minibatch import Minibatch, minibatch_of
from ganwright.networks.layers.norms import LabelledSequential, norm_of_vectors
from ganwright.networks.layers.spectral import normalise_spectrally

VectorNorm = Literal["batch", "layer", "none"]


def _as_tuple(value: object) -> object:
    return (value,) if isinstance(value, int) else value


def _check_widths(widths: tuple[int, ...]) -> tuple[int, ...]:
    if not all(1 <= w <= 65536 for w in widths):
        raise ValueError("each width must be from 1 to 65536, e.g. 256,512")
    return widths


Widths = Annotated[
    tuple[int, ...],
    BeforeValidator(_as_tuple),
    AfterValidator(_check_widths),
]


Octaves = Annotated[tuple[Annotated[int, Field(ge=-20, le=20)], ...], BeforeValidator(_as_tuple)]


class MlpGenerator(Generator):
    """Linear layers, each but the last with a norm and an activation; tanh at the end where the data is bounded."""

    def __init__(self, config: "MlpGeneratorConfig", spec: DataSpec) -> None:
        super().__init__()
        self.latent_size = config.latent_size
        self.num_classes = classes_to_learn(config.conditional, spec, "generator")
        self.shape = spec.shape
        beside, within = split_classes(config.conditioning, self.num_classes, config.norm, len(config.hidden))
        self.join = ClassInput(config.latent_size, beside, config.embedding_size)
        layers: list[nn.Module] = []
        width = self.join.size
        self.skip_latent = config.skip_latent
        for next_width in config.hidden:
            layers += [
                nn.Linear(width, next_width, bias=config.norm != "batch"),
                norm_of_vectors(config.norm, next_width, within),
                activation_of(config.activation, config.slope),
            ]
            width = next_width + (self.join.size if config.skip_latent else 0)
        layers.append(nn.Linear(width, spec.num_values))
        if spec.bounded:
            layers.append(nn.Tanh())
        self.layers = LabelledSequential(*layers)
        initialise(self, config.init, negative_slope(config.activation, config.slope))
        if config.spectral_norm:
            normalise_spectrally(self.layers)

    def style_weights(self) -> Tensor:
        first = next(layer for layer in self.layers if isinstance(layer, nn.Linear))
        return first.weight[:, : self.latent_size]

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        joined = self.join(latents, labels)
        beside = joined if self.skip_latent else None
        return self.layers(joined, labels, beside).unflatten(1, self.shape)


class MlpDiscriminator(HeadedDiscriminator):
    """Linear layers with activations; norms (except in the first layer) and dropout by choice."""

    def __init__(self, config: "MlpDiscriminatorConfig", spec: DataSpec) -> None:
        super().__init__()
        self.num_classes = classes_to_learn(config.conditional, spec, "discriminator")
        layers: list[nn.Module] = []
        width = spec.num_values
        if config.octaves:
            fourier = FourierFeatures(config.octaves)
            layers.append(fourier)
            width = fourier.size(width)
        for depth, next_width in enumerate(config.hidden):
            norm = config.norm if depth else "none"
            layers += [
                nn.Linear(width, next_width, bias=norm != "batch"),
                norm_of_vectors(norm, next_width),
                activation_of(config.activation, config.slope),
            ]
            if config.dropout:
                layers.append(nn.Dropout(config.dropout))
            width = next_width
        self.layers = nn.Sequential(*layers)
        self.minibatch = minibatch_of(
            config.minibatch, width, config.minibatch_group, config.minibatch_kernels, config.minibatch_kernel_size
        )
        self.score = head_of(
            self.minibatch.size, self.num_classes, config.conditioning, config.embedding_size, config.slope
        )
        initialise(self, config.init, negative_slope(config.activation, config.slope))
        if config.spectral_norm:
            normalise_spectrally(self)

    def features(self, items: Tensor) -> Tensor:
        """Items -> activations of the last hidden layer (N, hidden[-1]), or the flat items where there is none.

        What `minibatch` adds stands behind them.
        """
        return self.minibatch(self.layers(items.flatten(1)))


class MlpGeneratorConfig(GeneratorConfig):
    """A stack of linear layers that ends in all the pixels at once."""

    kind: Literal["mlp"] = "mlp"

    latent_size: int = Field(default=64, ge=1, le=65536)
    """Numbers in one latent."""

    hidden: Widths = (256, 512)
    """Width of each hidden layer, from the latent to the output, each 1 to 65536; [] for a linear generator."""

    skip_latent: bool = False
    """Join the latent to the input of every layer, not of the first alone (skip-z: Brock et al. 2018, BigGAN)."""

    activation: Activation = "relu"
    """What follows each hidden layer."""

    slope: float = Field(default=0.2, ge=0, le=1)
    """Slope of leaky-relu for negative inputs; the other activations ignore it."""

    norm: VectorNorm = "none"
    """Normalisation of each hidden layer."""

    init: Init = "default"
    """How weights begin: torch's default, normal (std 0.02), xavier, he or orthogonal."""

    conditional: bool = False
    """Make items of a class that is asked for. Needs labels."""

    conditioning: GeneratorConditioning = "concat"
    """How the class enters: beside the latent, or as a gain and bias of each batch norm, which needs norm batch."""

    embedding_size: int = Field(default=32, ge=1, le=65536)
    """Numbers that stand for a class beside the latent; used by conditional networks with concat only."""

    spectral_norm: bool = False
    """Divide every linear and convolution weight by its largest singular value."""

    def build(self, spec: DataSpec) -> MlpGenerator:
        """Make a generator for images or points of any shape."""
        return MlpGenerator(self, spec)


class MlpDiscriminatorConfig(DiscriminatorConfig):
    """A stack of linear layers on all the pixels at once."""

    kind: Literal["mlp"] = "mlp"

    hidden: Widths = (512, 256)
    """Width of each hidden layer, from the item to the score, each 1 to 65536; [] for a linear score."""

    octaves: Octaves = ()
    """Give each value x also as sin(2^k x) and cos(2^k x), for these k from -20 to 20; [] for none. Detail much finer
    than 1 is hard to see without (Tancik et al. 2020)."""

    activation: Activation = "leaky-relu"
    """What follows each hidden layer."""

    slope: float = Field(default=0.2, ge=0, le=1)
    """Slope of leaky-relu for negative inputs; the other activations ignore it."""

    norm: VectorNorm = "none"
    """Normalisation of each hidden layer but the first. Gradient penalties and batch do not go together."""

    dropout: float = Field(default=0.0, ge=0, lt=1)
    """Share of each hidden layer's outputs that is dropped while training."""

    spectral_norm: bool = False
    """Divide every weight by its largest singular value."""

    init: Init = "default"
    """How weights begin: torch's default, normal (std 0.02), xavier, he or orthogonal."""

    conditional: bool = False
    """Judge an item together with its class. Needs labels."""

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

    def build(self, spec: DataSpec) -> MlpDiscriminator:
        """Make a discriminator for images or points of any shape."""
        return MlpDiscriminator(self, spec)
