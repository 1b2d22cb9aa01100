"""What may listen to a run: displays, panels, writers to other logs. A callback never changes the training."""

from torch import Tensor

from ganwright.core.events import Event


class Callback:
    """Listens to a run. Every method does nothing unless overridden."""

    def on_iteration(self, num_images: int) -> None:
        """After every iteration; must cost next to nothing."""

    def on_event(self, event: Event) -> None:
        """After an event was written."""

    def on_panel(self, items: Tensor) -> None:
        """When the fixed panel was drawn: uint8 images (N, C, H, W), or float points (N, D)."""
