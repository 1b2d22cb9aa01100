"""A discriminator that knows its training items by heart."""

from collections.abc import Mapping

from ganwright.health.detectors.base import Detector
from ganwright.health.detectors.reading import lasting, ready, smoothed, verdict
from ganwright.health.diagnosis import Finding
from ganwright.health.history import History
from ganwright.health.thresholds import limit

KIND = "discriminator-overfitting"
NEEDS = ("rank_train_held_out", "rank_real_fake", "rank_held_out_fake", "score_real", "score_held_out", "score_fake")


def _by_heart(values: Mapping[str, float]) -> bool:
    """By ranks, or by scores: how far held-out items are on the way from training items to samples."""
    lost = values["rank_real_fake"] - values["rank_held_out_fake"]
    way = (values["score_real"] - values["score_held_out"]) / max(1e-12, values["score_real"] - values["score_fake"])
    told_apart = values["score_real"] > values["score_fake"] and way >= limit("overfitting_way")
    return values["rank_train_held_out"] >= limit("overfitting_rank") and (
        lost >= limit("overfitting_gap") or told_apart
    )


def find(history: History) -> Finding | None:
    """It ranks training items above other real items, which it takes for samples more often than training items."""
    if not ready(history, NEEDS):
        return None
    kept = lasting(smoothed(history.looks, NEEDS), _by_heart)
    if not kept:
        return None
    now = kept[-1].values
    evidence = {
        "how often a training item ranks above a held-out one": now["rank_train_held_out"],
        "how often a training item ranks above a sample": now["rank_real_fake"],
        "how often a held-out item ranks above a sample": now["rank_held_out_fake"],
    }
    return verdict(history, KIND, kept, evidence, youth=None)


DETECTOR = Detector("it ranks training items above other real items, which count as fake", NEEDS, find)
