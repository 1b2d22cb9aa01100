"""What may listen to a run: displays, panels, writers to other logs. A callback never changes the training."""

from typing import ClassVar

from torch import Tensor

from ganwright.core.events import Event


class Callback:
    """Listens to a run. Every method does nothing unless overridden.

    name: of its part of the checkpoints, one of a kind in a run; empty: it remembers nothing.
    """

    name: ClassVar[str] = ""

    def on_iteration(self, num_images: int) -> None:
        """After every iteration; must cost next to nothing."""

    def on_event(self, event: Event) -> None:
        """After an event was written."""

    def on_panel(self, items: Tensor) -> None:
        """When the fixed panel was drawn: uint8 images (N, C, H, W), or float points (N, D)."""

    def state(self) -> dict[str, Tensor]:
        """What it must remember so that a resumed run is told the same; saved with every checkpoint if it is named."""
        return {}

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Go on from a checkpoint, when all else is restored. Empty where it holds no such part."""
