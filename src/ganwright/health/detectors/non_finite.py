"""Numbers that are not finite."""

import math

from ganwright.health.detectors.base import Detector
from ganwright.health.diagnosis import Finding
from ganwright.health.history import History

COUNTS = ("nonfinite_samples", "nonfinite_scores", "nonfinite_weights")


def find(history: History) -> Finding | None:
    """A number that is not finite, in weights, samples, scores or the log, and that has not become finite again."""
    if history.nonfinite:
        return Finding("failing", history.nonfinite[0][0], {"numbers that are not finite": math.nan})
    counts = [(m.num_images, max(m.values.get(name, 0.0) for name in COUNTS)) for m in history.looks]
    logged = [(m.num_images, 0.0 if all(map(math.isfinite, m.values.values())) else math.nan) for m in history.logs]
    found = sorted(filter(None, (_newest(counts), _newest(logged))))
    return Finding("failing", found[0][0], {"numbers that are not finite": found[0][1]}) if found else None


def _newest(counts: list[tuple[int, float]]) -> tuple[int, float] | None:
    """Since when there have been some without a break, and how many at first; None where there are none now."""
    last = None
    for num, count in reversed(counts):
        if not count:
            break
        last = (num, count)
    return last


DETECTOR = Detector("a weight, sample, score or logged number is not finite", (), find)
