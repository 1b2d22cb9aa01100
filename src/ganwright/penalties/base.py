"""What every penalty promises, and what it may look at."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from ganwright.core.config import Config
from ganwright.core.schedules import Schedule
from ganwright.core.seeding import Draws

Player = Literal["discriminator", "generator"]
Critic = Callable[[Tensor], Tensor]
"""Items (N, *shape) -> logits (N,), with labels bound. Where m items are judged as one pack: (N / m,)."""


@dataclass(frozen=True)
class Play:
    """One evaluation of one player's loss, as penalties see it. All of it is for one discriminator.

    networks: both networks by name, for terms on weights.
    critic: scores items as this step does, augmentation and packing included.
    features: items -> the discriminator's features (N, F), the input of its head.
    generate: latents -> items, labels bound. In a step of the generator its result carries gradients.
    latents: (N, latent_size), those that `fake` was made from.
    draw_fake, draw_real, draw_logits, draw_gradients: make what the properties below give, when first asked for.
    draws: the only source of randomness.
    memory: tensors remembered from earlier steps; begins as the penalty's own `memory()`.
    remember: keeps a tensor under a name for the next step.
    at: the value of a schedule now.
    styles, synthesise: `generate` in two parts, latents to styles and these to items; None: it has no such parts.
    """

    networks: Mapping[str, nn.Module]
    critic: Critic
    features: Callable[[Tensor], Tensor]
    generate: Callable[[Tensor], Tensor]
    latents: Tensor
    draw_fake: Callable[[], Tensor]
    draw_real: Callable[[], Tensor]
    draw_logits: Callable[[], tuple[Tensor, Tensor]]
    draws: Draws
    memory: Mapping[str, Tensor]
    remember: Callable[[str, Tensor], None]
    at: Callable[[Schedule], float]
    draw_gradients: Callable[[], tuple[Tensor, Tensor]] | None = None
    styles: Callable[[Tensor], Tensor] | None = None
    synthesise: Callable[[Tensor], Tensor] | None = None

    @cached_property
    def fake(self) -> Tensor:
        """Items (N, *shape). In a step of the discriminator they carry no gradient, unless it is an unrolled one."""
        return self.draw_fake()

    @cached_property
    def real(self) -> Tensor:
        """Real items (N, *shape)."""
        return self.draw_real()

    @cached_property
    def logits(self) -> tuple[Tensor, Tensor]:
        """Logits of real and of fake items, those that the loss itself looks at."""
        return self.draw_logits()

    @cached_property
    def real_gradient(self) -> Tensor:
        """Gradient of each real logit with respect to what it scores, (logits, numbers), differentiable."""
        return self._gradients[0] if self._gradients else input_gradient(self.critic, self.real)

    @cached_property
    def fake_gradient(self) -> Tensor:
        """Gradient of each fake logit with respect to what it scores, (logits, numbers), differentiable."""
        return self._gradients[1] if self._gradients else input_gradient(self.critic, self.fake)

    @cached_property
    def _gradients(self) -> tuple[Tensor, Tensor] | None:
        return None if self.draw_gradients is None else self.draw_gradients()


def input_gradient(critic: Critic, items: Tensor) -> Tensor:
    """Gradient of each logit with respect to its item, (logits, numbers an item), differentiable in weights and items.

    One backward pass of the summed logits gives all rows, because no item's logit depends on another item; packs of
    items count as one.
    """
    logits, pull, *_ = torch.func.vjp(critic, items)
    return pull(torch.ones_like(logits))[0].reshape(len(logits), -1)


class PenaltyConfig(Config):
    """A term added to a player's loss, a change to the discriminator's weights after its step, or both.

    needs_independent_samples: True where batch norm in the discriminator would make the term meaningless.
    needs_independent_fakes: True where batch norm in the generator would make the term meaningless.
    of_input_gradients: True where the term looks at `Play.real_gradient` or `fake_gradient`, so that one backward pass
        can serve several penalties.
    images_only: True where the term makes no sense for points.
    """

    needs_independent_samples: ClassVar[bool] = False
    needs_independent_fakes: ClassVar[bool] = False
    of_input_gradients: ClassVar[bool] = False
    images_only: ClassVar[bool] = False

    every: int = Field(default=1, ge=1, le=1000)
    """Apply it in every n-th iteration only, with n times the weight (StyleGAN2 uses 16 for r1)."""

    @property
    def players(self) -> tuple[Player, ...]:
        """Whose losses get a term; none where only `after_step` acts."""
        return ("discriminator",)

    def discriminator(self, play: Play) -> Tensor:
        """The weighted scalar to add to the discriminator's loss; the algorithm multiplies it by `every`."""
        raise TypeError(f"{type(self).__name__} adds nothing to the discriminator's loss")

    def generator(self, play: Play) -> Tensor:
        """The weighted scalar to add to the generator's loss; the algorithm multiplies it by `every`."""
        raise TypeError(f"{type(self).__name__} adds nothing to the generator's loss")

    def memory(self) -> dict[str, Tensor]:
        """What it remembers from step to step, by name, as it begins. Saved and restored with the run."""
        return {}

    def after_step(self, network: nn.Module) -> None:
        """Change the discriminator in place after its optimiser's step; most penalties do nothing here."""
