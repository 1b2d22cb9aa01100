"""A watch that remembers."""

from contextlib import AbstractContextManager, nullcontext

from ganwright.bench import Watch
from ganwright.training import Callback


class Notes(Watch):
    """Keeps what a bench says, and lets a callback see its trainings."""

    def __init__(self, callback: Callback | None = None) -> None:
        self.said: list[str] = []
        self.trainings: list[tuple[int, int]] = []
        self._callback = callback or Callback()

    def say(self, line: str) -> None:
        self.said.append(line)

    def training(self, total_images: int, num_images: int) -> AbstractContextManager[Callback]:
        self.trainings.append((total_images, num_images))
        return nullcontext(self._callback)
