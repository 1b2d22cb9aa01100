"""The two-player game: a generator against a discriminator (Goodfellow et al., 2014, arXiv:1406.2661)."""

from collections.abc import Iterator
from typing import Annotated, Literal, cast

import torch
from pydantic import Field
from torch import Tensor

from ganwright.algorithms.base import AlgorithmConfig
from ganwright.algorithms.game import Game
from ganwright.algorithms.history import empty_history
from ganwright.algorithms.phase import Algorithm, Networks, Phase
from ganwright.algorithms.rules import refuse, warnings
from ganwright.algorithms.seat import memory_prefix, packed
from ganwright.core.config import Tagged
from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.data.augment import AUGMENTATIONS, AugmentationConfig
from ganwright.losses import LOSSES, LossConfig
from ganwright.networks import DISCRIMINATORS, GENERATORS
from ganwright.networks.base import Discriminator, DiscriminatorConfig, Generator, GeneratorConfig, has_batch_statistics
from ganwright.networks.committee import Committee
from ganwright.ops.latents import Latent
from ganwright.penalties import PENALTIES, PenaltyConfig
from ganwright.penalties.base import Player


class AdversarialConfig(AlgorithmConfig):
    """A generator against a discriminator."""

    kind: Literal["adversarial"] = "adversarial"

    generator: Annotated[GeneratorConfig, Tagged(GENERATORS)]
    """The network that makes samples from latents."""

    discriminator: Annotated[DiscriminatorConfig, Tagged(DISCRIMINATORS)]
    """The network that scores how real an item is; also called critic."""

    loss: Annotated[LossConfig, Tagged(LOSSES)]
    """What both players minimise."""

    penalties: tuple[Annotated[PenaltyConfig, Tagged(PENALTIES)], ...] = ()
    """Terms added to a player's loss, or done to the discriminator's weights."""

    augmentations: tuple[Annotated[AugmentationConfig, Tagged(AUGMENTATIONS)], ...] = ()
    """What the discriminator's inputs go through, real and fake alike, in both players' steps."""

    discriminator_steps: int = Field(default=1, ge=0, le=1000)
    """Discriminator steps an iteration, each with a new real batch and new latents; 0 never trains it."""

    generator_steps: int = Field(default=1, ge=0, le=1000)
    """Generator steps an iteration, each with new latents; 0 never trains it."""

    latent: Latent = "normal"
    """Distribution of the latents: standard normal, uniform in [-1, 1], normal cut at the limit, or always 0."""

    latent_limit: float = Field(default=2.0, gt=0, le=5)
    """Largest absolute value of a truncated latent; the other distributions ignore it."""

    pack: int = Field(default=1, ge=1, le=64)
    """Items that the discriminator judges together, so that it sees whether they vary (PacGAN, Lin et al. 2018)."""

    num_discriminators: int = Field(default=1, ge=1, le=64)
    """Discriminators of one design, each trained on its own scores; the generator minimises the mean of its losses."""

    history: int = Field(default=0, ge=0)
    """Past fakes kept, from which half of each batch of fakes is taken (Shrivastava et al. 2017); 0: none."""

    unrolled_steps: int = Field(default=0, ge=0, le=100)
    """Steps that the generator looks ahead at the discriminator's learning (Metz et al. 2017); 0: none."""

    unrolled_rate: float = Field(default=0.1, gt=0, le=100)
    """Step size of the gradient descent that is looked ahead at."""

    class_weight: float = Field(default=1.0, ge=0, le=1e6)
    """Weight of the classes' cross-entropy in both losses, where the discriminator has an auxiliary classifier."""

    def build(self, spec: DataSpec, networks: Networks | None = None) -> Algorithm:
        """Make both networks and the phases `discriminator` and `generator`, lazy penalties as phases of their own."""
        made = networks or {"generator": self.generator.build(spec), "discriminator": self._discriminator(spec)}
        generator, discriminator = cast(Generator, made["generator"]), cast(Discriminator, made["discriminator"])
        refuse(self, generator, discriminator, spec)
        conditional = bool(generator.num_classes)
        game = Game(self, generator.latent_size, has_batch_statistics(discriminator), conditional)

        def score(networks: Networks, items: Tensor, labels: Tensor | None) -> Tensor:
            if self.pack == 1:
                return networks["discriminator"](items, labels)
            filled = items[torch.arange(len(items) + -len(items) % self.pack) % len(items)]
            return networks["discriminator"](packed(filled, self.pack)).repeat_interleave(self.pack)[: len(items)]

        return Algorithm(
            networks={**made},
            phases=tuple(self._phases(game)),
            averaged=("generator",),
            sample=lambda networks, latents, labels: networks["generator"](latents, labels),
            latents=game.latents,
            num_classes=generator.num_classes,
            score=score,
            memory=self._memory(spec),
            check_batch=self._check_batch,
            notes=tuple(warnings(self, discriminator)),
        )

    def _check_batch(self, size: int) -> None:
        if size % self.pack:
            raise UserError(f"a batch of {size} does not divide into packs of {self.pack}; change batch_size or pack")
        if 0 < self.history < size // 2:
            raise UserError(f"history {self.history} is less than half a batch ({size // 2}); keep more past fakes")

    def _discriminator(self, spec: DataSpec) -> Discriminator:
        first, *others = spec.shape
        seen = DataSpec((first * self.pack, *others), spec.num_classes, spec.bounded)
        members = [self.discriminator.build(seen) for _ in range(self.num_discriminators)]
        return members[0] if len(members) == 1 else Committee(members)

    def _phases(self, game: Game) -> Iterator[Phase]:
        """Each player's step, followed by its lazy penalties."""
        steps: dict[Player, int] = {"discriminator": self.discriminator_steps, "generator": self.generator_steps}
        losses = {"discriminator": game.discriminator_loss, "generator": game.generator_loss}
        for player, repeats in steps.items():
            after = game.after_step if player == "discriminator" and self.penalties else None
            if repeats:
                yield Phase(player, (player,), losses[player], repeats=repeats, after_step=after)
            for penalty in self.penalties:
                if penalty.every > 1 and player in penalty.players and repeats:
                    loss = game.lazy_penalty(penalty, player)
                    yield Phase(f"{player}-{penalty.tag}", (player,), loss, repeats, penalty.every, after)

    def _memory(self, spec: DataSpec) -> dict[str, Tensor]:
        memory = empty_history(self.history, spec.shape) if self.history else {}
        for number in range(self.num_discriminators):
            for part in (*self.penalties, *self.augmentations):
                memory |= {memory_prefix(number, part.tag) + name: t for name, t in part.memory().items()}
        return memory
