"""Penalties on the gradient of the discriminator with respect to its input."""

from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from ganwright.core.schedules import Schedule
from ganwright.penalties.base import PenaltyConfig, Play, input_gradient


def squared_norm(gradient: Tensor) -> Tensor:
    """E |grad C(x)|^2 from the gradients (N, numbers an item)."""
    return gradient.square().sum() / len(gradient)


def distance_from_one(gradient: Tensor, sided: Literal["two", "one"]) -> Tensor:
    """E (|grad C(x)| - 1)^2 from the gradients (N, numbers an item); one-sided: norms below 1 count as 1."""
    # vector_norm has gradient 0 at 0, where the square root of a sum of squares has none.
    excess = torch.linalg.vector_norm(gradient, dim=1) - 1.0
    return (excess.relu() if sided == "one" else excess).square().mean()


class GradientPenalty(PenaltyConfig):
    """WGAN-GP: draws the gradient's norm to 1 between real and fake (Gulrajani et al. 2017, equation 3).

    weight * E[(|grad C(x_hat)| - 1)^2], x_hat = a x + (1 - a) G(z), a ~ U(0, 1) an item.
    """

    kind: Literal["gp"] = "gp"

    needs_independent_samples: ClassVar[bool] = True

    weight: float = Field(default=10.0, ge=0, le=1e6)
    """Lambda, the weight of the term."""

    sided: Literal["two", "one"] = "two"
    """two: norms below 1 are penalised as well; one: only those above 1."""

    def discriminator(self, play: Play) -> Tensor:
        real, fake = play.real, play.fake
        share = play.draws.uniform("gradient-penalty", len(real)).to(real.dtype).view(-1, *[1] * (real.ndim - 1))
        gradient = input_gradient(play.critic, torch.lerp(fake, real, share))
        return self.weight * distance_from_one(gradient, self.sided)


class DraganPenalty(PenaltyConfig):
    """DRAGAN: draws the gradient's norm to 1 around real items alone (Kodali et al. 2017, section 2.4).

    weight * E[(|grad C(x + a d)| - 1)^2], a ~ U(0, 1) an item. As in the authors' code (DRAGAN.ipynb), the numbers of d
    are uniform from 0 to half the standard deviation of all numbers of the real batch, and the critic is looked at
    anywhere between x and x + d. The paper writes E[(|grad C(x + d)| - k)^2] with normal d and leaves its width to the
    user; others' versions leave out a, or draw d to both sides.
    """

    kind: Literal["dragan"] = "dragan"

    needs_independent_samples: ClassVar[bool] = True

    weight: float = Field(default=10.0, ge=0, le=1e6)
    """Lambda, the weight of the term."""

    noise: float = Field(default=0.5, ge=0, le=10)
    """Largest number of d, in standard deviations of the real batch; 0 penalises at the real items."""

    sided: Literal["two", "one"] = "two"
    """two: norms below 1 are penalised as well; one: only those above 1."""

    def discriminator(self, play: Play) -> Tensor:
        real = play.real
        noise = play.draws.uniform("dragan", *real.shape).to(real.dtype)
        share = play.draws.uniform("dragan-share", len(real)).to(real.dtype).view(-1, *[1] * (real.ndim - 1))
        near = real + share * self.noise * real.std(correction=0) * noise
        return self.weight * distance_from_one(input_gradient(play.critic, near), self.sided)


class R1Penalty(PenaltyConfig):
    """R1: gamma/2 E |grad C(x)|^2 at real items (Mescheder et al. 2018, equation 9)."""

    kind: Literal["r1"] = "r1"

    of_input_gradients: ClassVar[bool] = True
    needs_independent_samples: ClassVar[bool] = True

    gamma: Schedule = 1.0
    """Weight of the term, before the factor 1/2. What suits one network or resolution does not suit another."""

    def discriminator(self, play: Play) -> Tensor:
        return 0.5 * play.at(self.gamma) * squared_norm(play.real_gradient)


class R2Penalty(PenaltyConfig):
    """R2: gamma/2 E |grad C(G(z))|^2 at fake items (Mescheder et al. 2018, equation 10)."""

    kind: Literal["r2"] = "r2"

    of_input_gradients: ClassVar[bool] = True
    needs_independent_samples: ClassVar[bool] = True

    gamma: Schedule = 1.0
    """Weight of the term, before the factor 1/2. What suits one network or resolution does not suit another."""

    def discriminator(self, play: Play) -> Tensor:
        return 0.5 * play.at(self.gamma) * squared_norm(play.fake_gradient)
