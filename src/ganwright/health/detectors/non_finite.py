"""Numbers that are not finite."""

import math

from ganwright.health.detectors.base import Detector
from ganwright.health.diagnosis import Finding
from ganwright.health.history import History

COUNTS = ("nonfinite_samples", "nonfinite_scores", "nonfinite_weights")


def find(history: History) -> Finding | None:
    """Any number that is not finite, in weights, samples, scores or the log."""
    if history.nonfinite:
        return Finding("failing", history.nonfinite[0][0], {"numbers that are not finite": math.nan})
    bad = [(m.num_images, max(m.values.get(name, 0.0) for name in COUNTS)) for m in history.looks]
    bad += [(m.num_images, math.nan) for m in history.logs if not all(map(math.isfinite, m.values.values()))]
    found = sorted((n, count) for n, count in bad if count)
    return Finding("failing", found[0][0], {"numbers that are not finite": found[0][1]}) if found else None


DETECTOR = Detector("a weight, sample, score or logged number is not finite", (), find)
