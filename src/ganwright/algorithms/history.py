"""A buffer of past fakes (Shrivastava et al. 2017, section 2.3): the discriminator does not forget what it saw through.

Half of each batch of fakes comes from the buffer, and as many new ones take their places there.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from ganwright.core.seeding import Draws

ITEMS, LABELS, SEEN = "history/items", "history/labels", "history/seen"


def empty_history(size: int, shape: tuple[int, ...]) -> dict[str, Tensor]:
    """The memory of a buffer of `size` items of one shape, with their labels."""
    return {
        ITEMS: torch.zeros(size, *shape),
        LABELS: torch.zeros(size, dtype=torch.int64),
        SEEN: torch.zeros((), dtype=torch.int64),
    }


def mix_history(
    fake: Tensor, labels: Tensor | None, memory: Mapping[str, Tensor], draws: Draws
) -> tuple[Tensor, Tensor | None, dict[str, Tensor]]:
    """Exchange half of a batch of fakes (N, *shape) for past ones, chosen evenly without repetition.

    While the buffer is being filled, the batch stays as it is. Returns the batch, its labels and the new memory.
    The buffer must hold at least N / 2 items.
    """
    items, seen = memory[ITEMS], memory[SEEN]
    size, half = len(items), len(fake) // 2
    full = seen >= size
    chosen = draws.uniform("history", size).argsort()[:half]
    rows = torch.where(full, chosen, (seen + torch.arange(half, device=fake.device)) % size)
    mixed = torch.cat([torch.where(full, items[rows], fake[:half]), fake[half:]])
    new = {ITEMS: items.index_copy(0, rows, fake[:half]), SEEN: torch.clamp(seen + half, max=size)}
    if labels is None:
        return mixed, None, new
    past = memory[LABELS]
    new[LABELS] = past.index_copy(0, rows, labels[:half])
    return mixed, torch.cat([torch.where(full, past[rows], labels[:half]), labels[half:]]), new
