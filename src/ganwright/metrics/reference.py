"""Which real items samples are judged against: disjoint draws by the seed, from one split or both."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.seeding import generator_for
from ganwright.data.dataset import Dataset


@dataclass(frozen=True)
class Reference:
    """The draws of one evaluation; each is a data set and rows of it.

    num: items a side.
    real: what samples are compared with, `num` items of the split.
    floor: as many others, of the rest of that split where it has them, else of the other split.
    held_out: items that training did not see, at most `num`; None where there is one split only.
    """

    num: int
    real: tuple[Dataset, Tensor]
    floor: tuple[Dataset, Tensor]
    held_out: tuple[Dataset, Tensor] | None


def draw_reference(data: Dataset, other: Dataset | None, split: str, num_samples: int, seed: int) -> Reference:
    """Draw items without replacement: as many a side as asked for and as there are.

    That is half of the data at most, so that a floor can be measured, or all of it where the other split has as many.
    split: which of the two `data` is, "train" or "test".
    Raises UserError where there are not 2 samples and 4 items, and for splits of different items.
    """
    if other is not None and other.items.shape[1:] != data.items.shape[1:]:
        raise UserError(
            f"{data.name}: items of its splits differ, {tuple(data.items.shape[1:])} and {tuple(other.items.shape[1:])}"
        )
    most = max(len(data) // 2, min(len(data), 0 if other is None else len(other)))
    num = min(num_samples, most)
    if num < 2:
        raise UserError(
            f"evaluation needs 2 samples and 4 items of data, not {num_samples} and {len(data)} of '{data.name}'"
        )
    order = torch.randperm(len(data), generator=generator_for(seed, "evaluate"))
    real = (data, order[:num])
    outside = None
    if other is not None:
        outside = (other, torch.randperm(len(other), generator=generator_for(seed, "evaluate", "other"))[:num])
    floor = (data, order[num : 2 * num])
    if outside is not None and len(floor[1]) < num:
        floor = outside
    return Reference(num, real, floor, outside if split == "train" or outside is None else real)
