"""An exponential moving average of the weights: the generator that is sampled from."""

import copy
from typing import Annotated

import torch
from pydantic import Field
from torch import nn

from ganwright.core.config import Config, Tagged
from ganwright.core.schedules import SCHEDULES, ScheduleConfig, value_at


class EMAConfig(Config):
    """How slowly the average follows the weights."""

    half_life_images: Annotated[int, Field(ge=0)] | Annotated[ScheduleConfig, Tagged(SCHEDULES)] = 10_000
    """Images after which a weight's old value counts half, or a schedule of them; 0: no average, just the weights."""

    warm_up: float = Field(default=0.05, ge=0, le=1)
    """The half-life is at most this share of the images seen, so that early averages forget the start; 0: no limit."""

    every: int = Field(default=1, ge=1)
    """Update the average in each `every`-th iteration, with the decay of all of them at once."""

    def beta(self, batch_size: int, num_images: int, total_images: int) -> float:
        """Weight of the old average for one update: 0.5^(images since the last update / half-life)."""
        half_life = value_at(self.half_life_images, num_images, total_images)
        if self.warm_up:
            half_life = min(half_life, self.warm_up * num_images)
        return 0.5 ** (batch_size * self.every / half_life) if half_life > 0 else 0.0


class EMA:
    """The averages of some networks, kept as frozen copies in evaluation mode."""

    def __init__(self, networks: dict[str, nn.Module], config: EMAConfig) -> None:
        self.config = config
        self.networks = {name: copy.deepcopy(net).eval().requires_grad_(False) for name, net in networks.items()}
        self._pairs = [
            (mine, theirs)
            for name, net in networks.items()
            for mine, theirs in zip(_tensors(self.networks[name]), _tensors(net), strict=True)
        ]
        self._averaged = [(a, b) for a, b in self._pairs if a.is_floating_point()]
        self._copied = [(a, b) for a, b in self._pairs if not a.is_floating_point()]

    @torch.no_grad()
    def update(self, iteration: int, batch_size: int, num_images: int, total_images: int) -> None:
        """Move the averages towards the weights: ema <- beta ema + (1 - beta) w. Buffers move as weights do."""
        if iteration % self.config.every:
            return
        beta = self.config.beta(batch_size, num_images, total_images)
        torch._foreach_lerp_([a for a, _ in self._averaged], [b for _, b in self._averaged], 1 - beta)  # pyright: ignore[reportPrivateImportUsage]
        for mine, theirs in self._copied:
            mine.copy_(theirs)


def _tensors(network: nn.Module) -> list[torch.Tensor]:
    return [*(p.detach() for p in network.parameters()), *network.buffers()]
