"""Which classes the samples fall into, where a classifier of the data's classes exists."""

from torch import Tensor

from ganwright.health.diversity import RARE
from ganwright.health.signal import Signal
from ganwright.health.snapshot import Snapshot

NEEDS = ("a classifier",)


def _shares(s: Snapshot) -> tuple[Tensor, Tensor]:
    assert s.class_shares is not None
    assert s.real.class_shares is not None
    return s.class_shares, s.real.class_shares


def classes_left_out(s: Snapshot) -> Tensor:
    """Share of the data in classes that samples fall into less than `RARE` times as often as real items."""
    made, real = _shares(s)
    return ((made < RARE * real) * real).sum() + 0 * made.sum()


def class_gap(s: Snapshot) -> Tensor:
    """Total variation distance of the samples' class shares from those of the data: half the sum of differences."""
    made, real = _shares(s)
    return (made - real).abs().sum() / 2


CLASSES: dict[str, Signal] = {
    "classes_left_out": Signal(
        "share of the data in classes that samples of the live generator fall into less than a quarter as often as "
        "real items, by a classifier",
        "share",
        (0, 1),
        "0; above it classes are lost, as in a partial collapse",
        classes_left_out,
        NEEDS,
    ),
    "class_gap": Signal(
        "total variation distance between the shares of classes among samples of the live generator and in the data",
        "share",
        (0, 1),
        "falls towards the 0.1 or so that chance makes of 128 samples in ten classes",
        class_gap,
        NEEDS,
    ),
}
