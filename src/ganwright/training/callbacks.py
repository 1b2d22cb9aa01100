"""What may listen to a run: displays, panels, writers to other logs.

A callback changes the training through `engine.controls` or not at all.
"""

from typing import Any, ClassVar

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

    def on_look(self, final: bool) -> None:
        """When it is time to look at the run itself, between panels and checkpoint; final: at its end, out of turn."""

    def memo(self) -> dict[str, Any]:
        """Plain data that it must remember, saved with every checkpoint if it is named; JSON can hold it."""
        return {}

    def load_memo(self, memo: dict[str, Any]) -> None:
        """Go on from a checkpoint, before tensors are restored: what changed the game changes it again here.

        Empty where the checkpoint holds none.
        """

    def state(self) -> dict[str, Tensor]:
        """What it must remember so that a resumed run is told the same; saved with every checkpoint if it is named."""
        return {}

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Go on from a checkpoint, when all else is restored. Empty where it holds no such part."""
