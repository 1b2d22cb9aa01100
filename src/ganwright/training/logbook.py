"""Scalars between two log events: kept on the device, averaged once, so that the loop never waits for a number."""

import torch
from torch import Tensor


class Logbook:
    """Collects scalar tensors by name. Adding one costs a list append and no operation on the device."""

    def __init__(self) -> None:
        self._pending: dict[str, list[Tensor]] = {}

    def add(self, name: str, value: Tensor) -> None:
        """Note a scalar."""
        self._pending.setdefault(name, []).append(value)

    def drain(self) -> dict[str, float]:
        """Return the mean of each scalar since the last time, and forget them."""
        if not self._pending:
            return {}
        means = [torch.stack([v.float() for v in values]).mean() for values in self._pending.values()]
        names = list(self._pending)
        self._pending.clear()
        return dict(zip(names, torch.stack(means).tolist(), strict=True))

    def state(self) -> dict[str, list[float]]:
        """What has been noted so far, as plain numbers that give the same mean when loaded."""
        return {name: torch.stack([v.float() for v in values]).tolist() for name, values in self._pending.items()}

    def load(self, state: dict[str, list[float]], device: torch.device) -> None:
        """Replace the notes by those of a checkpoint."""
        self._pending = {name: list(torch.tensor(values, device=device)) for name, values in state.items()}
