"""How a class enters a network: beside the latent of a generator, in the head of a discriminator."""

from typing import Literal

import torch
from torch import Tensor, nn

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec

Conditioning = Literal["concat", "projection"]


def classes_to_learn(conditional: bool, spec: DataSpec, part: str) -> int:
    """Return how many classes a network is conditioned on: 0 if it is not. Raises UserError for data without labels.

    part: the name of the config's place, for the message: "generator" or "discriminator".
    """
    if conditional and spec.num_classes == 0:
        raise UserError(
            f"{part}.conditional: this data has no labels; take labelled data or set --{part}.conditional false"
        )
    return spec.num_classes if conditional else 0


class ClassInput(nn.Module):
    """Latents (N, L) and labels (N,) -> (N, L + embedding_size), or the latents alone where there are no classes.

    size: of the output.
    """

    def __init__(self, latent_size: int, num_classes: int, embedding_size: int) -> None:
        super().__init__()
        self.size = latent_size + (embedding_size if num_classes else 0)
        self.embedding = nn.Embedding(num_classes, embedding_size) if num_classes else None

    def forward(self, latents: Tensor, labels: Tensor | None) -> Tensor:
        if self.embedding is None:
            return latents
        return torch.cat((latents, self.embedding(_given(labels)).to(latents.dtype)), 1)


class LinearHead(nn.Module):
    """Features (N, F) -> logits (N,); ignores labels."""

    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.score = nn.Linear(num_features, 1)

    def forward(self, features: Tensor, labels: Tensor | None) -> Tensor:
        return self.score(features).squeeze(1)


class ConcatHead(nn.Module):
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


class ProjectionHead(nn.Module):
    """psi(f) + <embedding of the class, f> -> logits (N,) (Miyato and Koyama 2018)."""

    def __init__(self, num_features: int, num_classes: int) -> None:
        super().__init__()
        self.score = nn.Linear(num_features, 1)
        self.embedding = nn.Embedding(num_classes, num_features)
        nn.init.normal_(self.embedding.weight, 0.0, num_features**-0.5)

    def forward(self, features: Tensor, labels: Tensor | None) -> Tensor:
        return self.score(features).squeeze(1) + (self.embedding(_given(labels)) * features).sum(1)


Head = LinearHead | ConcatHead | ProjectionHead


def head_of(num_features: int, num_classes: int, conditioning: Conditioning, embedding_size: int, slope: float) -> Head:
    """Make the head of a discriminator: linear for 0 classes, else as `conditioning` says."""
    if num_classes == 0:
        return LinearHead(num_features)
    if conditioning == "projection":
        return ProjectionHead(num_features, num_classes)
    return ConcatHead(num_features, num_classes, embedding_size, slope)


def _given(labels: Tensor | None) -> Tensor:
    if labels is None:
        raise ValueError("a conditional network needs labels (N,), one class index an item; got None")
    return labels
