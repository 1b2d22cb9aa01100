"""Heads of discriminators: features, and for conditional ones labels, to one logit an item."""

from torch import Tensor, nn

from ganwright.networks.base import Discriminator
from ganwright.networks.layers.conditioning import ClassInput, DiscriminatorConditioning, given


class Head(nn.Module):
    """Features (N, F) and labels (N,) or None -> logits (N,).

    has_classes_head: True where `classify` names the class of each item as well.
    """

    has_classes_head: bool = False

    def forward(self, features: Tensor, labels: Tensor | None) -> Tensor:
        """Score every item: higher is more real."""
        raise TypeError(f"{type(self).__name__} is abstract")

    def classify(self, features: Tensor) -> Tensor:
        """Features -> class logits (N, num_classes). Raises TypeError where the head has none."""
        raise TypeError(f"{type(self).__name__} tells no classes; an auxiliary head does (conditioning auxiliary)")


class HeadedDiscriminator(Discriminator):
    """A discriminator whose head is a `Head` of its features: `score`."""

    score: Head

    @property
    def has_classes_head(self) -> bool:
        return self.score.has_classes_head

    def head(self, features: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.score(features, labels)

    def classify(self, features: Tensor) -> Tensor:
        return self.score.classify(features)


class LinearHead(Head):
    """Features (N, F) -> logits (N,); ignores labels."""

    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.score = nn.Linear(num_features, 1)

    def forward(self, features: Tensor, labels: Tensor | None) -> Tensor:
        return self.score(features).squeeze(1)


class ConcatHead(Head):
    """Features (N, F) beside a class embedding -> one hidden layer -> logits (N,) (Mirza and Osindero 2014).

    Without the hidden layer the class could only shift a score, never change what counts as real.
    """

    def __init__(self, num_features: int, num_classes: int, embedding_size: int, slope: float) -> None:
        super().__init__()
        self.join = ClassInput(num_features, num_classes, embedding_size)
        self.hidden = nn.Linear(self.join.size, embedding_size)
        self.activation = nn.LeakyReLU(slope, inplace=True)
        self.score = nn.Linear(embedding_size, 1)

    def forward(self, features: Tensor, labels: Tensor | None) -> Tensor:
        return self.score(self.activation(self.hidden(self.join(features, labels)))).squeeze(1)


class ProjectionHead(Head):
    """psi(f) + <embedding of the class, f> -> logits (N,) (Miyato and Koyama 2018)."""

    def __init__(self, num_features: int, num_classes: int) -> None:
        super().__init__()
        self.score = nn.Linear(num_features, 1)
        self.embedding = nn.Embedding(num_classes, num_features)
        nn.init.normal_(self.embedding.weight, 0.0, num_features**-0.5)

    def forward(self, features: Tensor, labels: Tensor | None) -> Tensor:
        return self.score(features).squeeze(1) + (self.embedding(given(labels)) * features).sum(1)


class AuxiliaryHead(Head):
    """Two linear maps of the features: a score that ignores the class, and the class (Odena, Olah and Shlens 2017).

    It demands labels all the same, as every head of a conditional discriminator does: the loss on the classes needs
    them, and one way of conditioning can take another's place.
    """

    has_classes_head = True

    def __init__(self, num_features: int, num_classes: int) -> None:
        super().__init__()
        self.score = nn.Linear(num_features, 1)
        self.classes = nn.Linear(num_features, num_classes)

    def forward(self, features: Tensor, labels: Tensor | None) -> Tensor:
        given(labels)
        return self.score(features).squeeze(1)

    def classify(self, features: Tensor) -> Tensor:
        return self.classes(features)


def head_of(
    num_features: int, num_classes: int, conditioning: DiscriminatorConditioning, embedding_size: int, slope: float
) -> Head:
    """Make the head of a discriminator: linear for 0 classes, else as `conditioning` says.

    embedding_size, slope: of the hidden layer of "concat"; the others have none.
    """
    if num_classes == 0:
        return LinearHead(num_features)
    match conditioning:
        case "concat":
            return ConcatHead(num_features, num_classes, embedding_size, slope)
        case "projection":
            return ProjectionHead(num_features, num_classes)
        case "auxiliary":
            return AuxiliaryHead(num_features, num_classes)
