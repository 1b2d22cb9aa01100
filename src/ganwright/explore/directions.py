"""Directions in which a generator's items change in a way that can be named: found in closed form, or by probes."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.explore.codes import moved
from ganwright.explore.space import Space, SpaceName, repeated
from ganwright.networks.base import Generator

RIDGE = 1e-2
HELD_OUT_SHARE = 0.25


@dataclass(frozen=True)
class Directions:
    """vectors: (K, D), of unit length, orthogonal; strengths: (K,) the eigenvalues of A^T A, largest first."""

    vectors: Tensor
    strengths: Tensor


def sefa(weights: Tensor, num: int | None = None) -> Directions:
    """The directions that a linear map A (rows, D) stretches most: eigenvectors of A^T A (SeFa, arXiv:2007.06600).

    num: how many, the strongest; None: all D. The largest number of each is positive, so that signs are settled.
    Raises UserError for weights that are not finite, or for a number out of range.
    """
    size = weights.shape[1]
    num = size if num is None else num
    if not 1 <= num <= size:
        raise UserError(f"there are {size} directions, not {num}; ask for 1 to {size}")
    exact = weights.detach().double()
    if not bool(exact.isfinite().all()):
        raise UserError("the generator's weights are not finite; take an earlier checkpoint")
    values, vectors = torch.linalg.eigh(exact.T @ exact)
    vectors = vectors.T.flip(0)[:num]
    largest = vectors.gather(1, vectors.abs().argmax(1, keepdim=True))
    return Directions((vectors * largest.sign()).to(weights.dtype), values.flip(0)[:num].clamp_min(0))


@dataclass(frozen=True)
class Probe:
    """What linear probes found.

    vectors: (K, D), of unit length: the way on which target k grows. accuracy: (K,) on vectors held out: the chance
    that of two, one whose target is above its mean and one whose is not, the probe ranks the former higher; 1/2: it
    knows nothing, nan: there are none of one kind.
    """

    vectors: Tensor
    accuracy: Tensor


def probe(vectors: Tensor, targets: Tensor) -> Probe:
    """Fit a ridge regression of each target on the vectors in closed form; its slope is a direction.

    vectors: (N, D), as drawn. targets: (N, K): class probabilities, labels as 0 and 1, or any number an item has. The
    last quarter is held out to judge by. Raises UserError for fewer than 16 rows and tables that do not match.
    """
    if vectors.ndim != 2 or targets.ndim != 2 or len(vectors) != len(targets):
        raise UserError(f"probes need (N, D) and (N, K), not {tuple(vectors.shape)} and {tuple(targets.shape)}")
    if len(vectors) < 16:
        raise UserError(f"probes need 16 vectors or more, not {len(vectors)}")
    x, y = vectors.detach().double(), targets.detach().double()
    num = len(x) - int(len(x) * HELD_OUT_SHARE)
    mean, spread = x[:num].mean(0), x[:num].std(0).clamp_min(1e-12)
    z, level = (x - mean) / spread, y[:num].mean(0)
    ridge = RIDGE * num * torch.eye(x.shape[1], dtype=x.dtype, device=x.device)
    slopes = torch.linalg.solve(z[:num].T @ z[:num] + ridge, z[:num].T @ (y[:num] - level)).T / spread
    told = (x[num:] - mean) @ slopes.T
    ranks = torch.stack([_ranked(told[:, k], y[num:, k] > level[k]) for k in range(y.shape[1])])
    unit = slopes / slopes.norm(dim=1, keepdim=True).clamp_min(1e-30)
    return Probe(unit.to(vectors.dtype), ranks)


def _ranked(scores: Tensor, positive: Tensor) -> Tensor:
    """The share of pairs of a positive and a negative that are ranked right, ties counted half."""
    a, b = scores[positive], scores[~positive]
    if not len(a) or not len(b):
        return scores.new_tensor(float("nan"))
    difference = a[:, None] - b[None]
    return ((difference > 0).double() + 0.5 * (difference == 0).double()).mean()


def traverse(
    generator: Generator,
    vectors: Tensor,
    direction: Tensor,
    amounts: Sequence[float],
    *,
    space: SpaceName = "z",
    labels: Tensor | None = None,
    layers: range | None = None,
) -> Tensor:
    """Items (N, len(amounts), *shape) of vectors (N, D), moved along a direction (D,) by each amount.

    space: what the vectors are of, see `Space.vectors`. layers: in w, those that follow it; None: all.
    """
    place = Space(generator, space)
    steps = torch.tensor(list(amounts), dtype=vectors.dtype, device=vectors.device)
    starts = vectors
    if layers is not None:
        if space != "w":
            raise UserError("only styles differ from layer to layer; leave layers out, or move in space w")
        starts = vectors.unsqueeze(1).expand(-1, getattr(generator, "num_layers", 0), -1)
    amount = steps.repeat(len(vectors)).unsqueeze(1)
    moves = moved(starts.repeat_interleave(len(steps), 0), direction.unsqueeze(0), amount, layers)
    return place.made(moves, repeated(labels, len(steps))).unflatten(0, (len(vectors), len(steps)))
