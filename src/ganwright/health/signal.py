"""What a signal is."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from ganwright.health.snapshot import Snapshot


@dataclass(frozen=True)
class Signal:
    """A number that says something of a run's health at one tick.

    description: what is measured, in words. unit: of the number.
    range: the least and the most it can be; None: no bound.
    healthy: what it looks like in a run that goes well.
    measure: a pure function of a snapshot; returns a scalar tensor on the run's device, without waiting for it, or a
        number that is known already.
    needs: what a snapshot must have (`Snapshot.has`), without which the signal has no value.
    """

    description: str
    unit: str
    range: tuple[float | None, float | None]
    healthy: str
    measure: Callable[[Snapshot], Tensor | float]
    needs: tuple[str, ...] = ()
