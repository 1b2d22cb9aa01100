"""How a class enters a network: whether it does, and as numbers beside a latent or features."""

from typing import Literal

import torch
from torch import Tensor, nn

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec

GeneratorConditioning = Literal["concat", "batch-norm"]
DiscriminatorConditioning = Literal["concat", "projection", "auxiliary"]


def classes_to_learn(conditional: bool, spec: DataSpec, part: str) -> int:
    """Return how many classes a network is conditioned on: 0 if it is not. Raises UserError for data without labels.

    part: the name of the config's place, for the message: "generator" or "discriminator".
    """
    if conditional and spec.num_classes == 0:
        raise UserError(
            f"{part}.conditional: this data has no labels; take labelled data or set --{part}.conditional false"
        )
    return spec.num_classes if conditional else 0


def split_classes(conditioning: GeneratorConditioning, num_classes: int, norm: str, num_norms: int) -> tuple[int, int]:
    """Return the classes that enter a generator beside its latent, and those that enter through its norms.

    norm, num_norms: which norm it has and how often. Raises UserError where batch norms should carry the class and
    there is none.
    """
    if num_classes == 0 or conditioning == "concat":
        return num_classes, 0
    if norm != "batch":
        raise UserError(
            f"generator.conditioning: batch-norm needs batch norms, not '{norm}'; use --generator.norm batch or "
            "--generator.conditioning concat"
        )
    if num_norms == 0:
        raise UserError(
            "generator.conditioning: batch-norm needs a hidden layer for its norm; give --generator.hidden a width or "
            "use --generator.conditioning concat"
        )
    return 0, num_classes


def given(labels: Tensor | None) -> Tensor:
    """Return the labels. Raises ValueError where a conditional network gets none."""
    if labels is None:
        raise ValueError("a conditional network needs labels (N,), one class index an item; got None")
    return labels


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
        return torch.cat((latents, self.embedding(given(labels)).to(latents.dtype)), 1)
