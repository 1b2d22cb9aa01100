"""Items themselves as features: the default for points, and for images the plainest eyes there are."""

from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.data.dataset import to_float
from ganwright.metrics.features.base import HASH_DIGITS, Wanted
from ganwright.metrics.features.prepare import digest
from ganwright.metrics.features.resize import DEFAULT_RULE, described, resize

LARGEST = 32


class PixelFeatures:
    """Points as they are, or all pixel values in [-1, 1] one after another, channel by channel.

    Images with a longer side than `largest` are first brought to that, keeping their proportions: features of more
    numbers than there are items say little, and covariances of them cost much.

    spec: of the items. largest: pixels of the longer side, at least 1. rule: of resizing.
    """

    def __init__(self, spec: DataSpec, largest: int = LARGEST, rule: str = DEFAULT_RULE) -> None:
        if largest < 1:
            raise UserError(f"pixel features need a longer side of 1 or more, not {largest}")
        self._shape = spec.shape
        self._size: tuple[int, int] | None = None
        if spec.is_image and max(spec.shape[1:]) > largest:
            scale = largest / max(spec.shape[1:])
            self._size = (max(1, round(spec.shape[1] * scale)), max(1, round(spec.shape[2] * scale)))
        self.name = "pixels in [-1, 1]" if spec.is_image else "coordinates"
        self.resize = described(self._size, rule)
        self.hash = digest("pixels as they are" if spec.is_image else "coordinates as they are")[:HASH_DIGITS]
        self._rule = rule

    def __call__(self, items: Tensor) -> Tensor:
        """Items (N, *spec.shape) -> float32 (N, D). Raises UserError for items of another shape."""
        if tuple(items.shape[1:]) != self._shape:
            raise UserError(f"pixel features of {self._shape} cannot look at items of shape {tuple(items.shape[1:])}")
        values = to_float(items).float()
        if self._size is not None:
            values = resize(values, self._size, self._rule)
        return values.flatten(1).cpu()


def build(wanted: Wanted) -> PixelFeatures:
    """`pixels`, without an argument."""
    return PixelFeatures(wanted.spec, rule=wanted.rule or DEFAULT_RULE)
