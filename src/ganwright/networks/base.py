"""What every network promises, whatever its family."""

from typing import ClassVar, Literal

from torch import Tensor, nn

from ganwright.core.config import Config
from ganwright.core.spec import DataSpec

Norm = Literal["batch", "layer", "instance", "none"]
Init = Literal["default", "normal", "xavier", "he", "orthogonal"]


class Generator(nn.Module):
    """Latents (N, latent_size) and, for conditional ones, labels (N,) int64 -> items (N, *spec.shape).

    latent_size: numbers in one latent.
    num_classes: classes it is conditioned on; 0 ignores labels.
    keeps_range: False where images may leave [-1, 1], since nothing bounds the last layer. Written ones are clipped.
    """

    latent_size: int
    num_classes: int = 0
    keeps_range: ClassVar[bool] = True

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Make one item per latent."""
        raise TypeError(f"{type(self).__name__} is abstract")

    def style_weights(self) -> Tensor:
        """The linear map A (rows, latent_size) by which a latent enters first, without biases and classes.

        Of a style-based generator it is that of its styles, (rows, style_size). The eigenvectors of A^T A are the
        directions that change its result most (Shen and Zhou 2021, SeFa, arXiv:2007.06600).
        """
        raise TypeError(f"{type(self).__name__} is abstract")


class Discriminator(nn.Module):
    """Items (N, *spec.shape) and, for conditional ones, labels (N,) -> logits (N,). Also called critic.

    forward is head(features(items), labels), so that feature matching, projection and auxiliary heads can reach in.

    num_classes: classes that it knows; 0 ignores labels.
    """

    num_classes: int = 0

    @property
    def has_classes_head(self) -> bool:
        """True where `classify` tells the class of an item (AC-GAN).

        Its score then ignores the labels, which it demands all the same.
        """
        return False

    def features(self, items: Tensor) -> Tensor:
        """Items -> features, the input of the head."""
        raise TypeError(f"{type(self).__name__} is abstract")

    def head(self, features: Tensor, labels: Tensor | None = None) -> Tensor:
        """Features -> logits (N,)."""
        raise TypeError(f"{type(self).__name__} is abstract")

    def classify(self, features: Tensor) -> Tensor:
        """Features -> class logits (N, num_classes). Raises TypeError where `has_classes_head` is False."""
        raise TypeError(f"{type(self).__name__} tells no classes")

    def forward(self, items: Tensor, labels: Tensor | None = None) -> Tensor:
        """Score every item: higher is more real."""
        return self.head(self.features(items), labels)


class Classifier(nn.Module):
    """Images (N, C, H, W) -> class logits (N, num_classes); features are what metrics measure in.

    num_features: numbers in one item's features.
    """

    num_classes: int
    num_features: int

    def features(self, items: Tensor) -> Tensor:
        """Images -> features (N, num_features), the input of the head."""
        raise TypeError(f"{type(self).__name__} is abstract")

    def head(self, features: Tensor) -> Tensor:
        """Features -> class logits (N, num_classes)."""
        raise TypeError(f"{type(self).__name__} is abstract")

    def forward(self, items: Tensor) -> Tensor:
        """Score every class of every item."""
        return self.head(self.features(items))


class NetworkConfig(Config):
    """Base of the network configs; `build` raises UserError where the family cannot make the spec's shape."""


class GeneratorConfig(NetworkConfig):
    """Describes a generator."""

    def build(self, spec: DataSpec) -> Generator:
        """Make the network with fresh weights from torch's global generator."""
        raise TypeError(f"{type(self).__name__} is abstract")


class DiscriminatorConfig(NetworkConfig):
    """Describes a discriminator."""

    def build(self, spec: DataSpec) -> Discriminator:
        """Make the network with fresh weights from torch's global generator."""
        raise TypeError(f"{type(self).__name__} is abstract")


class ClassifierConfig(NetworkConfig):
    """Describes a classifier."""

    def build(self, spec: DataSpec) -> Classifier:
        """Make the network with fresh weights from torch's global generator."""
        raise TypeError(f"{type(self).__name__} is abstract")


def has_batch_statistics(network: nn.Module) -> bool:
    """True where an item's output depends on the rest of its batch in training, so real and fake must not be mixed.

    Batch norm is one cause; minibatch stddev and discrimination are others, and say so by `uses_batch_statistics`.
    """
    return has_batch_norm(network) or any(getattr(m, "uses_batch_statistics", False) for m in network.modules())


def has_batch_norm(network: nn.Module) -> bool:
    """True where batch norm stands in it: a gradient penalty no longer limits the slope at an item there.

    Minibatch stddev and discrimination look at the batch too, but live well with gradient penalties on the sum of its
    scores (StyleGAN2 has stddev under R1).
    """
    return any(isinstance(m, nn.modules.batchnorm._BatchNorm) for m in network.modules())


def is_stochastic(network: nn.Module) -> bool:
    """True where a forward pass in training draws from torch's global generator: dropout, or `is_stochastic` modules.

    Such a network cannot run under torch.func.vmap with the numbers of its single runs.
    """
    drops = nn.modules.dropout._DropoutNd
    return any(isinstance(m, drops) or getattr(m, "is_stochastic", False) for m in network.modules())
