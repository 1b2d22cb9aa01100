"""Do samples come closer to the training items than to real items that were not trained on?"""

from typing import cast

from torch import Tensor

from ganwright.health.signal import Signal
from ganwright.health.snapshot import Snapshot, distances, share

NEEDS = ("held-out items",)


def _gaps(s: Snapshot) -> tuple[Tensor, Tensor]:
    """Distances (N,) of averaged samples to the nearest of equally many training and held-out items."""
    rows = s.real.train_rows, cast("Tensor", s.real.held_out_rows)
    train, held_out = (distances(s.averaged.features, r).min(1).values for r in rows)
    return train, held_out


def nearest_train_share(s: Snapshot) -> Tensor:
    """Of samples, those whose nearest real item is a training item; ties count half.

    Both kinds of real items are equally many and from one distribution, so that samples that were made without the
    training items come to 1/2, be they good or bad.
    """
    train, held_out = _gaps(s)
    return share(train < held_out, train) + 0.5 * share(train == held_out, train)


def nearest_ratio(s: Snapshot) -> Tensor:
    """Median distance of samples to the nearest training item over that of held-out items (Meehan et al. 2020).

    It looks through many more training items than there are held-out ones, so that copies of any of them are found.
    """
    known, gap = (cast("Tensor", t) for t in (s.real.known_rows, s.real.held_out_gap))
    return distances(s.averaged.features, known).min(1).values.median() / gap.clamp_min(1e-12)


MEMORY: dict[str, Signal] = {
    "nearest_train_share": Signal(
        "share of the averaged generator's samples whose nearest real item, of equally many training and held-out "
        "ones, is a training item",
        "share",
        (0, 1),
        "near 0.5, however good the samples are; towards 1 they are made after training items",
        nearest_train_share,
        NEEDS,
    ),
    "nearest_ratio": Signal(
        "median distance of the averaged generator's samples to the nearest training item over that of held-out real "
        "items",
        "ratio",
        (0, None),
        "falls towards 1; far above 1 samples are unlike the data, towards 0 they are copies",
        nearest_ratio,
        NEEDS,
    ),
}
