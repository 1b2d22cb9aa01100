"""FIR resampling of images: two matrix products against one depthwise convolution, in turns, one thread.

    python benchmarks/fir.py

Prints medians in milliseconds of a forward and a backward pass; `ganwright.ops.fir` chooses by what this showed.
"""

from collections.abc import Callable

import torch
from strided import medians
from torch import Tensor

from ganwright.ops import fir


def main() -> None:
    """Compare the forms at the sizes of StyleGAN2's layers."""
    torch.set_num_threads(1)
    for channels, side in ((512, 8), (256, 32), (128, 64), (64, 128), (3, 32), (3, 128)):
        for name, up, down, padding in (
            ("doubled", 2, 1, (2, 1)),
            ("halved", 1, 2, (1, 1)),
            ("filtered", 1, 1, (2, 1)),
        ):
            images = torch.randn(8, channels, side, side).to(memory_format=torch.channels_last).requires_grad_()

            def both(form: Callable[..., Tensor], x: Tensor = images, how: tuple = (up, down, padding)) -> None:
                form(x, fir.BINOMIAL, *how).sum().backward()

            forms = {
                "products": lambda run=both: run(fir.resample_by_products),
                "convolution": lambda run=both: run(fir.resample_by_convolution),
                "definition": lambda run=both: run(fir.resample_by_definition),
            }
            print(f"{channels} x {side}x{side} {name}:", medians(forms))


if __name__ == "__main__":
    main()
