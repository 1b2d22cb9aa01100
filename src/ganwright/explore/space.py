"""The spaces that a generator's items are moved about in: its latents z, or the styles w of a style-based one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.networks.base import Generator
from ganwright.networks.styled import StyledGenerator

SpaceName = Literal["z", "w"]
CHUNK = 256


def as_styled(generator: Generator, what: str) -> StyledGenerator:
    """Return the generator. Raises UserError where it has no styles. what: that which needs them, for the message."""
    if isinstance(generator, StyledGenerator):
        return generator
    raise UserError(f"{what} needs a style-based generator (stylegan, stylegan2); this is a {type(generator).__name__}")


@dataclass(frozen=True)
class Space:
    """A space of vectors (N, size), each of which is an item.

    generator: in evaluation mode. name: "z" or "w". Raises UserError for the w of a generator that has none.
    """

    generator: Generator
    name: SpaceName = "z"

    def __post_init__(self) -> None:
        if self.name == "w":
            as_styled(self.generator, "space w")

    @property
    def size(self) -> int:
        """Numbers in one vector."""
        return self.generator.style_size if self._styled else self.generator.latent_size  # pyright: ignore

    @property
    def _styled(self) -> bool:
        return self.name == "w"

    @property
    def centre(self) -> Tensor:
        """The vector (size,) in the middle: 0 in z, the mean style in w."""
        like = next(self.generator.parameters())
        return as_styled(self.generator, "w").mean_w if self._styled else like.new_zeros(self.size)

    def vectors(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Latents (N, latent_size) -> vectors (N, size). labels: (N,) for a conditional generator."""
        return as_styled(self.generator, "w").mapping(latents, labels)[:, 0] if self._styled else latents

    def items(self, vectors: Tensor, labels: Tensor | None = None) -> Tensor:
        """Vectors (N, size), or in w (N, num_layers, size) with one for each layer, -> items (N, *shape)."""
        if not self._styled:
            return self.generator(vectors, labels)
        styled = as_styled(self.generator, "w")
        if vectors.ndim == 2:
            vectors = vectors.unsqueeze(1).expand(-1, styled.num_layers, -1)
        return styled.synthesis(vectors)

    @torch.no_grad()
    def made(self, vectors: Tensor, labels: Tensor | None = None) -> Tensor:
        """The same items without gradients, as float32, made in chunks."""
        rows = [self.items(vectors[c], None if labels is None else labels[c]).float() for c in chunks(len(vectors))]
        return torch.cat(rows)


def chunks(num: int, size: int = CHUNK) -> Iterator[slice]:
    """Slices of at most `size` rows that cover `num`."""
    for start in range(0, num, size):
        yield slice(start, min(num, start + size))


def repeated(labels: Tensor | None, times: int) -> Tensor | None:
    """Each label `times` times in a row; None stays."""
    return None if labels is None else labels.repeat_interleave(times)
