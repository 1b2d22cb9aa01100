"""A penalty on the distance of real and fake in the discriminator's features."""

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from ganwright.penalties.base import PenaltyConfig, Play, Player


def feature_matching(real: Tensor, fake: Tensor) -> Tensor:
    """|E f(x) - E f(G(z))|^2 from features (N, F) (Salimans et al. 2016, section 3.1). 0 where the means agree."""
    return (real.mean(0) - fake.mean(0)).square().sum()


class FeatureMatching(PenaltyConfig):
    """Feature matching: fakes shall have the mean features of real items (Salimans et al. 2016, section 3.1).

    weight * |E f(x) - E f(G(z))|^2, f the input of the discriminator's head. The paper lets the generator minimise this
    alone; here it is added to the generator's loss.
    """

    kind: Literal["feature-matching"] = "feature-matching"

    weight: float = Field(default=1.0, ge=0, le=1e6)
    """Weight of the term."""

    @property
    def players(self) -> tuple[Player, ...]:
        return ("generator",)

    def generator(self, play: Play) -> Tensor:
        with torch.no_grad():
            real = play.features(play.real)
        return self.weight * feature_matching(real, play.features(play.fake))
