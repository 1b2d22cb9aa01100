"""Mixtures of Gaussians, sampled afresh at every draw: modes that can be counted.

Ring and grid follow the settings of Lin et al., "PacGAN" (2018), section 4.1, and Srivastava et al., "VEEGAN" (2017).
"""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from ganwright.core.seeding import generator_for
from ganwright.data.dataset import DataConfig, Endless, check_split, hash_content

NUM_REFERENCE = 100_000


@dataclass(frozen=True, eq=False, kw_only=True)
class Mixture(Endless):
    """An even mixture of isotropic Gaussians.

    centres: (K, D) float32.
    std: standard deviation of each component, in the points' unit.
    components: (N,) int64, the component each of `items` was drawn from, whether or not the data has labels.
    """

    centres: Tensor
    std: float
    components: Tensor

    def sample(self, num: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Draw points (num, D) and their components (num,)."""
        return sample_mixture(self.centres, self.std, num, generator)


def sample_mixture(centres: Tensor, std: float, num: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Draw points (num, D) from an even mixture of N(centre, std^2 I), and their components (num,)."""
    components = torch.randint(len(centres), (num,), generator=generator)
    noise = torch.randn(num, centres.shape[1], generator=generator)
    return centres[components] + std * noise, components


class MixtureConfig(DataConfig):
    """Base of the mixtures."""

    licence: ClassVar[str] = "none is needed: numbers drawn from a formula"

    std: float = Field(gt=0)
    """Standard deviation of each component."""

    labelled: bool = False
    """Give each point its component as a label."""

    def centres(self) -> Tensor:
        """The components' means, (K, D) float32."""
        raise TypeError(f"{type(self).__name__} is abstract")

    def build(self, split: str = "train", data_dir: str | None = None) -> Mixture:
        """Return the mixture; its `items` are 100,000 points, others for "train" than for "test"."""
        check_split(split)
        centres = self.centres()
        generator = generator_for(self.tag, "reference", split)
        points, components = sample_mixture(centres, self.std, NUM_REFERENCE, generator)
        labels = components if self.labelled else None
        names = tuple(str(c) for c in range(len(centres))) if self.labelled else ()
        content = hash_content(points, labels)
        return Mixture(self.tag, points, labels, names, content, centres=centres, std=self.std, components=components)


class Ring8Config(MixtureConfig):
    """Gaussians evenly spaced on a circle."""

    kind: Literal["ring8"] = "ring8"

    std: float = Field(default=0.01, gt=0)
    """Standard deviation of each component."""

    num_modes: int = Field(default=8, ge=1, le=10_000)
    """Components on the circle."""

    radius: float = Field(default=1.0, ge=0)
    """Radius of the circle."""

    def centres(self) -> Tensor:
        """The first centre lies on the positive x axis; the others follow anticlockwise."""
        angles = torch.arange(self.num_modes, dtype=torch.float64) * (2 * math.pi / self.num_modes)
        return (self.radius * torch.stack([angles.cos(), angles.sin()], 1)).float()


class Grid25Config(MixtureConfig):
    """Gaussians on a square grid around the origin."""

    kind: Literal["grid25"] = "grid25"

    std: float = Field(default=0.05, gt=0)
    """Standard deviation of each component."""

    side: int = Field(default=5, ge=1, le=100)
    """Components along each side."""

    spacing: float = Field(default=2.0, gt=0)
    """Distance between neighbouring centres."""

    def centres(self) -> Tensor:
        """Column by column: x grows last, y first."""
        steps = (torch.arange(self.side) - (self.side - 1) / 2) * self.spacing
        return torch.cartesian_prod(steps, steps).float().reshape(-1, 2)


class Gaussian1dConfig(MixtureConfig):
    """One Gaussian on a line: the smallest GAN problem there is."""

    kind: Literal["gaussian1d"] = "gaussian1d"

    std: float = Field(default=0.5, gt=0)
    """Standard deviation of the points."""

    mean: float = 3.0
    """Mean of the points."""

    def centres(self) -> Tensor:
        """The mean, as the only centre."""
        return torch.tensor([[self.mean]])
