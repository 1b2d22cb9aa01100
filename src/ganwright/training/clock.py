"""Wall-clock seconds of a run over all its sittings."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Clock:
    """Counts seconds in total, and seconds of training alone: without panels, judging and saving."""

    def __init__(self, total: float = 0.0, training: float = 0.0) -> None:
        self._before = (total, training)
        self._started: float | None = None
        self._left: float | None = None
        self._aside = 0.0
        self._lap = (0, 0.0)

    def start(self, num_images: int) -> None:
        """Begin a sitting."""
        self._started, self._aside = time.monotonic(), 0.0
        self._lap = (num_images, self.training())

    def total(self) -> float:
        """All seconds so far."""
        return self._before[0] + self._elapsed()

    def training(self) -> float:
        """Seconds of training alone so far."""
        away = 0.0 if self._left is None else time.monotonic() - self._left
        return self._before[1] + self._elapsed() - self._aside - away

    def lap(self, num_images: int) -> float:
        """Images per second of training since the last lap."""
        images, seconds = self._lap
        self._lap = (num_images, self.training())
        return (num_images - images) / max(self._lap[1] - seconds, 1e-9)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What happens inside is not training."""
        self._left = time.monotonic()
        try:
            yield
        finally:
            self._aside += time.monotonic() - self._left
            self._left = None

    def _elapsed(self) -> float:
        return 0.0 if self._started is None else time.monotonic() - self._started
