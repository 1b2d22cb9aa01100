"""A generator that copies training items."""

from collections.abc import Mapping

from ganwright.health.detectors.base import Detector
from ganwright.health.detectors.reading import lasting, ready, smoothed, verdict
from ganwright.health.diagnosis import Finding
from ganwright.health.history import History
from ganwright.health.thresholds import limit

KIND = "memorisation"
NEEDS = ("nearest_train_share", "nearest_ratio", "diversity_averaged")


def _copies(values: Mapping[str, float]) -> bool:
    return values["nearest_ratio"] <= limit("copies_ratio") and values["diversity_averaged"] >= limit(
        "copies_diversity"
    )


def find(history: History) -> Finding | None:
    """Samples vary, and lie much closer to some training item than other real items do."""
    if not ready(history, NEEDS):
        return None
    kept = lasting(smoothed(history.looks, NEEDS), _copies)
    if not kept:
        return None
    now = kept[-1].values
    evidence = {
        "share of samples nearest to a training item": now["nearest_train_share"],
        "distance to training items, held-out items 1": now["nearest_ratio"],
        "samples' diversity, data 1": now["diversity_averaged"],
    }
    return verdict(history, KIND, kept, evidence, youth=None)


DETECTOR = Detector("samples lie much closer to training items than other real items do", NEEDS, find)
