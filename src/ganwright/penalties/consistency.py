"""Penalties on what the discriminator makes of changes that should not matter to it."""

from typing import ClassVar, Literal

from pydantic import Field
from torch import Tensor

from ganwright.core.seeding import Draws
from ganwright.ops.augment_space import flip, shift
from ganwright.penalties.base import PenaltyConfig, Play, Player


def flip_and_shift(images: Tensor, draws: Draws, purpose: str, farthest: int) -> Tensor:
    """T(x): flip each image (N, C, H, W) with probability 1/2, then move it by up to `farthest` pixels each way.

    The image is mirrored beyond its border. draws, purpose: streams of random numbers f"{purpose}/...".
    """
    num = len(images)
    flipped = draws.uniform(f"{purpose}/flip", num) < 0.5
    right, down = (draws.integers(f"{purpose}/{way}", 2 * farthest + 1, num) - farthest for way in ("right", "down"))
    return shift(flip(images, flipped), right, down, padding="reflect")


def mean_square(difference: Tensor) -> Tensor:
    """E over all numbers of the square."""
    return difference.square().mean()


class ConsistencyPenalty(PenaltyConfig):
    """CR: real images score alike before and after a flip and a shift (Zhang et al. 2020, section 2).

    weight * E[(C(x) - C(T(x)))^2], the gradient flowing through both scores.
    """

    kind: Literal["cr"] = "cr"

    images_only: ClassVar[bool] = True

    weight: float = Field(default=10.0, ge=0, le=1e6)
    """Weight of the term."""

    shift: int = Field(default=4, ge=0, le=1024)
    """Farthest shift up, down, left and right, in pixels; 0: flips alone."""

    def discriminator(self, play: Play) -> Tensor:
        moved = flip_and_shift(play.real, play.draws, "cr", self.shift)
        return self.weight * mean_square(play.logits[0] - play.critic(moved))


class BalancedConsistencyPenalty(PenaltyConfig):
    """bCR: CR for real and for fake images, so that fakes do not learn the flips (Zhao et al. 2021, algorithm 1).

    real_weight * E[(C(x) - C(T(x)))^2] + fake_weight * E[(C(G(z)) - C(T(G(z))))^2].
    """

    kind: Literal["bcr"] = "bcr"

    images_only: ClassVar[bool] = True

    real_weight: float = Field(default=10.0, ge=0, le=1e6)
    """Weight of the term on real images."""

    fake_weight: float = Field(default=10.0, ge=0, le=1e6)
    """Weight of the term on fake images."""

    shift: int = Field(default=4, ge=0, le=1024)
    """Farthest shift up, down, left and right, in pixels; 0: flips alone."""

    def discriminator(self, play: Play) -> Tensor:
        real = flip_and_shift(play.real, play.draws, "bcr/real", self.shift)
        fake = flip_and_shift(play.fake, play.draws, "bcr/fake", self.shift)
        real_logits, fake_logits = play.logits
        return self.real_weight * mean_square(real_logits - play.critic(real)) + self.fake_weight * mean_square(
            fake_logits - play.critic(fake)
        )


class LatentConsistencyPenalty(PenaltyConfig):
    """zCR: a small step in latent space changes the fake, but not its score (Zhao et al. 2021, algorithm 2).

    Discriminator: discriminator_weight * E[(C(G(z)) - C(G(z + d)))^2], d ~ N(0, noise^2).
    Generator: -generator_weight * E[(G(z) - G(z + d))^2], the mean over all numbers of the items. It has no lower bound
    where items have no bounds.
    """

    kind: Literal["zcr"] = "zcr"

    discriminator_weight: float = Field(default=5.0, ge=0, le=1e6)
    """Weight of the discriminator's term; the paper uses 5 to 20, and 0 leaves it out."""

    generator_weight: float = Field(default=0.5, ge=0, le=1e6)
    """Weight of the generator's term; 0 leaves it out."""

    noise: float = Field(default=0.05, gt=0, le=10)
    """Standard deviation of the step in latent space; the paper uses 0.03 to 0.07."""

    @property
    def players(self) -> tuple[Player, ...]:
        discriminator: tuple[Player, ...] = ("discriminator",) if self.discriminator_weight else ()
        return (*discriminator, "generator") if self.generator_weight else discriminator

    def discriminator(self, play: Play) -> Tensor:
        return self.discriminator_weight * mean_square(play.logits[1] - play.critic(self._beside(play)))

    def generator(self, play: Play) -> Tensor:
        return -self.generator_weight * mean_square(play.fake - self._beside(play))

    def _beside(self, play: Play) -> Tensor:
        """G(z + d)."""
        step = play.draws.normal("zcr", *play.latents.shape).to(play.latents.dtype)
        return play.generate(play.latents + self.noise * step)
