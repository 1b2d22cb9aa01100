"""DiffAugment (Zhao et al. 2020, arXiv:2006.10738): both players see every image through random changes."""

from collections.abc import Callable, Mapping
from typing import ClassVar, Literal

from pydantic import Field
from torch import Tensor

from ganwright.core.schedules import Schedule
from ganwright.core.seeding import Draws
from ganwright.data.augment.base import AugmentationConfig
from ganwright.ops.augment_colour import brighten, contrast, saturate
from ganwright.ops.augment_corrupt import cut_out
from ganwright.ops.augment_space import shift


class DiffAugment(AugmentationConfig):
    """Random colour, shift and cutout of every image, for small data sets.

    Real and fake images are changed alike, and gradients pass through to the generator, so a discriminator that sees
    only changed images still tells the generator about unchanged ones: the generator gains nothing by making a shifted
    or pale image itself, which would come out shifted or changed once more.
    """

    kind: Literal["diffaugment"] = "diffaugment"
    images_only: ClassVar[bool] = True

    color: bool = True
    """Change brightness (adding -0.5 to 0.5), saturation (times 0 to 2; not of gray images) and contrast (times 0.5 to
    1.5)."""

    translation: float = Field(default=0.125, ge=0, le=1)
    """Farthest shift along each axis, as a share of the image's side; mid-gray moves in. 0 switches it off."""

    cutout: float = Field(default=0.5, ge=0, le=1)
    """Side of the rectangle that is hidden, as a share of the image's side. 0 switches it off."""

    def apply(
        self, items: Tensor, draws: Draws, purpose: str, memory: Mapping[str, Tensor], at: Callable[[Schedule], float]
    ) -> Tensor:
        num, _, height, width = items.shape
        purpose = f"{purpose}/diffaugment"
        if self.color:
            brightness, saturation, stretch = draws.uniform(f"{purpose}/color", num, 3).to(items.dtype).unbind(1)
            items = brighten(items, brightness - 0.5)
            items = saturate(items, 2 * saturation)
            items = contrast(items, stretch + 0.5)
        if self.translation:
            farthest = _share_of(width, self.translation), _share_of(height, self.translation)
            right, down = (
                draws.integers(f"{purpose}/{axis}", 2 * most + 1, num) - most
                for axis, most in zip(("right", "down"), farthest, strict=True)
            )
            items = shift(items, right, down)
        if self.cutout:
            sides = _share_of(width, self.cutout), _share_of(height, self.cutout)
            # The middle may lie anywhere in the image, so the rectangle may reach beyond it.
            left, top = (
                draws.integers(f"{purpose}/{axis}", size + 1 - side % 2, num) - side // 2
                for axis, size, side in zip(("left", "top"), (width, height), sides, strict=True)
            )
            items = cut_out(items, left, top, *(left.new_full((num,), side) for side in sides))
        return items


def _share_of(size: int, share: float) -> int:
    """A share of a side in whole pixels, halves rounded up."""
    return int(size * share + 0.5)
