"""What a cell is: a healthy setting that is sabotaged, and when a run in it counts as healthy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ganwright.data.dataset import DataConfig
from ganwright.data.mixtures import MixtureConfig
from ganwright.recipes.catalog import recipe as named_recipe
from ganwright.recipes.run_config import RunConfig

Half = Literal["development", "test"]

LOOKS, LOGS, TICKS, OUTCOMES = 40, 80, 10, 25
"""How often in a run signals, losses, panels and the outcome are written."""


@dataclass(frozen=True)
class Standard:
    """What a run without sabotage must reach to count as healthy, by its outcome; chosen per cell, in the open.

    modes: of a mixture, at least. high_quality: share, at least. fid: at most. classes: of 10, at least.
    """

    modes: int = 0
    high_quality: float = 0.0
    fid: float = float("inf")
    classes: int = 0


@dataclass(frozen=True)
class Cell:
    """A setting in which a GAN works.

    changes: options of the recipe that make it small. images: length of its runs, in real images.
    num_samples: judged at every point of the outcome. standard: what counts as healthy.
    """

    name: str
    half: Half
    data: DataConfig
    recipe: str
    images: int
    standard: Standard
    changes: Mapping[str, Any] = field(default_factory=dict)
    num_samples: int = 1_000

    @property
    def is_points(self) -> bool:
        """True for a mixture, whose modes can be counted; False for images."""
        return isinstance(self.data, MixtureConfig)

    def config(self, seed: int) -> RunConfig:
        """What a run without sabotage is trained with."""
        written = {
            "log_images": max(1, self.images // LOGS),
            "tick_images": max(1, self.images // TICKS),
            "signals_images": max(1, self.images // LOOKS),
            "keep_checkpoints": 1,
        }
        own = {"data": self.data.plain(), "images": self.images, "seed": seed, "device": "cpu", **written}
        return named_recipe(self.recipe).override({**own, **self.changes}, f"cell '{self.name}'")
