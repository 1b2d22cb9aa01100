"""A discriminator that nothing passes, and a generator that learns nothing from it."""

from ganwright.health.detectors.base import Detector
from ganwright.health.detectors.reading import GAINS, lasting, on_its_way, only_watch, poor, ready, smoothed, verdict
from ganwright.health.diagnosis import Finding
from ganwright.health.history import History
from ganwright.health.thresholds import limit

KIND = "discriminator-too-strong"
NEEDS = ("rank_real_fake", "distance", "coverage_averaged")


def find(history: History) -> Finding | None:
    """Every sample ranks below real items, the samples are poor, and nothing gets better.

    Rank accuracy of 1 alone is no failure: critics held by a gradient penalty stay there and teach all the while.
    Where settings make steps that are too large for any game, that is the cause, and it is told as divergence.
    """
    if not ready(history, NEEDS):
        return None
    looks = smoothed(history.looks, NEEDS)
    kept = lasting(looks, lambda v: v["rank_real_fake"] >= limit("strong_rank") and poor(v))
    if not kept or _explodes(history, kept[0].num_images):
        return None
    if "divergence" in history.explains and KIND not in history.explains:
        return None
    now = kept[-1].values
    evidence = {
        "rank accuracy": now["rank_real_fake"],
        "distance to the data, real to real 1": now["distance"],
        "share of real items reached": now["coverage_averaged"],
    }
    found = verdict(history, KIND, kept, evidence, youth="long_youth", gains=GAINS)
    return only_watch(found) if on_its_way(history) and KIND not in history.explains else found


def _explodes(history: History, since: int) -> bool:
    """Whether the generator's gradient is many times what it ever was before, or its steps are too long to keep any of
    what was learnt: then it lacks no signal, but diverges."""
    heard, steps = history.signal("gradient_generator"), smoothed(history.looks, ["update_generator"])
    before = [value for images, value in zip(heard.images, heard.values, strict=True) if images < since]
    before = before[: -int(limit("smoothing_looks"))]  # an onset is told late by the smoothing
    exploded = len(before) >= limit("warm_up_looks") and heard.last >= limit("exploded_gradient") * max(before)
    return exploded or bool(steps and steps[-1].values["update_generator"] >= limit("update_too_long"))


DETECTOR = Detector("no sample passes, the samples are poor, and nothing gets better", NEEDS, find)
