"""Optimisers as configs; each builds torch's own, fused where the device has it."""

from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal

import torch
from pydantic import Field, model_validator
from torch import nn

from ganwright.core.config import Config, Tagged
from ganwright.core.schedules import SCHEDULES, Schedule, ScheduleConfig
from ganwright.ops.lean import lean

Decay = Annotated[float, Field(ge=0, lt=1)]


class OptimiserConfig(Config):
    """Base of the optimisers."""

    learning_rate: Schedule = 2e-4
    """Step size, >= 0: a number, or a schedule over the images seen."""

    clip_norm: float | None = Field(default=None, gt=0)
    """A gradient longer than this, over all weights of the network, is shortened to it; none: left as it is."""

    def build(self, parameters: Iterable[nn.Parameter], share: float = 1.0) -> torch.optim.Optimizer:
        """Make the optimiser; the engine gives its groups the `settings` of the moment before every step.

        share: of the steps that are full ones, where lazy penalties take steps of their own. Decay rates are raised to
            its power, so that averages span the same time (Karras et al. 2020, StyleGAN2, appendix B).
        """
        raise TypeError(f"{type(self).__name__} is abstract")

    def settings(self, at: Callable[[Schedule], float], share: float = 1.0) -> dict[str, Any]:
        """What the optimiser's groups hold now: the learning rate, and whatever else follows a schedule.

        at: the value of a schedule now. share: as in `build`; the learning rate is multiplied by it.
        """
        return {"lr": at(self.learning_rate) * share}


class Adam(OptimiserConfig):
    """Adam (Kingma and Ba, 2015, arXiv:1412.6980), fused."""

    kind: Literal["adam"] = "adam"

    betas: tuple[Decay, Decay] = (0.5, 0.999)
    """Decay rates of the first and second moment, each in [0, 1)."""

    beta2: Annotated[ScheduleConfig, Tagged(SCHEDULES)] | None = None
    """Schedule of the second moment's decay rate, below 1, in place of betas' second; none: that one all the time."""

    eps: float = Field(default=1e-8, gt=0)
    """Added to the denominator."""

    @model_validator(mode="after")
    def _decays(self) -> "Adam":
        ends = [getattr(self.beta2, end, 0.0) for end in ("start", "end", "peak")]
        if max(ends) >= 1:
            raise ValueError(f"beta2 is a decay rate, less than 1, not {max(ends):g}")
        return self

    def build(self, parameters: Iterable[nn.Parameter], share: float = 1.0) -> torch.optim.Optimizer:
        betas = (self.betas[0] ** share, self.betas[1] ** share)
        return lean(torch.optim.Adam)(parameters, lr=1.0, betas=betas, eps=self.eps, fused=True)

    def settings(self, at: Callable[[Schedule], float], share: float = 1.0) -> dict[str, Any]:
        rate = super().settings(at, share)
        if self.beta2 is None:
            return rate
        return {**rate, "betas": (self.betas[0] ** share, at(self.beta2) ** share)}


class AdamW(OptimiserConfig):
    """Adam with decoupled weight decay (Loshchilov and Hutter, 2019, arXiv:1711.05101, algorithm 2), fused."""

    kind: Literal["adamw"] = "adamw"

    learning_rate: Schedule = 1e-3
    """Step size, >= 0: a number, or a schedule over the images seen."""

    betas: tuple[Decay, Decay] = (0.9, 0.999)
    """Decay rates of the first and second moment, each in [0, 1)."""

    eps: float = Field(default=1e-8, gt=0)
    """Added to the denominator."""

    weight_decay: float = Field(default=0.05, ge=0, lt=1)
    """Share of every weight, biases too, that a step takes away, times the learning rate; 0: Adam."""

    def build(self, parameters: Iterable[nn.Parameter], share: float = 1.0) -> torch.optim.Optimizer:
        betas = (self.betas[0] ** share, self.betas[1] ** share)
        return lean(torch.optim.AdamW)(
            parameters, lr=1.0, betas=betas, eps=self.eps, weight_decay=self.weight_decay, fused=True
        )


class RMSprop(OptimiserConfig):
    """RMSprop, as the first WGAN paper (arXiv:1701.07875) uses it."""

    kind: Literal["rmsprop"] = "rmsprop"

    learning_rate: Schedule = 5e-5
    """Step size, >= 0: a number, or a schedule over the images seen."""

    alpha: float = Field(default=0.99, ge=0, lt=1)
    """Decay rate of the mean square."""

    def build(self, parameters: Iterable[nn.Parameter], share: float = 1.0) -> torch.optim.Optimizer:
        return lean(torch.optim.RMSprop)(parameters, lr=1.0, alpha=self.alpha**share, foreach=True)


class SGD(OptimiserConfig):
    """Stochastic gradient descent with momentum."""

    kind: Literal["sgd"] = "sgd"

    learning_rate: Schedule = 1e-2
    """Step size, >= 0: a number, or a schedule over the images seen."""

    momentum: float = Field(default=0.0, ge=0, lt=1)
    """Share of the last step carried into the next."""

    def build(self, parameters: Iterable[nn.Parameter], share: float = 1.0) -> torch.optim.Optimizer:
        return lean(torch.optim.SGD)(parameters, lr=1.0, momentum=self.momentum**share, foreach=True)


OPTIMISERS: dict[str, type[OptimiserConfig]] = {"adam": Adam, "adamw": AdamW, "rmsprop": RMSprop, "sgd": SGD}
