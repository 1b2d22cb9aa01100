"""Every random number comes from a key: (seed, rank, iteration, phase, repeat, micro-batch, purpose).

Nothing depends on what was drawn before, so a resumed run draws what the uninterrupted run would have drawn.
"""

import hashlib
from dataclasses import dataclass

import torch
from torch import Tensor

Part = int | str


def derive_seed(*key: Part) -> int:
    """Hash a key to a 63-bit seed. Equal keys give equal seeds; keys that differ anywhere give unrelated ones."""
    text = "\x1f".join(map(str, key)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little") >> 1


def generator_for(*key: Part) -> torch.Generator:
    """Return a fresh CPU generator for `key`."""
    return torch.Generator().manual_seed(derive_seed(*key))


def seed_global(*key: Part) -> None:
    """Seed torch's global generators, which dropout and initialisation draw from."""
    torch.manual_seed(derive_seed(*key))


@dataclass(frozen=True)
class Draws:
    """The random numbers of one step. Each purpose has a stream of its own; asking twice gives the same numbers.

    key: all of the key but the purpose.
    device: where the numbers are drawn and live. The streams of a CPU and of a GPU differ.
    """

    key: tuple[Part, ...]
    device: torch.device

    def normal(self, purpose: str, *shape: int) -> Tensor:
        """Standard normal numbers of the given shape."""
        return torch.randn(shape, generator=self._generator(purpose), device=self.device)

    def uniform(self, purpose: str, *shape: int) -> Tensor:
        """Numbers uniform in [0, 1)."""
        return torch.rand(shape, generator=self._generator(purpose), device=self.device)

    def integers(self, purpose: str, high: int, *shape: int) -> Tensor:
        """Whole numbers uniform in [0, high), int64."""
        return torch.randint(high, shape, generator=self._generator(purpose), device=self.device)

    def _generator(self, purpose: str) -> torch.Generator:
        return torch.Generator(device=self.device).manual_seed(derive_seed(*self.key, purpose))
