"""Points drawn by hand, each a spot of ink: a distribution on the plane of any shape.

The points stand in the config itself, so that run.toml holds the data and a run can be repeated anywhere.
"""

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from ganwright.core.seeding import generator_for
from ganwright.data.dataset import DataConfig, Endless, check_split, hash_content
from ganwright.data.mixtures import NUM_REFERENCE, sample_mixture

Coordinate = Annotated[float, Field(ge=-1e6, le=1e6)]
MOST_POINTS = 2_000


def two_moons(num: int = 60) -> tuple[tuple[float, float], ...]:
    """Points on two half circles that reach into each other: a shape without separate modes."""
    angles = [math.pi * step / (num // 2 - 1) for step in range(num // 2)]
    upper = [(math.cos(a) * 0.6 - 0.3, math.sin(a) * 0.6 - 0.15) for a in angles]
    lower = [(-math.cos(a) * 0.6 + 0.3, -math.sin(a) * 0.6 + 0.15) for a in angles]
    return tuple((round(x, 4), round(y, 4)) for x, y in upper + lower)


@dataclass(frozen=True, eq=False, kw_only=True)
class Drawing(Endless):
    """Spots of ink, drawn from afresh at every draw.

    centres: (K, 2) float32, the points as they were drawn. std: width of each spot, in the points' unit.
    """

    centres: Tensor
    std: float

    def sample(self, num: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Draw points (num, 2) and the spot each comes from (num,)."""
        return sample_mixture(self.centres, self.std, num, generator)


class DrawingConfig(DataConfig):
    """Points of a drawing, each blurred to a spot."""

    kind: Literal["drawing"] = "drawing"
    licence: ClassVar[str] = "none is needed: numbers of your own"

    points: tuple[tuple[Coordinate, Coordinate], ...] = Field(default=(), max_length=MOST_POINTS)
    """The points (x, y), at most 2,000; []: two half moons."""

    std: float = Field(default=0.03, gt=0)
    """Standard deviation of each spot, in the points' unit."""

    def build(self, split: str = "train", data_dir: str | None = None) -> Drawing:
        """Return the distribution; its `items` are 100,000 points, others for "train" than for "test"."""
        check_split(split)
        centres = torch.tensor(self.points or two_moons(), dtype=torch.float32)
        items, _ = sample_mixture(centres, self.std, NUM_REFERENCE, generator_for(self.tag, "reference", split))
        return Drawing(self.tag, items, None, (), hash_content(items, None), centres=centres, std=self.std)
