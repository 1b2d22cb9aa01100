"""Instance noise (Sonderby et al. 2017; Arjovsky and Bottou 2017): distributions that overlap can be compared."""

from collections.abc import Callable, Mapping
from typing import Literal

from torch import Tensor

from ganwright.core.schedules import Linear, Schedule
from ganwright.core.seeding import Draws
from ganwright.data.augment.base import AugmentationConfig


class InstanceNoise(AugmentationConfig):
    """Gaussian noise on all the discriminator sees, less and less of it."""

    kind: Literal["noise"] = "noise"

    std: Schedule = Linear(start=0.1, end=0.0)
    """Standard deviation of the noise, in the items' unit (images span 2); a number or a schedule, annealed to 0."""

    def apply(
        self, items: Tensor, draws: Draws, purpose: str, memory: Mapping[str, Tensor], at: Callable[[Schedule], float]
    ) -> Tensor:
        std = at(self.std)
        return items + std * draws.normal(f"{purpose}/noise", *items.shape) if std else items
