"""Convolutions between images and features: torch's kernels against matrix products, in turns, one thread.

    python benchmarks/strided.py

Prints medians in milliseconds for 64 images; `ganwright.ops.strided` chooses by what this showed.
"""

import statistics
import time
from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

from ganwright.ops import strided


def medians(forms: Mapping[str, Callable[[], object]], rounds: int = 15) -> dict[str, float]:
    """Median milliseconds of each form, in turns."""
    seconds: dict[str, list[float]] = {name: [] for name in forms}
    for number in range(rounds + 2):
        for name, form in forms.items():
            start = time.perf_counter()
            form()
            if number > 1:  # the first rounds warm up
                seconds[name].append(time.perf_counter() - start)
    return {name: 1000 * statistics.median(values) for name, values in seconds.items()}


def main() -> None:
    """Compare both directions for one and three channels."""
    torch.set_num_threads(1)

    def layout(*shape: int) -> Tensor:
        return torch.randn(shape).to(memory_format=torch.channels_last)

    for channels in (1, 3):
        x, weight = layout(64, 128, 14, 14), layout(128, channels, 4, 4)
        with torch.no_grad():
            up = {
                "torch": lambda x=x, w=weight: F.conv_transpose2d(x, w, None, 2, 1),
                "product": lambda x=x, w=weight: strided.double_by_product(x, w, None),
            }
            print(f"128 -> {channels}, 14x14 to 28x28, no gradients:", medians(up))
        x.requires_grad_()
        weight.requires_grad_()
        up = {
            "torch": lambda x=x, w=weight: F.conv_transpose2d(x, w, None, 2, 1).sum().backward(),
            "product": lambda x=x, w=weight: strided.double_by_product(x, w, None).sum().backward(),
        }
        print(f"128 -> {channels}, 14x14 to 28x28, both passes:", medians(up))
        images, weight = layout(64, channels, 28, 28).requires_grad_(), layout(64, channels, 4, 4)
        down = {
            "torch": lambda x=images, w=weight: F.conv2d(x, w, None, 2, 1).sum().backward(),
            "product": lambda x=images, w=weight: strided.halve_by_product(x, w, None).sum().backward(),
        }
        print(f"{channels} -> 64, 28x28 to 14x14, both passes, frozen weight:", medians(down))


if __name__ == "__main__":
    main()
