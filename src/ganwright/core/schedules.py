"""Numbers that change with the images seen. A plain number anywhere a schedule is taken stays constant."""

import math
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from ganwright.core.config import Config, Tagged


class ScheduleConfig(Config):
    """Base of the schedules: a value as a function of the images seen."""

    def at(self, num_images: int, total_images: int) -> float:
        """The value after `num_images` of a run of `total_images`."""
        raise TypeError(f"{type(self).__name__} is abstract")

    @property
    def depends_on_length(self) -> bool:
        """True where another length of the run changes the values before its end."""
        return False

    @property
    def largest(self) -> float:
        """The highest value that it takes."""
        raise TypeError(f"{type(self).__name__} is abstract")

    def scaled(self, factor: float) -> "ScheduleConfig":
        """The same schedule with every value times `factor`."""
        raise TypeError(f"{type(self).__name__} is abstract")


class _Ramp(ScheduleConfig):
    start: float = Field(ge=0)
    """Value at 0 images."""

    end: float = Field(ge=0)
    """Value at the end of the ramp and after it."""

    ramp_images: int | None = Field(default=None, gt=0)
    """Images over which the value goes from start to end; none: the whole run."""

    @property
    def depends_on_length(self) -> bool:
        return self.ramp_images is None

    @property
    def largest(self) -> float:
        return max(self.start, self.end)

    def scaled(self, factor: float) -> "ScheduleConfig":
        return self.model_copy(update={"start": factor * self.start, "end": factor * self.end})

    def at(self, num_images: int, total_images: int) -> float:
        progress = min(num_images / (self.ramp_images or total_images), 1.0)
        return self.end + (self.start - self.end) * self._weight(progress)

    @staticmethod
    def _weight(progress: float) -> float:
        raise TypeError("a ramp needs a shape")


class Linear(_Ramp):
    """A straight line from start to end."""

    kind: Literal["linear"] = "linear"

    @staticmethod
    def _weight(progress: float) -> float:
        return 1 - progress


class Cosine(_Ramp):
    """Half a cosine from start to end, held at its end."""

    kind: Literal["cosine"] = "cosine"

    @staticmethod
    def _weight(progress: float) -> float:
        return (1 + math.cos(math.pi * progress)) / 2


class WarmCosine(ScheduleConfig):
    """A straight line from 0 up to the peak, then half a cosine down to the end of the run."""

    kind: Literal["warm-cosine"] = "warm-cosine"

    peak: float = Field(ge=0)
    """Highest value, where the cosine begins."""

    end: float = Field(ge=0)
    """Value at the end of the run."""

    warm_up: float = Field(default=0.1, gt=0, lt=1)
    """Share of the run's images over which the value rises."""

    @property
    def depends_on_length(self) -> bool:
        return True

    @property
    def largest(self) -> float:
        return max(self.peak, self.end)

    def scaled(self, factor: float) -> "ScheduleConfig":
        return self.model_copy(update={"peak": factor * self.peak, "end": factor * self.end})

    def at(self, num_images: int, total_images: int) -> float:
        progress = min(num_images / total_images, 1.0)
        if progress < self.warm_up:
            return self.peak * progress / self.warm_up
        falling = (progress - self.warm_up) / (1 - self.warm_up)
        return self.end + (self.peak - self.end) * (1 + math.cos(math.pi * falling)) / 2


class Exponential(_Ramp):
    """A constant factor per image from start to end, both above 0: a straight line on a log scale, held at its end."""

    kind: Literal["exponential"] = "exponential"

    start: float = Field(gt=0)
    """Value at 0 images."""

    end: float = Field(gt=0)
    """Value at the end of the ramp and after it."""

    def at(self, num_images: int, total_images: int) -> float:
        progress = min(num_images / (self.ramp_images or total_images), 1.0)
        return self.start * (self.end / self.start) ** progress


SCHEDULES: dict[str, type[ScheduleConfig]] = {
    "linear": Linear,
    "cosine": Cosine,
    "warm-cosine": WarmCosine,
    "exponential": Exponential,
}

Schedule = Annotated[float, Field(ge=0)] | Annotated[ScheduleConfig, Tagged(SCHEDULES)]


def value_at(schedule: Schedule, num_images: int, total_images: int) -> float:
    """The value of a number or schedule after `num_images`."""
    return schedule.at(num_images, total_images) if isinstance(schedule, ScheduleConfig) else schedule


def largest(schedule: Schedule) -> float:
    """The highest value of a number or schedule."""
    return schedule.largest if isinstance(schedule, ScheduleConfig) else schedule


def scaled(schedule: Schedule, factor: float) -> Schedule:
    """A number or schedule with every value times `factor`, 0 or more."""
    return schedule.scaled(factor) if isinstance(schedule, ScheduleConfig) else factor * schedule


def schedules_of(config: Config, prefix: str = "") -> Iterator[tuple[str, ScheduleConfig]]:
    """Every schedule of a tree by its dotted name, transparent fields included."""
    for name in type(config).model_fields:
        value = getattr(config, name)
        children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, tuple) else ()
        for key, part in [(name, value), *((f"{name}.{k}", v) for k, v in children)]:
            if isinstance(part, ScheduleConfig):
                yield prefix + key, part
            elif isinstance(part, Config):
                yield from schedules_of(part, f"{prefix}{key}.")
