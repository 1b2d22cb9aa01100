"""Parts of the data that are never made."""

from collections.abc import Mapping
from itertools import accumulate
from statistics import fmean

from ganwright.health.detectors.base import Detector
from ganwright.health.detectors.reading import (
    GAINS,
    from_the_first,
    lasting,
    on_its_way,
    only_watch,
    poor,
    ready,
    smoothed,
    verdict,
    with_logs,
)
from ganwright.health.diagnosis import Finding
from ganwright.health.history import History, Moment
from ganwright.health.thresholds import limit

KIND = "partial-collapse"
LOSS = "discriminator/loss"
RANKS = ("rank_real_fake", "distance", "coverage_averaged")
NEEDS = ("left_out_live", "left_out_averaged", "coverage_averaged")
DRAWN = ("coverage_averaged", "diversity_averaged", "distance")
SEEN = ("left_out_live", "score_real", "score_fake", "rank_real_fake")
TAUGHT = ("discriminator/real_score", "discriminator/fake_score")


def find(history: History) -> Finding | None:
    """Regions of the data stay without samples; or part of the data does not reach the discriminator."""
    if not ready(history, NEEDS):
        return None
    found = [
        finding for finding in (_unseen(history), _drawn_together(history), _left_out(history)) if finding is not None
    ]
    return min(found, key=lambda finding: finding.severity != "failing", default=None)


def _left_out(history: History) -> Finding | None:
    """Regions without samples of either generator.

    Where it was never otherwise, nothing else may get better either: part of the data comes late in healthy runs too.
    """
    least = limit("partial_left_out")
    looks = smoothed(history.looks, NEEDS, int(limit("long_smoothing_looks")))
    kept = lasting(looks, lambda v: min(v["left_out_live"], v["left_out_averaged"]) >= least)
    gains = GAINS if from_the_first(history, kept) else ["left_out_averaged"]
    if not kept or _nothing_passes(history):
        return None
    if from_the_first(history, kept) and _falls(kept):
        return None
    now = kept[-1].values
    evidence = {
        "share of the data left out, live": now["left_out_live"],
        "share of the data left out, averaged": now["left_out_averaged"],
        "share of real items reached": now["coverage_averaged"],
    }
    found = verdict(history, KIND, kept, evidence, slow=True, youth="long_youth", gains=gains)
    learns = _hardly_passes(history) or (from_the_first(history, kept) and on_its_way(history))
    return found if KIND in history.explains or not learns else only_watch(found)


def _falls(kept: list[Moment]) -> bool:
    """Whether clearly less is left out in the last third of the looks than in the one before."""
    third = max(1, len(kept) // 3)
    lost = [look.values["left_out_averaged"] for look in kept]
    return fmean(lost[-third:]) < limit("partial_falls") * fmean(lost[-2 * third : -third] or lost)


def _nothing_passes(history: History) -> bool:
    """Whether every sample ranks below real items: what is left out is then a consequence."""
    ranks = smoothed(history.looks, RANKS)
    return bool(ranks) and ranks[-1].values["rank_real_fake"] >= limit("strong_rank") and poor(ranks[-1].values)


def _hardly_passes(history: History) -> bool:
    """Whether nearly every sample ranks below real items: what is left out may then be not yet learnt.

    Ranks of critics, whose losses go below zero, say nothing of it: these see through samples to the end.
    """
    loss, ranks = history.scalar(LOSS), smoothed(history.looks, RANKS, int(limit("very_long_smoothing_looks")))
    critic = bool(len(loss)) and loss.low <= -limit("unbounded_loss")
    return bool(ranks) and not critic and ranks[-1].values["rank_real_fake"] >= limit("hardly_rank")


def _unseen(history: History) -> Finding | None:
    """The discriminator tells samples from the items that it is given, yet ranks samples above fixed training items:
    it is given others than these, and regions of the data are left out."""
    looks = smoothed(with_logs(history, TAUGHT), (*SEEN, *TAUGHT), int(limit("long_smoothing_looks")))

    def unseen(values: Mapping[str, float]) -> bool:
        fixed = values["score_real"] - values["score_fake"]
        given = values["discriminator/real_score"] - values["discriminator/fake_score"]
        lost = values["left_out_live"]
        beaten = values["rank_real_fake"] <= limit("unseen_rank") and given >= limit("unseen_noise") * fixed
        less = given > 0 and fixed <= limit("unseen_gap") * given
        return (beaten and lost >= limit("unseen_left_out")) or (less and lost >= limit("hopping_left_out"))

    kept = lasting(looks, unseen)
    if not kept:
        return None
    now = kept[-1].values
    evidence = {
        "share of the data left out": now["left_out_live"],
        "rank accuracy on fixed training items": now["rank_real_fake"],
        "D's gap on what it is given": now["discriminator/real_score"] - now["discriminator/fake_score"],
        "D's gap on fixed training items": now["score_real"] - now["score_fake"],
    }
    return verdict(history, KIND, kept, evidence)


def _drawn_together(history: History) -> Finding | None:
    """Samples reach little of what they had reached, lie closer together than the data, and farther from it.

    The reach alone says nothing: healthy games on points lose it and find it again, with samples as far apart as ever.
    """
    looks = smoothed(history.looks, DRAWN, int(limit("long_smoothing_looks")))
    most = accumulate((look.values["coverage_averaged"] for look in looks), max)
    kept = lasting(
        [Moment(look.num_images, {**look.values, "most": best}) for look, best in zip(looks, most, strict=True)],
        lambda v: (
            v["most"] >= limit("worth_losing")
            and v["coverage_averaged"] <= limit("lost_cover") * v["most"]
            and v["diversity_averaged"] <= limit("drawn_together")
            and v["distance"] >= limit("drawn_away")
        ),
    )
    if not kept:
        return None
    now = kept[-1].values
    evidence = {
        "share of real items reached": now["coverage_averaged"],
        "the most it had been": now["most"],
        "samples' diversity, data 1": now["diversity_averaged"],
        "distance to the data, real to real 1": now["distance"],
    }
    return verdict(history, KIND, kept, evidence, slow=True, youth=None)


DETECTOR = Detector("regions of the data stay without samples, or never reach the discriminator", NEEDS, find)
