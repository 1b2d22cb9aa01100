"""What a network is shown: images brought to its channels, size and range of values."""

import hashlib
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.core.table import look_up
from ganwright.data.dataset import to_float
from ganwright.metrics.features.resize import DEFAULT_RULE, RULES, described, resize

ValueRange = Literal["minus-one-one", "zero-one"]
LUMA = (0.299, 0.587, 0.114)


def with_channels(images: Tensor, channels: int) -> Tensor:
    """Turn gray and RGB float images (N, C, H, W) into one another by luma (ITU-R BT.601) and repetition.

    A fourth channel (alpha) is left out; other numbers of channels stay as they are.
    """
    colours = images[:, :3] if images.shape[1] == 4 and channels != 4 else images
    if channels == 1 and colours.shape[1] == 3:
        return (colours * colours.new_tensor(LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True)
    if channels == 3 and colours.shape[1] == 1:
        return colours.expand(-1, 3, -1, -1)
    return colours


def fitting(images: Tensor, spec: DataSpec, rule: str = DEFAULT_RULE) -> Tensor:
    """Bring float images (N, C, H, W) to a spec's channels and size. Raises UserError for what are no images."""
    if images.ndim != 4:
        raise UserError(f"a classifier of {spec} cannot look at items of shape {tuple(images.shape[1:])}")
    channels, height, width = spec.shape
    return resize(with_channels(images, channels), (height, width), rule)


@dataclass(frozen=True)
class Preparation:
    """From items to a network's input.

    size: (height, width), or one number for both; None leaves the size as it is.
    channels: 1 or 3 to turn RGB and gray into one another; None leaves them.
    rule: of resizing. value_range: that of black to white: [-1, 1] or [0, 1].
    mean, std: taken off and divided by after that, one number or one a channel; None: neither.
    Raises UserError for an unknown rule or range, a size below 1 and a std that is not above 0.
    """

    size: int | tuple[int, int] | None = None
    channels: int | None = None
    rule: str = DEFAULT_RULE
    value_range: ValueRange = "minus-one-one"
    mean: float | tuple[float, ...] | None = None
    std: float | tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        look_up(RULES, self.rule, "resize rule")
        if self.value_range not in ("minus-one-one", "zero-one"):
            raise UserError(f"unknown range of values '{self.value_range}'; known: minus-one-one, zero-one")
        if self._size is not None and min(self._size) < 1:
            raise UserError(f"size {self._size[0]}x{self._size[1]} is too small; the smallest is 1x1")
        if self.std is not None and not min(_numbers(self.std)) > 0:
            raise UserError(f"std must be above 0 in every channel, not {self.std}")

    @property
    def resize(self) -> str:
        """The protocol's word for the resizing."""
        return described(self._size, self.rule)

    @property
    def key(self) -> str:
        """Everything but the resizing, which stands beside a hash, as text to go into it."""
        mean, std = (None if x is None else _numbers(x) for x in (self.mean, self.std))
        return f"channels {self.channels} range {self.value_range} mean {mean} std {std}"

    def __call__(self, items: Tensor) -> Tensor:
        """Items uint8 or float in [-1, 1] -> float32 input; points (N, D) pass as they are."""
        values = to_float(items).float()
        if values.ndim != 4:
            return values
        if self.channels is not None:
            values = with_channels(values, self.channels)
        if self._size is not None:
            values = resize(values, self._size, self.rule)
        if self.value_range == "zero-one":
            values = (values + 1) / 2
        if self.mean is not None:
            values = values - self._per_channel(self.mean, values)
        if self.std is not None:
            values = values / self._per_channel(self.std, values)
        return values

    @property
    def _size(self) -> tuple[int, int] | None:
        return None if self.size is None else sides(self.size)

    def _per_channel(self, numbers: float | tuple[float, ...], images: Tensor) -> Tensor:
        values = images.new_tensor(_numbers(numbers))
        if len(values) not in (1, images.shape[1]):
            raise UserError(f"mean and std need 1 or {images.shape[1]} numbers, one a channel, not {len(values)}")
        return values.view(1, -1, 1, 1)


def sides(size: int | tuple[int, int]) -> tuple[int, int]:
    """(height, width) of a size, which may be one number for both."""
    return (size, size) if isinstance(size, int) else (size[0], size[1])


def _numbers(numbers: float | tuple[float, ...]) -> tuple[float, ...]:
    return tuple(map(float, numbers)) if isinstance(numbers, (tuple, list)) else (float(numbers),)


def digest(*parts: str) -> str:
    """SHA-256 over texts, as 64 hex digits."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
