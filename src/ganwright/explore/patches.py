"""What each part of an image does to a discriminator's score: by taking it away, in the image or in the last map.

None of our discriminators scores patches apart. Two questions have true answers all the same:

    covered     how much does the score fall when a patch of the IMAGE is covered by its mean colour? (Zeiler and Fergus
                2014, section 4.2). The rest of the network still looks at everything else.
    shares      how much of the score comes from a place of the last FEATURE MAP? Where what follows is linear in the
                places (flattened or summed, then a linear map) the shares and a rest add up to the score, exactly.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import torch
from torch import Tensor, nn

from ganwright.core.errors import UserError

CHUNK = 64
TOLERANCE = 1e-4


@dataclass(frozen=True)
class PatchScores:
    """The score of an image, and what its parts do to it.

    values: (rows, columns), by how much the score falls without the part: above 0 it looks real, below 0 fake.
    score: logit of the image. rest: what is left of the score, for shares; None for covered patches, whose values do
    not add up. layer: whose map the places are of; "" for the image.
    """

    values: Tensor
    score: float
    rest: float | None = None
    layer: str = ""


def covered(score: Callable[[Tensor], Tensor], item: Tensor, num_side: int) -> PatchScores:
    """Cover one patch after the other with the image's mean colour.

    score: items (N, C, H, W) -> logits (N,), each item judged by itself. item: (C, H, W).
    num_side: patches along the shorter side; at least 1, at most that side in pixels.
    """
    height, width = item.shape[1:]
    side = min(height, width)
    if not 1 <= num_side <= side:
        raise UserError(f"{num_side} patches along a side of {side} pixels: choose 1 to {side}")
    rows, columns = round(num_side * height / side), round(num_side * width / side)
    mean = item.mean((1, 2), keepdim=True)
    variants = []
    for row, column in product(range(rows), range(columns)):
        variant = item.clone()
        top, bottom = row * height // rows, (row + 1) * height // rows
        left, right = column * width // columns, (column + 1) * width // columns
        variant[:, top:bottom, left:right] = mean
        variants.append(variant)
    with torch.no_grad():
        whole = score(item[None])[0]
        scores = torch.cat([score(part) for part in torch.stack(variants).split(CHUNK)])
    return PatchScores((whole - scores).double().view(rows, columns), float(whole))


def shares(network: nn.Module, item: Tensor, labels: Tensor | None = None) -> PatchScores | None:
    """What each place of the last feature map gives to the score; None where the score is no sum over its places.

    network: scores items, and judges each by itself. item: (C, H, W). labels: (1,), for a conditional one.
    """
    last = _last_map(network, item, labels)
    if last is None:
        return None
    name, (rows, columns) = last
    with torch.no_grad():
        whole = _score(network, item, labels, 1)
        places = torch.cat(
            [
                _without(network, name, item, labels, part, (rows, columns))
                for part in torch.arange(rows * columns).split(CHUNK)
            ]
        )
        none = _without(network, name, item, labels, None, (rows, columns))
    values = (whole - places).double()
    rest = float(whole) - float(values.sum())
    if abs(rest - float(none)) > TOLERANCE * max(1.0, float(values.abs().sum())):
        return None
    return PatchScores(values.view(rows, columns), float(whole), rest, name)


def _last_map(network: nn.Module, item: Tensor, labels: Tensor | None) -> tuple[str, tuple[int, int]] | None:
    """The last module whose output is a map of more than one place, in the order of the forward pass."""
    found: list[tuple[str, tuple[int, int]]] = []

    def note(name: str, output: object) -> None:
        if isinstance(output, Tensor) and output.ndim == 4 and output.shape[2] * output.shape[3] > 1:
            found.append((name, (output.shape[2], output.shape[3])))

    handles = [
        module.register_forward_hook(lambda m, i, output, name=name: note(name, output))
        for name, module in network.named_modules()
        if name
    ]
    try:
        with torch.no_grad():
            _score(network, item, labels, 1)
    finally:
        for handle in handles:
            handle.remove()
    return found[-1] if found else None


def _without(
    network: nn.Module, name: str, item: Tensor, labels: Tensor | None, places: Tensor | None, grid: tuple[int, int]
) -> Tensor:
    """Scores with one place of the map set to 0 each; places None: with all of them (1,)."""

    def blank(module: nn.Module, inputs: object, output: Tensor) -> Tensor:
        if places is None:
            return torch.zeros_like(output)
        output = output.clone()
        output[torch.arange(len(places)), :, places // grid[1], places % grid[1]] = 0
        return output

    handle = dict(network.named_modules())[name].register_forward_hook(blank)
    try:
        return _score(network, item, labels, 1 if places is None else len(places))
    finally:
        handle.remove()


def _score(network: nn.Module, item: Tensor, labels: Tensor | None, num: int) -> Tensor:
    items = item.expand(num, *item.shape)
    return (network(items) if labels is None else network(items, labels.expand(num))).double()
