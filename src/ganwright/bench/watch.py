"""Who is told how far a bench is; the command line shows it, others need not."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from ganwright.training import Callback

Report = Callable[[int, int], None]
"""Takes how many are done and how many there are in all."""


class Watch:
    """Watches a bench. It shows nothing unless overridden."""

    def say(self, line: str) -> None:
        """What comes next, or what was found out."""

    def training(self, total_images: int, num_images: int) -> AbstractContextManager[Callback]:
        """Around a training of `total_images`, of which `num_images` were seen before."""
        return nullcontext(Callback())

    def counting(self, what: str) -> AbstractContextManager[Report]:
        """Around work that is counted."""
        return nullcontext(lambda done, total: None)
