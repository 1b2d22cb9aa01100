"""Where the distribution of the samples is, and how far it went since the last tick."""

from typing import cast

from torch import Tensor

from ganwright.health.signal import Signal
from ganwright.health.snapshot import Last, Snapshot

NEEDS = ("the tick before",)


def _last(s: Snapshot) -> Last:
    return cast("Last", s.last)


def distance(s: Snapshot) -> Tensor:
    """Sliced Wasserstein distance of live samples to real items over that of real items to real items."""
    return s.shadows.live.distance(s.real.shadows) / s.real.floor.clamp_min(1e-12)


def drift(s: Snapshot) -> Tensor:
    """The same to the live samples of the tick before."""
    return s.shadows.live.distance(_last(s).live) / s.real.floor.clamp_min(1e-12)


def movement(s: Snapshot) -> Tensor:
    """Mean way of the fixed latents' samples since the tick before over the distance of two real items, projected."""
    way = (s.shadows.averaged.of - _last(s).averaged.of).norm(dim=1).mean()
    return way / s.real.shadow_scale.clamp_min(1e-12)


DRIFT: dict[str, Signal] = {
    "distance": Signal(
        "sliced Wasserstein distance of the live generator's samples to real items over that between two sets of real "
        "items of the same size",
        "ratio",
        (0, None),
        "falls towards 1, which is real against real",
        distance,
    ),
    "drift": Signal(
        "the same distance between the live generator's samples of this tick and of the one before",
        "ratio",
        (0, None),
        "falls towards 1; a generator that runs from mode to mode keeps it as high as distance",
        drift,
        NEEDS,
    ),
    "movement": Signal(
        "how far the same latents' samples of the averaged generator went since the tick before, over the distance of "
        "two real items",
        "ratio",
        (0, None),
        "falls slowly; 0 where nothing is learnt any more, near 1 where each tick has other pictures",
        movement,
        NEEDS,
    ),
}
