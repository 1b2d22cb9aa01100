"""Items between two classes: what a class is turned into, blended."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from ganwright.core.errors import UserError
from ganwright.networks.base import Generator
from ganwright.networks.layers.norms import ConditionalBatchNorm


@contextmanager
def blended(generator: Generator, labels: Tensor, shares: Tensor) -> Iterator[None]:
    """Within the block a generator that is called with labels (N,) makes items between these classes and `labels`.

    Embeddings, and the gains and biases of conditional norms, become (1 - share) * own + share * other.
    labels: (N,) the other classes. shares: (N,), 0: its own class alone, 1: the other alone.
    Raises UserError where neither embeddings nor conditional norms carry the class. For style-based ones blend styles.
    """
    carriers = [m for m in generator.modules() if isinstance(m, (nn.Embedding, ConditionalBatchNorm))]
    if not carriers:
        raise UserError(f"{type(generator).__name__} has no embeddings of classes to blend; ask for one class")

    def mixed(module: nn.Module, inputs: tuple[Any, ...], output: Tensor) -> Tensor:
        other = module.forward(*inputs[:-1], labels)
        share = shares.to(output.dtype).view(-1, *[1] * (output.ndim - 1))
        return torch.lerp(output, other, share)

    handles = [module.register_forward_hook(mixed) for module in carriers]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
