"""A discriminator that stands still, is fooled, or is blind."""

from collections.abc import Mapping

from ganwright.health.detectors.base import Detector
from ganwright.health.detectors.reading import GAINS, lasting, poor, ready, smoothed, verdict, with_logs
from ganwright.health.diagnosis import Finding
from ganwright.health.history import History
from ganwright.health.thresholds import limit

NEEDS = ("rank_real_fake", "distance")
KIND = "discriminator-too-weak"
LOSS = "discriminator/loss"
STEPS = ("update_generator", "update_discriminator")
SCORES = ("rank_real_fake", "score_real", "score_fake")
SLOPES = ("slope_real", "slope_fake", "distance", "coverage_averaged")
RANKS = ("rank_real_fake", "distance", "coverage_averaged")


def find(history: History) -> Finding | None:
    """It is not trained at all; or it ranks poor samples above real items while it hardly moves or moves the wrong way.

    A discriminator that sees but a part of the data ranks samples above the rest of it as well: that is no weakness, so
    that its steps are asked too, where they are known.
    """
    if not ready(history, NEEDS):
        return None
    found = [finding for find in (_untrained, _wrong, _flat, _fooled) if (finding := find(history)) is not None]
    return min(found, key=lambda finding: (finding.severity != "failing", finding.onset_images), default=None)


def _untrained(history: History) -> Finding | None:
    kept = lasting(smoothed(history.looks, STEPS, 1), lambda v: _behind(v, "untrained_ratio"))
    if not kept:
        return None
    now = kept[-1].values
    evidence = {
        "length of the discriminator's steps over its weights": now["update_discriminator"],
        "length of the generator's": now["update_generator"],
    }
    return verdict(history, KIND, kept, evidence, youth=None)


def _behind(values: Mapping[str, float], ratio: str) -> bool:
    return values["update_discriminator"] < limit(ratio) * values["update_generator"]


def _wrong(history: History) -> Finding | None:
    """It is sure of the opposite."""
    kept = lasting(
        smoothed(history.looks, SCORES),
        lambda v: v["rank_real_fake"] <= limit("weak_rank") and v["score_fake"] - v["score_real"] >= limit("wrong_gap"),
    )
    if not kept:
        return None
    now = kept[-1].values
    evidence = {
        "rank accuracy": now["rank_real_fake"],
        "mean score of samples": now["score_fake"],
        "mean score of real items": now["score_real"],
    }
    return verdict(history, KIND, kept, evidence)


def _flat(history: History) -> Finding | None:
    """It gives nearly the same score to everything and its loss does not move, since weights are held too small or a
    penalty is too heavy; and its samples are not like the data."""

    def flat(values: Mapping[str, float]) -> bool:
        return _unlike(values) and max(values["slope_real"], values["slope_fake"]) <= limit("flat_slope")

    kept = lasting(smoothed(with_logs(history, [LOSS]), (*SLOPES, LOSS)), flat)
    if not kept:
        return None
    now = kept[-1].values
    losses = [look.values[LOSS] for look in kept]
    if max(losses) - min(losses) > limit("flat_loss") * abs(now[LOSS]) + limit("flat_noise"):
        return None
    evidence = {
        "discriminator's slope at samples": now["slope_fake"],
        "discriminator's slope at real items": now["slope_real"],
        "discriminator's loss, which stays": now[LOSS],
        "distance to the data, real to real 1": now["distance"],
    }
    return verdict(history, KIND, kept, evidence)


def _unlike(values: Mapping[str, float]) -> bool:
    """Samples are not like the data: farther from it, or they reach too little of it."""
    return values["distance"] >= limit("flat_distance") or values["coverage_averaged"] <= limit("poor_coverage")


def _fooled(history: History) -> Finding | None:
    """Where the settings explain it, samples that are not like the data are enough: they need not be poor."""
    steps_known = all(len(history.signal(name)) for name in STEPS)
    explained = KIND in history.explains

    def fooled(values: Mapping[str, float]) -> bool:
        if explained and _unlike(values) and values["rank_real_fake"] <= limit("unseen_rank"):
            return True
        slow = not steps_known or _behind(values, "slow_ratio")
        return poor(values) and values["rank_real_fake"] <= limit("weak_rank" if slow else "wrong_rank")

    kept = lasting(smoothed(history.looks, (*RANKS, *STEPS) if steps_known else RANKS), fooled)
    if not kept:
        return None
    now = kept[-1].values
    evidence = {
        "rank accuracy": now["rank_real_fake"],
        "distance to the data, real to real 1": now["distance"],
        "share of real items reached": now["coverage_averaged"],
    }
    return verdict(history, KIND, kept, evidence, youth="long_youth", gains=GAINS)


DETECTOR = Detector("it is not trained, or ranks samples that are not like the data as high as real items", NEEDS, find)
