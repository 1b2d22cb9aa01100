"""Modulated convolution: scaled activations against a group for each item, in turns, one thread.

    python benchmarks/modulated.py

Prints medians in milliseconds of a forward and a backward pass; `ganwright.ops.modulated` chooses by what this showed.
"""

from collections.abc import Callable

import torch
from strided import medians
from torch import Tensor

from ganwright.ops import modulated


def main() -> None:
    """Compare the forms at the sizes of StyleGAN2's layers."""
    torch.set_num_threads(1)
    for channels, side in ((512, 8), (256, 16), (256, 32), (128, 64), (64, 64), (32, 64)):
        for name, layout in (("outermost", torch.contiguous_format), ("innermost", torch.channels_last)):
            features = torch.randn(4, channels, side, side).to(memory_format=layout).requires_grad_()
            weight = torch.randn(channels, channels, 3, 3).to(memory_format=layout).requires_grad_()
            styles = torch.randn(4, channels).requires_grad_()

            def both(form: Callable[..., Tensor], *given: Tensor) -> None:
                form(*given).sum().backward()

            forms = {
                "scaling": lambda run=both, given=(features, weight, styles): run(modulated.by_scaling, *given),
                "groups": lambda run=both, given=(features, weight, styles): run(modulated.by_groups, *given),
            }
            print(f"{channels} x {side}x{side}, channels {name}:", medians(forms))


if __name__ == "__main__":
    main()
