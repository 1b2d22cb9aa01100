"""How different the samples are from each other, and how much of the data they reach."""

from collections.abc import Callable, Iterator

from torch import Tensor

from ganwright.health import regions
from ganwright.health.signal import Signal
from ganwright.health.snapshot import Cloud, Snapshot, distances, share

Side = Callable[[Snapshot], Cloud]

RARE = 0.25
"""A region of the data counts as left out where samples lie in it less than this times as often as real items."""


def coverage(s: Snapshot, samples: Cloud) -> Tensor:
    """Share of real items with a sample closer than their 5th nearest other real item (Naeem et al. 2020, eq. 10)."""
    reached = distances(s.real.cloud.features, samples.features).min(1).values
    return share(reached <= s.real.radii, reached)


def left_out(s: Snapshot, samples: Cloud) -> Tensor:
    """Share of the data that lies in regions where samples are `RARE`.

    What few samples do not hide: a region is large, and a poor sample still lies in the one that it resembles (bins as
    in Richardson and Weiss 2018).
    """
    made = regions.shares(samples.features, s.real.centres)
    rare = made < RARE * s.real.region_shares
    return (rare * s.real.region_shares).sum() + 0 * samples.features.sum()


def _of(name: str, who: str, side: Side) -> Iterator[tuple[str, Signal]]:
    yield (
        f"diversity_{name}",
        Signal(
            f"mean distance of two samples of {who} over that of two real items",
            "ratio",
            (0, None),
            "near 1; 0 where all samples are the same",
            lambda s: side(s).mean_distance / s.real.scale,
        ),
    )
    yield (
        f"vendi_{name}",
        Signal(
            f"effective number of different samples of {who} (Vendi score of order 2, Gaussian kernel half as wide as "
            "two real items lie apart) over that of as many real items",
            "ratio",
            (0, None),
            "near 1; lower where samples flock together",
            lambda s: side(s).effective_number(s.real.resolution) / s.real.effective_number,
        ),
    )
    yield (
        f"distinct_{name}",
        Signal(
            f"number of distinct samples of {who}, near duplicates being one: 1 over the chance that two collide, over "
            "the number of samples",
            "share",
            (0, 1),
            "near 1: no two are alike; 3 / N where there are three pictures",
            lambda s: side(s).distinct_number(s.real.near) / side(s).num,
        ),
    )
    yield (
        f"duplicates_{name}",
        Signal(
            f"share of samples of {who} that have a near duplicate among the others",
            "share",
            (0, 1),
            "near 0; 1 where all samples are the same",
            lambda s: share(side(s).nearest <= s.real.near, side(s).nearest),
        ),
    )
    yield (
        f"coverage_{name}",
        Signal(
            f"share of real items with a sample of {who} closer than their 5th nearest real item",
            "share",
            (0, 1),
            "rises; 0.97 for samples that are like the data; low for long, part of the data is left out",
            lambda s: coverage(s, side(s)),
        ),
    )
    yield (
        f"left_out_{name}",
        Signal(
            f"share of the data in regions (of {regions.NUM}, by k-means) where samples of {who} lie less than a "
            "quarter as often as real items",
            "share",
            (0, 1),
            "near 0; above it parts of the data are never made, however good the samples are",
            lambda s: left_out(s, side(s)),
        ),
    )


DIVERSITY: dict[str, Signal] = {
    **dict(_of("live", "the live generator, from new latents", lambda s: s.live)),
    **dict(_of("averaged", "the averaged generator, from the same latents", lambda s: s.averaged)),
}
