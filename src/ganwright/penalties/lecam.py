"""A penalty that holds the discriminator's scores near each other's running means, against overfitting."""

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional as F

from ganwright.core.schedules import Schedule
from ganwright.penalties.base import PenaltyConfig, Play


def lecam(real: Tensor, fake: Tensor, real_anchor: Tensor, fake_anchor: Tensor) -> Tensor:
    """E[max(0, C(x) - a_F)^2] + E[max(0, a_R - C(G(z)))^2] from logits (N,) and anchors a_R, a_F ()."""
    return F.relu(real - fake_anchor).square().mean() + F.relu(real_anchor - fake).square().mean()


class LecamPenalty(PenaltyConfig):
    """LeCam: real scores near the anchor of fake ones and the reverse (Tseng et al. 2021, section 3).

    weight * (E[max(0, C(x) - a_F)^2] + E[max(0, a_R - C(G(z)))^2]), for few data. The anchors a_R and a_F are
    exponential means of the batch means of C(x) and of C(G(z)), this batch included. As in the paper's code a score on
    the far side of its anchor costs nothing, which the paper's equation leaves out, and the means are free of a bias to
    their beginning: the first anchors are the first batch means.
    """

    kind: Literal["lecam"] = "lecam"

    weight: Schedule = 0.3
    """Weight of the term, a number or a schedule; papers use 0.1 to 0.3. A ramp from 0 lets the scores settle."""

    decay: float = Field(default=0.99, ge=0, lt=1)
    """What an anchor keeps of its past at each step; 0: the means of the batch alone."""

    def memory(self) -> dict[str, Tensor]:
        return {"real": torch.zeros(()), "fake": torch.zeros(()), "share": torch.zeros(())}

    def discriminator(self, play: Play) -> Tensor:
        real, fake = play.logits
        # `share` is the sum of the weights that the means hold so far, 1 - decay^steps.
        share = self._moved(play, "share", torch.ones((), device=real.device))
        real_anchor = self._moved(play, "real", real.detach().mean()) / share
        fake_anchor = self._moved(play, "fake", fake.detach().mean()) / share
        return play.at(self.weight) * lecam(real, fake, real_anchor, fake_anchor)

    def _moved(self, play: Play, name: str, value: Tensor) -> Tensor:
        moved = torch.lerp(value, play.memory[name].to(value.dtype), self.decay)
        play.remember(name, moved)
        return moved
