"""What every penalty promises."""

from collections.abc import Callable
from typing import ClassVar

from pydantic import Field
from torch import Tensor, nn

from ganwright.core.config import Config
from ganwright.core.seeding import Draws

Critic = Callable[[Tensor], Tensor]
"""Items (N, *shape) -> logits (N,), with labels already bound."""


class PenaltyConfig(Config):
    """Something that keeps a discriminator smooth: a term added to its loss, a change after its step, or both.

    of_input_gradients: True where the term follows from the gradients at the real and the fake items alone, so that
        one backward pass can serve several penalties; see `from_gradients`.
    needs_independent_samples: True where batch statistics in the discriminator would make the term meaningless.
    adds_loss: False where `penalty` is always 0 and only `after_step` acts.
    """

    needs_independent_samples: ClassVar[bool] = False
    adds_loss: ClassVar[bool] = True
    of_input_gradients: ClassVar[bool] = False

    every: int = Field(default=1, ge=1, le=1000)
    """Apply it in every n-th step only, with n times the weight (StyleGAN2 uses 16 for r1)."""

    def penalty(self, critic: Critic, real: Tensor, fake: Tensor, draws: Draws) -> Tensor:
        """The weighted scalar to add to the discriminator's loss; the algorithm multiplies it by `every`.

        critic: scores items, each by itself.
        real, fake: items (N, *shape) of equal number; no gradient flows back into them.
        draws: the source of random numbers.
        """
        raise TypeError(f"{type(self).__name__} is abstract")

    def from_gradients(self, real: Tensor, fake: Tensor) -> Tensor:
        """The same scalar from the logits' gradients (N, numbers an item) at the real and at the fake items."""
        raise TypeError(f"{type(self).__name__} does not follow from the gradients at real and fake items")

    def after_step(self, network: nn.Module) -> None:
        """Change the discriminator in place after its optimiser's step; most penalties do nothing here."""
