"""What every augmentation promises: it changes what a discriminator sees, of real and fake items alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from ganwright.core.config import Config
from ganwright.core.schedules import Schedule
from ganwright.core.seeding import Draws


@dataclass(frozen=True)
class Scores:
    """How the discriminator did on one batch or a micro-batch of it, for augmentations that adapt.

    real, fake: logits (N,), detached.
    free_offset: True where a logit's sign means nothing, because only differences of logits count in the loss.
    num_images: real images that were scored.
    batch_images: real images of the whole batch, of which these are a part where gradients accumulate.
    """

    real: Tensor
    fake: Tensor
    free_offset: bool
    num_images: int
    batch_images: int


class AugmentationConfig(Config):
    """Base of the augmentations.

    images_only: True where it makes no sense for points.
    """

    images_only: ClassVar[bool] = False

    def apply(
        self, items: Tensor, draws: Draws, purpose: str, memory: Mapping[str, Tensor], at: Callable[[Schedule], float]
    ) -> Tensor:
        """Items (N, *shape) -> items of the same shape, differentiable (twice) with respect to them.

        draws, purpose: every stream of random numbers is named f"{purpose}/..."; equal purposes, equal numbers.
        memory: what `memory()` began and `watch` changed.
        at: the value of a schedule now.
        """
        raise TypeError(f"{type(self).__name__} is abstract")

    def memory(self) -> dict[str, Tensor]:
        """What it remembers from step to step, by name, as it begins. Saved and restored with the run."""
        return {}

    def watch(self, scores: Scores, memory: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """After each batch of the discriminator, or micro-batch: the new values of what it remembers, if anything."""
        return {}
