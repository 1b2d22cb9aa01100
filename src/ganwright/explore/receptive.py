"""The receptive field: which pixels one place of a layer's output depends on, and how much each counts.

The field is where the gradient of the place by the input is not 0 (Luo et al. 2016, "Understanding the effective
receptive field", section 2). It holds for whatever stands between, attention and skips included.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ganwright.core.errors import UserError

NUM_LOOKS = 4


@dataclass(frozen=True)
class ReceptiveField:
    """What one place of a layer sees of an image.

    layer: its name. grid: rows and columns of its output. place: row and column there, from 0.
    top, left, bottom, right: pixels that the place depends on: rows top to bottom - 1, columns left to right - 1.
    influence: (H, W), at least 0, summing to 1: the mean size of the gradient, pixel by pixel.
    """

    layer: str
    grid: tuple[int, int]
    place: tuple[int, int]
    top: int
    left: int
    bottom: int
    right: int
    influence: Tensor


def receptive_field(
    network: nn.Module, layer: str, items: Tensor, row: int, column: int, labels: Tensor | None = None
) -> ReceptiveField:
    """The receptive field of a place of a layer of a discriminator or classifier.

    layer: name of a module whose output is (N, C, H, W). items: (N, C, H, W); the gradient is averaged over them, so
    that a unit that is off for one is seen by another. row, column: of the output, from 0.
    Raises UserError for a layer that there is not, that has no such places, or that does not depend on the image.
    """
    module = dict(network.named_modules()).get(layer)
    if module is None or not layer:
        raise UserError(f"there is no layer '{layer[:100]}'")
    found: list[object] = []
    handle = module.register_forward_hook(lambda m, i, output: found.append(output))
    was_training = network.training
    network.eval()
    try:
        pixels = items.detach().clone().requires_grad_()
        with torch.enable_grad():
            network(pixels) if labels is None else network(pixels, labels)
        output = found[0] if found else None
        if not isinstance(output, Tensor) or output.ndim != 4:
            raise UserError(f"layer '{layer}' has no places in the plane; choose one whose output is C x H x W")
        height, width = output.shape[2:]
        if not (0 <= row < height and 0 <= column < width):
            raise UserError(f"layer '{layer}' has {height} x {width} places, so none at row {row}, column {column}")
        influence = sum(_influence(output[:, :, row, column], pixels, look) for look in range(NUM_LOOKS))
    finally:
        handle.remove()
        network.train(was_training)
    assert isinstance(influence, Tensor)
    rows, columns = (influence.sum(1) > 0).nonzero().flatten(), (influence.sum(0) > 0).nonzero().flatten()
    if not len(rows):
        raise UserError(f"layer '{layer}' does not depend on the image at row {row}, column {column}")
    box = int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1
    return ReceptiveField(layer, (height, width), (row, column), *box, influence / influence.sum())


def _influence(units: Tensor, pixels: Tensor, look: int) -> Tensor:
    """|gradient| (H, W) of a random mix of the place's channels (N, C): a sum of them could cancel."""
    signs = torch.randn(units.shape, generator=torch.Generator().manual_seed(look)).to(units)
    (gradient,) = torch.autograd.grad((units * signs).sum(), pixels, retain_graph=True, allow_unused=True)
    if gradient is None:
        return torch.zeros(pixels.shape[2:], dtype=torch.float64)
    return gradient.double().abs().sum((0, 1)).cpu()
