"""Players that overshoot each other."""

from collections.abc import Mapping

from ganwright.health.detectors.base import Detector
from ganwright.health.detectors.reading import (
    GAINS,
    from_the_first,
    lasting,
    poor,
    ready,
    runs_about,
    smoothed,
    verdict,
)
from ganwright.health.diagnosis import Finding
from ganwright.health.history import History
from ganwright.health.thresholds import limit

KIND = "divergence"
NEEDS = ("distance",)
SCORES = ("score_real", "score_fake")
ABOUT = ("distance", "drift", "left_out_live", "coverage_live")
POOR = ("distance", "coverage_averaged")
RESTLESS = ("coverage_averaged", "movement", "rank_real_fake")
STEPS = ("distance", "coverage_averaged", "coverage_live", "update_generator", "update_discriminator")


def find(history: History) -> Finding | None:
    """The samples went far away from the data again, or steps are so long that poor samples stay poor."""
    if not ready(history, NEEDS):
        return None
    found = [
        finding
        for look in (_exploded, _away, _too_long, _swings, _restless, _overshoots)
        if (finding := look(history)) is not None
    ]
    return min(found, key=lambda finding: (finding.severity != "failing", finding.onset_images), default=None)


def _exploded(history: History) -> Finding | None:
    """Scores are larger than any game needs."""

    def large(values: Mapping[str, float]) -> bool:
        return max(abs(values["score_real"]), abs(values["score_fake"])) >= limit("exploded_score")

    kept = lasting(smoothed(history.looks, SCORES), large)
    if not kept:
        return None
    now = kept[-1].values
    evidence = {"mean score of samples": now["score_fake"], "mean score of real items": now["score_real"]}
    return verdict(history, KIND, kept, evidence, youth=None)


def _away(history: History) -> Finding | None:
    looks = smoothed(history.looks, NEEDS)
    if not looks:
        return None
    best = min(look.values["distance"] for look in looks)
    far = max(limit("diverged_factor") * best, limit("diverged_distance"))
    kept = lasting(looks, lambda v: v["distance"] >= far)
    if not kept or best == kept[-1].values["distance"]:
        return None
    evidence = {"distance to the data, real to real 1": kept[-1].values["distance"], "the least it had been": best}
    return verdict(history, KIND, kept, evidence, youth=None)


def _too_long(history: History) -> Finding | None:
    def far(values: Mapping[str, float]) -> bool:
        steps = max(values["update_generator"], values["update_discriminator"])
        lost = poor(values) and values["coverage_live"] <= limit("no_coverage")
        return lost and steps >= limit("update_too_long")

    kept = lasting(smoothed(history.looks, STEPS, int(limit("long_smoothing_looks"))), far)
    if not kept:
        return None
    now = kept[-1].values
    evidence = {
        "length of the generator's steps over its weights": now["update_generator"],
        "length of the discriminator's": now["update_discriminator"],
        "distance to the data, real to real 1": now["distance"],
    }
    return verdict(history, KIND, kept, evidence, gains=GAINS)


def _overshoots(history: History) -> Finding | None:
    """Settings make the steps too large, and the samples stay poor."""
    if "divergence" not in history.explains:
        return None
    kept = lasting(smoothed(history.looks, POOR), poor)
    if not kept:
        return None
    now = kept[-1].values
    evidence = {
        "distance to the data, real to real 1": now["distance"],
        "share of real items reached": now["coverage_averaged"],
    }
    return verdict(history, KIND, kept, evidence, gains=GAINS)


def _swings(history: History) -> Finding | None:
    """Samples run about where no data is."""
    looks = smoothed(history.looks, ABOUT, int(limit("long_smoothing_looks")))
    kept = lasting(looks, lambda v: runs_about(v) and v["coverage_live"] <= limit("swinging_coverage"))
    if not kept:
        return None
    now = kept[-1].values
    evidence = {
        "way since the last look, real to real 1": now["drift"],
        "distance to the data, real to real 1": now["distance"],
        "share of real items reached at a time": now["coverage_live"],
    }
    return verdict(history, KIND, kept, evidence, gains=GAINS)


def _restless(history: History) -> Finding | None:
    """Nothing of the data was ever reached, some samples pass, and averaged ones still go far from look to look."""

    def restless(values: Mapping[str, float]) -> bool:
        nothing = values["coverage_averaged"] <= limit("no_coverage") and values["rank_real_fake"] < limit(
            "strong_rank"
        )
        return nothing and values["movement"] >= limit("restless_movement")

    kept = lasting(smoothed(history.looks, RESTLESS, int(limit("long_smoothing_looks"))), restless)
    if not from_the_first(history, kept):
        return None
    now = kept[-1].values
    evidence = {"way of the same latents' samples since the last look": now["movement"]}
    evidence["share of real items reached"] = now["coverage_averaged"]
    return verdict(history, KIND, kept, evidence, youth="long_youth", gains=GAINS)


DETECTOR = Detector("the samples go away from the data again, or stay far while steps are long", NEEDS, find)
