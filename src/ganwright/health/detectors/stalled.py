"""A generator that no longer moves."""

from collections.abc import Mapping
from statistics import median

from ganwright.health.detectors.base import Detector
from ganwright.health.detectors.reading import lasting, ready, smoothed, verdict
from ganwright.health.diagnosis import Finding
from ganwright.health.history import History
from ganwright.health.thresholds import limit

KIND = "stalled"
NEEDS = ("update_generator", "distance", "coverage_averaged")


def find(history: History) -> Finding | None:
    """The generator's steps are as good as none, before its samples are like the data."""
    if not ready(history, NEEDS):
        return None
    looks = smoothed(history.looks, NEEDS, 1)
    if not looks:
        return None
    usual = median(look.values["update_generator"] for look in looks[: int(limit("warm_up_looks"))])
    least = max(limit("stalled_update"), limit("stalled_share") * usual)

    def stands(values: Mapping[str, float]) -> bool:
        poor = values["distance"] >= limit("stalled_distance") or values["coverage_averaged"] <= limit(
            "stalled_coverage"
        )
        return values["update_generator"] <= least and poor

    kept = lasting(looks, stands)
    if not kept or _hears_nothing(history):
        return None
    now = kept[-1].values
    evidence = {
        "length of the generator's steps over its weights": now["update_generator"],
        "the same early in the run": usual,
        "distance to the data, real to real 1": now["distance"],
        "share of real items reached": now["coverage_averaged"],
    }
    return verdict(history, KIND, kept, evidence, youth=None)


def _hears_nothing(history: History) -> bool:
    """True where the steps are none because no gradient reaches the generator: that has other causes."""
    heard = history.signal("gradient_generator")
    return bool(len(heard)) and heard.last <= limit("vanished_gradient")


DETECTOR = Detector("the generator's steps are as good as none before its samples are like the data", NEEDS, find)
