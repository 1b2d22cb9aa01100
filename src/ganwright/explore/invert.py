"""Projection: the latent whose item comes closest to a picture."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.seeding import Draws
from ganwright.explore.space import Space, SpaceName, chunks
from ganwright.networks.base import Generator
from ganwright.ops.lean import lean

Look = Callable[[Tensor], Tensor]
"""Items (N, *shape), float in [-1, 1] -> features (N, D), with gradients."""


@dataclass(frozen=True)
class Found:
    """What a projection came to, of the best of all restarts.

    vector: (D,) in the space. item: (*shape). pixels: root mean square difference to the target, in units of the range
    [-1, 1]. features: distance of their features over that which targets have from samples on average; None without
    features. prior: mean square of the vector's numbers in standard deviations; about 1 for what is drawn.
    losses: (restarts,) where each ended.
    """

    vector: Tensor
    item: Tensor
    pixels: float
    features: float | None
    prior: float
    losses: Tensor


def invert(
    generator: Generator,
    target: Tensor,
    draw: Callable[[Draws, int], Tensor],
    *,
    look: Look | None = None,
    space: SpaceName = "z",
    label: int | None = None,
    steps: int = 300,
    restarts: int = 4,
    candidates: int = 512,
    rate: float = 0.15,
    feature_weight: float = 1.0,
    prior_weight: float = 1e-3,
    limit: float | None = None,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
    watch: Callable[[Tensor], None] | None = None,
) -> Found:
    """Find the vector whose item is most like `target`, by Adam from the best of many candidates.

    The loss is the mean square difference of pixels, and `feature_weight` times that of features, each in units of
    what candidates have on average, and `prior_weight` times how much longer than those drawn the vector is.

    target: (*shape), float in [-1, 1]. draw: draws latents, as an algorithm's `latents`. look: features; None: pixels
    alone. space: where it is looked for. label: the class asked for, of a conditional generator.
    steps: of each restart. restarts: begin at the best `restarts` of `candidates` drawn. rate: of Adam at its height,
    in standard deviations of the space. limit: latents stay within +-limit; None: no bound.
    progress: told of steps done, of all. watch: shown the best item (*shape) of each step.
    Raises UserError for a target of another shape and for numbers out of range.
    """
    if min(steps, restarts) < 1 or candidates < max(2, restarts):
        raise UserError(
            f"{steps} steps from {restarts} of {candidates} candidates: take 1 step, and 2 candidates, or more"
        )
    place = Space(generator, space)
    draws = Draws((seed, "invert"), torch.device("cpu"))
    labels = None if label is None else torch.full((candidates,), label)
    with torch.no_grad():
        starts = place.vectors(draw(draws, candidates), labels)
        spread, centre = starts.std(0).clamp_min(1e-6), starts.mean(0) if space == "w" else place.centre
        made = place.made(starts, labels)
        if made.shape[1:] != target.shape:
            raise UserError(f"a picture of {tuple(target.shape)} is none of {tuple(made.shape[1:])}; resize it")
        wanted = None if look is None else look(target[None])
        seen = None if look is None else torch.cat([look(made[c]) for c in chunks(candidates)])
        scale = (made - target).square().mean().clamp_min(1e-12)
        deep = None if seen is None or wanted is None else (seen - wanted).square().mean().clamp_min(1e-12)

    def loss_of(items: Tensor, features: Tensor | None) -> Tensor:
        total = (items - target).square().flatten(1).mean(1) / scale
        if features is not None and wanted is not None and deep is not None:
            total = total + feature_weight * (features - wanted).square().mean(1) / deep
        return total

    def length(moved: Tensor) -> Tensor:
        return ((moved - centre) / spread).square().mean(1)

    begin = loss_of(made, seen).argsort(stable=True)[:restarts]
    vectors = starts[begin]
    own = None if labels is None else labels[:restarts]
    where = ((vectors - centre) / spread).clone().requires_grad_(True)
    optimiser = lean(torch.optim.Adam)([where], lr=rate, betas=(0.9, 0.99))
    best = torch.full((restarts,), math.inf)
    kept = vectors.clone()
    for step in range(steps + 1):
        moved = centre + spread * where
        items = place.items(moved, own).float()
        losses = loss_of(items, None if look is None else look(items))
        with torch.no_grad():
            better = losses < best
            best = torch.where(better, losses, best)
            kept = torch.where(better[:, None], moved.detach(), kept)
        if watch is not None:
            watch(items[int(losses.detach().argmin())].detach())
        if step == steps:
            break
        # the prior pulls only what is farther out than vectors drawn are
        total = losses + prior_weight * (length(moved) - 1).clamp_min(0)
        (where.grad,) = torch.autograd.grad(total.sum(), [where])
        optimiser.param_groups[0]["lr"] = rate * _ramp((step + 0.5) / steps)
        optimiser.step()
        if limit is not None and space == "z":
            with torch.no_grad():
                where.copy_(((centre + spread * where).clamp(-limit, limit) - centre) / spread)
        if progress is not None:
            progress(step + 1, steps)
    with torch.no_grad():
        winner = int(best.argmin())
        vector = kept[winner]
        item = place.made(vector[None], None if own is None else own[:1])[0]
        features = None
        if look is not None and wanted is not None and deep is not None:
            features = float(((look(item[None]) - wanted).square().mean() / deep).sqrt())
        pixels = float((item - target).square().mean().sqrt())
    return Found(vector, item, pixels, features, float(length(vector[None])), best)


def _ramp(share: float) -> float:
    """Of the learning rate: up over the first twentieth, down along a cosine over the last half."""
    up = min(1.0, share / 0.05)
    return up if share < 0.5 else 0.5 + 0.5 * math.cos(2 * math.pi * (share - 0.5))
