"""Items along the way from one to another."""

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.explore.blend import blended
from ganwright.explore.space import Space, SpaceName, chunks, repeated
from ganwright.networks.base import Generator
from ganwright.networks.styled import StyledGenerator
from ganwright.ops.paths import Along, lerp, slerp


def between(starts: Tensor, ends: Tensor, num: int, along: Along = "spherical") -> Tensor:
    """Vectors (N, num, D) from starts (N, D) to ends (N, D), evenly spaced; the first and last are these exactly.

    along: "linear": a straight line, whose middle is shorter than its ends are where those are Gaussian. "spherical":
        along the circle through both directions, with lengths that go evenly from |start| to |end| (White 2016,
        arXiv:1609.04468).
    Raises UserError for vectors that do not pair and for fewer than 2 steps.
    """
    if starts.ndim != 2 or starts.shape != ends.shape:
        raise UserError(f"ways need pairs of vectors (N, D), not {tuple(starts.shape)} and {tuple(ends.shape)}")
    if num < 2:
        raise UserError(f"a way from one item to another needs 2 steps or more, not {num}")
    if along not in ("spherical", "linear"):
        raise UserError(f"unknown way '{along}'; known: linear, spherical")
    a, b = starts.double(), ends.double()
    way = slerp if along == "spherical" else lerp
    steps = [way(a, b, a.new_full((1, 1), i / (num - 1))) for i in range(1, num - 1)]
    return torch.stack([starts, *(step.to(starts.dtype) for step in steps), ends], 1)


@torch.no_grad()
def interpolate(
    generator: Generator,
    starts: Tensor,
    ends: Tensor,
    num: int = 9,
    *,
    space: SpaceName = "z",
    along: Along | None = None,
    labels: Tensor | None = None,
    end_labels: Tensor | None = None,
) -> Tensor:
    """Items (N, num, *shape) on the ways from latents starts (N, latent_size) to ends.

    space: where the way runs: through latents, or through the styles of a style-based generator.
    along: see `between`; None: spherical in z, linear in w. In w, spherical means around the mean style.
    labels: the classes (N,) of the starts, of a conditional generator. end_labels: those of the ends, where the class
        is to change on the way: its embeddings are blended, or the styles of both classes. None: it stays.
    """
    along = along or ("linear" if space == "w" else "spherical")
    if end_labels is not None and labels is None:
        raise UserError("ends have a class only where starts have one; give labels too")
    place = Space(generator, space)
    count, changes = len(starts), end_labels is not None and labels is not None
    if space == "w":
        a, b = place.vectors(starts, labels), place.vectors(ends, end_labels if changes else labels)
        way = between(a - place.centre, b - place.centre, num, along) + place.centre
        way[:, 0], way[:, -1] = a, b
        return place.made(way.flatten(0, 1)).unflatten(0, (count, num))
    way = between(starts, ends, num, along).flatten(0, 1)
    own, other = repeated(labels, num), repeated(end_labels, num)
    if own is None or other is None:
        return place.made(way, own).unflatten(0, (count, num))
    shares = torch.linspace(0, 1, num, dtype=way.dtype, device=way.device).repeat(count)
    if isinstance(generator, StyledGenerator):
        styles = Space(generator, "w")
        mixed = torch.lerp(styles.vectors(way, own), styles.vectors(way, other), shares[:, None])
        return styles.made(mixed).unflatten(0, (count, num))
    rows = []
    for c in chunks(len(way)):
        with blended(generator, other[c], shares[c]):
            rows.append(generator(way[c], own[c]).float())
    return torch.cat(rows).unflatten(0, (count, num))
