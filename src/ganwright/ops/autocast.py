"""Parts of a network that keep their precision where the rest computes in half of it."""

from contextlib import AbstractContextManager, nullcontext

import torch


def without_autocast(device: torch.device) -> AbstractContextManager[object]:
    """Meanwhile nothing is cast on this device. Tensors without content (device "meta") know no autocast."""
    return nullcontext() if device.type == "meta" else torch.autocast(device.type, enabled=False)
