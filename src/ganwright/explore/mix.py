"""Style mixing: some layers of a style-based generator follow another item (Karras et al. 2019, StyleGAN, figure 3)."""

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.explore.codes import decode, encode, mixed
from ganwright.explore.space import as_styled
from ganwright.networks.base import Generator

_MOST_COARSE, _MOST_MIDDLE = 4, 8


def layer_groups(num_layers: int) -> dict[str, range]:
    """Layers by what they make: "coarse" (pose, shape), "middle", "fine" (texture, colours).

    Layers 0 to 3, 4 to 7 and the others as in the paper; of fewer than 12 layers a third each.
    """
    first = min(_MOST_COARSE, max(1, round(num_layers / 3)))
    second = min(_MOST_MIDDLE, max(first + 1, round(2 * num_layers / 3)))
    return {"coarse": range(first), "middle": range(first, second), "fine": range(second, num_layers)}


def parse_layers(text: str, num_layers: int) -> range:
    """Read "coarse", "middle", "fine", "all", "4-7" (from layer 4 through 7) or "3" (that layer alone).

    Raises UserError for anything else, and for layers that there are not.
    """
    named = {"all": range(num_layers), **layer_groups(num_layers)}
    if text in named:
        return named[text]
    first, _, last = text.partition("-")
    try:
        found = range(int(first), int(last or first) + 1)
    except ValueError:
        found = range(0)
    if not found or found.start < 0 or found.stop > num_layers:
        raise UserError(
            f"layers '{text}' are unknown; take coarse, middle, fine, all, or some of 0-{num_layers - 1} such as 2-3"
        )
    return found


@torch.no_grad()
def mix(
    generator: Generator,
    sources: Tensor,
    styles: Tensor,
    layers: range,
    *,
    labels: Tensor | None = None,
    style_labels: Tensor | None = None,
) -> Tensor:
    """Items (A, B, *shape): row a is source a, of which `layers` take the style of b in column b.

    sources (A, latent_size), styles (B, latent_size): latents. labels, style_labels: their classes.
    Raises UserError for a generator without styles.
    """
    as_styled(generator, "mixing styles")
    own, other = encode(generator, sources, labels), encode(generator, styles, style_labels)
    both = mixed(own.unsqueeze(1), other.unsqueeze(0), layers)
    return decode(generator, both.flatten(0, 1)).unflatten(0, both.shape[:2])
