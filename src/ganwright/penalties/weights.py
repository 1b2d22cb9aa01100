"""Penalties on the discriminator's weights."""

from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from ganwright.core.seeding import Draws
from ganwright.penalties.base import Critic, PenaltyConfig


class WeightClipping(PenaltyConfig):
    """WGAN's clipping: after each step parameters are cut to [-limit, limit] (Arjovsky et al. 2017, algorithm 1)."""

    kind: Literal["clip"] = "clip"

    adds_loss: ClassVar[bool] = False

    every: int = Field(default=1, ge=1, le=1)
    """Always 1: weights are clipped after every step."""

    limit: float = Field(default=0.01, gt=0, le=10)
    """Largest absolute value a parameter keeps."""

    def penalty(self, critic: Critic, real: Tensor, fake: Tensor, draws: Draws) -> Tensor:
        return real.new_zeros(())

    @torch.no_grad()
    def after_step(self, network: nn.Module) -> None:
        """Clip every parameter, those of norms included."""
        for parameter in network.parameters():
            parameter.clamp_(-self.limit, self.limit)
