"""A generator that runs from one kind of sample to another."""

from collections.abc import Mapping

from ganwright.health.detectors.base import Detector
from ganwright.health.detectors.reading import GAINS, lasting, ready, runs_about, smoothed, verdict
from ganwright.health.diagnosis import Finding
from ganwright.health.history import History
from ganwright.health.thresholds import limit

KIND = "mode-hopping"
NEEDS = ("distance", "drift", "left_out_live", "coverage_live")


def _hops(values: Mapping[str, float]) -> bool:
    """What is made resembles real items, or else the samples swing, which is divergence."""
    return runs_about(values) and values["coverage_live"] > limit("swinging_coverage")


def find(history: History) -> Finding | None:
    """Between looks the samples go as far as the data is away, and at each look most of the data is left out."""
    if not ready(history, NEEDS):
        return None
    kept = lasting(smoothed(history.looks, NEEDS), _hops)
    if not kept:
        return None
    now = kept[-1].values
    evidence = {
        "way since the last look, real to real 1": now["drift"],
        "distance to the data, real to real 1": now["distance"],
        "share of the data left out at a time": now["left_out_live"],
    }
    return verdict(history, KIND, kept, evidence, youth="long_youth", gains=GAINS)


DETECTOR = Detector(
    "the samples go as far between looks as they are from the data, and leave most of it out each time", NEEDS, find
)
