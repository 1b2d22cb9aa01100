"""What every adversarial loss promises."""

from typing import ClassVar

from torch import Tensor

from ganwright.core.config import Config


class LossConfig(Config):
    """A game: what the discriminator and the generator minimise, as functions of logits (N,).

    generator_needs_real: True where the generator's loss looks at real logits; otherwise real items need no score.
    log_odds: True where sigmoid(logit) is the discriminator's probability that an item is real.
    free_offset: True where adding a constant to all logits changes nothing, so that their signs mean nothing.
    """

    generator_needs_real: ClassVar[bool] = False
    log_odds: ClassVar[bool] = False
    free_offset: ClassVar[bool] = False

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """The scalar the discriminator minimises, from its logits of real and of fake items."""
        raise TypeError(f"{type(self).__name__} is abstract")

    def generator(self, real: Tensor | None, fake: Tensor) -> Tensor:
        """The scalar the generator minimises. real: may be None unless generator_needs_real."""
        raise TypeError(f"{type(self).__name__} is abstract")
