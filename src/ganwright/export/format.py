"""What a format of exported generators is: how it is written and read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from torch import Tensor

from ganwright.export.about import About
from ganwright.networks.base import Generator


class Make(Protocol):
    """An exported generator at work."""

    def __call__(
        self, latents: Tensor, labels: Tensor | None, truncation: float = 1.0, noise: Sequence[Tensor] | None = None
    ) -> Tensor:
        """Latents (N, latent_size) and, for conditional ones, labels (N,) -> items (N, *shape), float32.

        truncation: of styles, 0 (their mean) to 1; other generators ignore it. noise: a map (N or 1, 1, H, W) for each
        layer of a style-based generator with noise; None: the maps that stay.
        """
        ...


@dataclass(frozen=True)
class Format:
    """One way to write a generator.

    ending: of file names, with its dot. about: what it is good for, in a few words.
    write: puts a generator in evaluation mode, and what is known of it, into a file. read: the other way round.
    """

    ending: str
    about: str
    write: Callable[[Generator, About, Path], None]
    read: Callable[[Path], tuple[About, Make]]
