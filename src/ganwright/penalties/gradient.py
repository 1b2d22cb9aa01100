"""Penalties on the gradient of the discriminator with respect to its input."""

from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from ganwright.core.seeding import Draws
from ganwright.penalties.base import Critic, PenaltyConfig


def input_gradient(critic: Critic, items: Tensor) -> Tensor:
    """Gradient of each logit with respect to its item, (N, numbers an item), differentiable in the critic's weights.

    One backward pass of the summed logits gives all rows, because no item's logit depends on another item.
    """
    items = items.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(critic(items).sum(), items, create_graph=True)
    return gradient.flatten(1)


def squared_norm(gradient: Tensor) -> Tensor:
    """E |grad C(x)|^2 from the gradients (N, numbers an item)."""
    return gradient.square().sum() / len(gradient)


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

    def penalty(self, critic: Critic, real: Tensor, fake: Tensor, draws: Draws) -> Tensor:
        real, fake = real.detach(), fake.detach()
        share = draws.uniform("gradient-penalty", len(real)).to(real.dtype).view(-1, *[1] * (real.ndim - 1))
        # vector_norm has gradient 0 at 0, where the square root of a sum of squares has none.
        excess = torch.linalg.vector_norm(input_gradient(critic, torch.lerp(fake, real, share)), dim=1) - 1.0
        if self.sided == "one":
            excess = excess.relu()
        return self.weight * excess.square().mean()


class R1Penalty(PenaltyConfig):
    """R1: gamma/2 E |grad C(x)|^2 at real items (Mescheder et al. 2018, equation 9)."""

    kind: Literal["r1"] = "r1"

    of_input_gradients: ClassVar[bool] = True
    needs_independent_samples: ClassVar[bool] = True

    gamma: float = Field(default=1.0, ge=0, le=1e6)
    """Weight of the term, before the factor 1/2. What suits one network or resolution does not suit another."""

    def penalty(self, critic: Critic, real: Tensor, fake: Tensor, draws: Draws) -> Tensor:
        gradient = input_gradient(critic, real)
        return self.from_gradients(gradient, gradient)

    def from_gradients(self, real: Tensor, fake: Tensor) -> Tensor:
        return 0.5 * self.gamma * squared_norm(real)


class R2Penalty(PenaltyConfig):
    """R2: gamma/2 E |grad C(G(z))|^2 at fake items (Mescheder et al. 2018, equation 10)."""

    kind: Literal["r2"] = "r2"

    of_input_gradients: ClassVar[bool] = True
    needs_independent_samples: ClassVar[bool] = True

    gamma: float = Field(default=1.0, ge=0, le=1e6)
    """Weight of the term, before the factor 1/2. What suits one network or resolution does not suit another."""

    def penalty(self, critic: Critic, real: Tensor, fake: Tensor, draws: Draws) -> Tensor:
        gradient = input_gradient(critic, fake)
        return self.from_gradients(gradient, gradient)

    def from_gradients(self, real: Tensor, fake: Tensor) -> Tensor:
        return 0.5 * self.gamma * squared_norm(fake)
