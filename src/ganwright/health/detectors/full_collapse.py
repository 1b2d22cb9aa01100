"""Nearly the same few samples, whatever the latents are."""

from collections.abc import Mapping

from ganwright.health.detectors.base import Detector
from ganwright.health.detectors.reading import GAINS, from_the_first, lasting, ready, smoothed, verdict
from ganwright.health.diagnosis import Finding
from ganwright.health.history import History
from ganwright.health.thresholds import limit

KIND = "full-collapse"
NEEDS = ("diversity_live", "distinct_live", "duplicates_live", "vendi_live")
SIDES = ("live", "averaged")


def find(history: History) -> Finding | None:
    """Every sample has a near duplicate among a few pictures, or all lie close together, for several looks.

    Those of the averaged generator count as well: they are what the run delivers.
    """
    if not ready(history, NEEDS):
        return None
    found = [finding for side in SIDES if (finding := _find(history, side)) is not None]
    return min(found, key=lambda finding: (finding.severity != "failing", finding.onset_images), default=None)


def _find(history: History, side: str) -> Finding | None:
    diversity, distinct, duplicates, vendi = (f"{n}_{side}" for n in ("diversity", "distinct", "duplicates", "vendi"))
    best = max((look.values[vendi] for look in smoothed(history.looks, [vendi])), default=0.0)

    def collapsed(values: Mapping[str, float]) -> bool:
        doubled = values[duplicates] >= limit("collapse_duplicates") and values[distinct] <= limit("collapse_distinct")
        fell = values[vendi] <= limit("collapse_fall") * best and values[diversity] <= limit("collapse_flocking")
        return doubled or fell or values[diversity] <= limit("collapse_diversity")

    kept = lasting(smoothed(history.looks, (diversity, distinct, duplicates, vendi)), collapsed)
    if not kept:
        return None
    now = kept[-1].values
    single = max(look.values[diversity] for look in kept) <= limit("collapse_single")
    evidence = {
        f"diversity of samples ({side}), data 1": now[diversity],
        "share of them with a near duplicate": now[duplicates],
        "share of them that are distinct": now[distinct],
    }
    gains = GAINS if not single and from_the_first(history, kept) else ()
    return verdict(history, KIND, kept, evidence, youth=None if single else "youth", gains=gains)


DETECTOR = Detector("samples are near duplicates of a few, or lie close together, look after look", NEEDS, find)
