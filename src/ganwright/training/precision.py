"""Where and in which number format a run computes."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Literal

import torch
from torch import nn

from ganwright.core.config import Config
from ganwright.core.errors import UserError

Device = Literal["auto", "cpu", "cuda", "mps"]


class PrecisionConfig(Config):
    """Number format and memory layout of the forward and backward passes; weights and optimisers stay float32."""

    dtype: Literal["float32", "bfloat16"] = "float32"
    """bfloat16 runs matrix products and convolutions in half the bits (autocast); losses stay float32."""

    channels_last: bool = True
    """Keep images and convolution weights with channels innermost, which CPUs and tensor cores prefer."""

    def autocast(self, device: torch.device) -> AbstractContextManager[object]:
        """The context in which losses are computed."""
        if self.dtype == "float32":
            return nullcontext()
        return torch.autocast(device.type, dtype=torch.bfloat16)

    def place(self, network: nn.Module, device: torch.device) -> None:
        """Move a network to its device and layout, in place."""
        network.to(device)
        if self.channels_last:
            network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]


@contextmanager
def flushed_denormals() -> Iterator[None]:
    """Meanwhile the CPU treats numbers below 1e-38 as 0. Adam's averages of vanished gradients end there, and are slow.

    Threads inherit the mode when they start, so enter it before the first large operation of a process.
    """
    before = (torch.tensor(1e-39) * 1.0).item() == 0.0
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(before)


def choose_device(name: Device) -> torch.device:
    """Return the device of that name; "auto" takes CUDA, then MPS, then the CPU. Raises UserError if it is missing."""
    has = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        name = "cuda" if has["cuda"] else "mps" if has["mps"] else "cpu"
    if not has.get(name, False):
        known = ", ".join(n for n, there in has.items() if there)
        raise UserError(f"device '{name}' is not available on this machine; choose from: auto, {known}")
    return torch.device(name)
