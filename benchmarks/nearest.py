"""3x3 convolutions beside nearest doubling or 2x2 averaging: two steps against one convolution, in turns, one thread.

    python benchmarks/nearest.py

Prints medians in milliseconds of both passes; `ganwright.ops.nearest` chooses by what this showed.
"""

import torch
from strided import medians
from torch import Tensor

from ganwright.ops import nearest

FORMS = {
    "double": (nearest.double_and_convolve_in_steps, nearest.double_and_convolve_at_once),
    "halve": (nearest.convolve_and_halve_in_steps, nearest.convolve_and_halve_at_once),
}


def main() -> None:
    """Compare both forms at several sizes and in both number formats."""
    torch.set_num_threads(1)
    for bf16 in (False, True):
        for channels, side, num in ((16, 16, 64), (64, 8, 64), (128, 8, 32), (256, 4, 32), (256, 16, 8)):
            weight = torch.randn(channels, channels, 3, 3, requires_grad=True)
            bias = torch.randn(channels, requires_grad=True)
            for name, (steps, once) in FORMS.items():
                large = side if name == "double" else 2 * side
                x = torch.randn(num, channels, large, large).to(memory_format=torch.channels_last).requires_grad_()

                def both(
                    form: object, x: Tensor = x, weight: Tensor = weight, bias: Tensor = bias, bf16: bool = bf16
                ) -> None:
                    with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
                        output = form(x, weight, bias)  # type: ignore[operator]
                    output.float().sum().backward()

                found = medians({"two steps": lambda f=steps: both(f), "at once": lambda f=once: both(f)}, rounds=7)
                times = ", ".join(f"{form} {value:.1f}" for form, value in found.items())
                print(f"{'bf16' if bf16 else 'fp32'} {name} {num}x{channels}, {side} <-> {2 * side}: {times}")


if __name__ == "__main__":
    main()
