"""A critic whose scores know no bound."""

from ganwright.health.detectors.base import Detector
from ganwright.health.detectors.reading import lasting, ready, smoothed, verdict
from ganwright.health.diagnosis import Finding
from ganwright.health.history import History
from ganwright.health.thresholds import limit

KIND = "unbounded-critic"
LOSS = "discriminator/loss"
STEEP = ("score_real", "score_fake", "slope_real", "slope_fake")
NEEDS = (*STEEP, LOSS)


def find(history: History) -> Finding | None:
    """The critic is many times as steep as a held one, and its loss rewards that: it has been below zero.

    Losses of classifiers, of hinge and of least squares never are, and reward no gap beyond a few logits.
    """
    if not ready(history, NEEDS):
        return None
    loss = history.scalar(LOSS)
    if not loss.low <= -limit("unbounded_loss"):
        return None
    looks = smoothed(history.looks, STEEP)
    kept = lasting(looks, lambda v: max(v["slope_real"], v["slope_fake"]) >= limit("unbounded_slope"))
    if not kept:
        return None
    now = kept[-1].values
    evidence = {
        "critic's slope at samples, 1 if held": now["slope_fake"],
        "critic's slope at real items": now["slope_real"],
        "gap between mean scores": now["score_real"] - now["score_fake"],
        "critic's lowest loss": loss.low,
    }
    return verdict(history, KIND, kept, evidence, youth=None)


DETECTOR = Detector("the critic is steep, and its loss rewards that", NEEDS, find)
