"""What papers report under the same definitions, to stand beside our figures. Not measured here."""

from dataclasses import asdict, dataclass
from typing import Any

PACGAN = "Lin et al. 2018 (PacGAN), arXiv:1712.04086"
R3GAN = "Huang et al. 2024 (R3GAN), arXiv:2501.05441"


@dataclass(frozen=True)
class Published:
    """A row of a paper's table; None where our notes of it have no such figure.

    high_quality_share: in [0, 1].
    source: paper and protocol.
    """

    data: str
    name: str
    modes_covered: float
    high_quality_share: float | None
    reverse_kl: float | None
    source: str

    def plain(self) -> dict[str, Any]:
        """All of it as plain data for JSON."""
        return asdict(self)


_POINTS = f"{PACGAN}, table 1: means of 10 trials of 400 epochs of 100,000 points, latents of 2"
_STACKS = f"{PACGAN}, section 4.2: 26,000 samples"
_STACKS_LATER = R3GAN

PUBLISHED = (
    Published("ring8", "GAN", 6.3, 0.982, None, _POINTS),
    Published("ring8", "PacGAN2", 7.9, 0.956, None, _POINTS),
    Published("grid25", "GAN", 17.3, 0.948, None, _POINTS),
    Published("grid25", "PacGAN4", 24.8, 0.936, None, _POINTS),
    Published("stacked-mnist", "DCGAN", 99.0, None, 3.40, _STACKS),
    Published("stacked-mnist", "PacDCGAN2", 1000.0, None, 0.06, _STACKS),
    Published("stacked-mnist", "StyleGAN2", 940.0, None, 0.42, _STACKS_LATER),
    Published("stacked-mnist", "R3GAN", 1000.0, None, 0.029, _STACKS_LATER),
)
"""By data set, in the order in which they are shown."""


def published(data: str) -> list[Published]:
    """The rows of a data set."""
    return [row for row in PUBLISHED if row.data == data]
