"""How alike the items of one set are, read off all pairs of different items."""

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.data.dataset import to_float

_CHUNK_ROWS = 512


def cosine_similarity(items: Tensor) -> float:
    """Mean cosine similarity over all pairs, in [-1, 1]; 1 where all items point the same way.

    items: uint8 images, taken in [-1, 1], or float (N, ...); at least two. An item of zeros has similarity 0 to all.
    Exact in one pass: with unit vectors u_i the sum over pairs is |sum u_i|^2 less the N terms u_i . u_i.
    """
    _check(items)
    total: Tensor | float = 0.0
    own = 0.0
    for chunk in items.split(_CHUNK_ROWS):
        units = torch.nn.functional.normalize(_rows(chunk), dim=1)
        total = total + units.sum(0)
        own += float(units.square().sum())
    num = len(items)
    return (float(torch.as_tensor(total).square().sum()) - own) / (num * (num - 1))


def pairwise_distance(items: Tensor) -> float:
    """Mean Euclidean distance over all pairs, at least 0; 0 where all items are the same.

    items: uint8 images, taken in [-1, 1], or float (N, ...); at least two. Exact; memory grows with N, time with N^2.
    """
    _check(items)
    total = 0.0
    chunks = items.split(_CHUNK_ROWS)
    for index, chunk in enumerate(chunks):
        rows = _rows(chunk)
        total += 2 * float(torch.nn.functional.pdist(rows).sum()) if len(rows) > 1 else 0.0
        for other in chunks[index + 1 :]:
            total += 2 * float(torch.cdist(rows, _rows(other), compute_mode="use_mm_for_euclid_dist").sum())
    return total / (len(items) * (len(items) - 1))


def _rows(items: Tensor) -> Tensor:
    return to_float(items).flatten(1).double()


def _check(items: Tensor) -> None:
    if len(items) < 2:
        raise UserError(f"pairs need at least 2 items, not {len(items)}")
    if items.is_floating_point() and not bool(items.isfinite().all()):
        raise UserError("items are not finite; look for NaN in the samples")
