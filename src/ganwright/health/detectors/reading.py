"""How detectors read a history: values without their noise, what has lasted, what still gets better.

Time is told in looks and in shares of those so far, since ticks have any length and a log of another program does not
say how long its run will be.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import pairwise
from statistics import fmean, median

from ganwright.health.diagnosis import Finding
from ganwright.health.history import History, Moment
from ganwright.health.thresholds import limit

Holds = Callable[[Mapping[str, float]], bool]

GAINS = {
    "distance": ("progress_distance", -1, True),
    "coverage_averaged": ("progress_coverage", 1, False),
    "left_out_averaged": ("progress_left_out", -1, False),
}
"""Signals of quality: threshold of what counts as a gain, its sign, and whether it is a share of what there was."""


def smoothed(moments: list[Moment], names: Iterable[str], num: int | None = None) -> list[Moment]:
    """Of each look, the medians of the last `num` values: one odd look in three changes nothing.

    A look at which one of the names has no value yet is left out, so that a condition on all of them can be asked.
    """
    names, num = tuple(names), num or int(limit("smoothing_looks"))
    found = []
    recent: dict[str, list[float]] = {name: [] for name in names}
    for moment in moments:
        for name in names:
            value = moment.values.get(name)
            if value is not None and math.isfinite(value):
                recent[name] = [*recent[name], value][-num:]
        if all(recent.values()):
            found.append(Moment(moment.num_images, {name: median(values) for name, values in recent.items()}))
    return found


def with_logs(history: History, names: Iterable[str]) -> list[Moment]:
    """The looks, each with the means of what was logged under these names since the look before."""
    names, found = tuple(names), []
    logs = iter(history.logs)
    entry = next(logs, None)
    for look in history.looks:
        since: dict[str, list[float]] = {}
        while entry is not None and entry.num_images <= look.num_images:
            for name in names:
                if name in entry.values:
                    since.setdefault(name, []).append(entry.values[name])
            entry = next(logs, None)
        found.append(Moment(look.num_images, {**look.values, **{name: fmean(v) for name, v in since.items()}}))
    return found


def lasting(moments: list[Moment], holds: Holds) -> list[Moment]:
    """The newest moments, back to the first from which on it holds; a single lapse among others that hold is forgiven.

    Empty where it does not hold at the newest.
    """
    first = len(moments)
    for index in range(len(moments) - 1, -1, -1):
        if holds(moments[index].values):
            first = index
        elif first == len(moments) or first - index > 1:
            break
    return moments[first:]


def patience(history: History, share: str = "patience_share", least: str = "patience_looks") -> int:
    """Looks that a state must have lasted: a few, a share of those so far, and a share of the run's where it is known.

    share, least: names of the thresholds of that share of looks so far, and of how few are enough.
    """
    so_far = limit(share) * len(history.looks)
    return max(int(limit(least)), round(max(so_far, limit("patience_run_share") * _looks_in_all(history))))


def _looks_in_all(history: History) -> float:
    """How many looks the whole run will have; 0 where its length is not known."""
    times = [moment.num_images for moment in history.looks]
    if history.total_images is None or len(times) < 2:
        return 0.0
    return history.total_images / max(1.0, median(after - before for before, after in pairwise(times)))


def ready(history: History, needs: Iterable[str]) -> bool:
    """False while the run, or what goes on after a recovery, is too young, as every run looks ill at first; and where
    something that is needed was never measured."""
    num = sum(moment.num_images > history.begun for moment in history.looks)
    return num >= looks_needed(bool(history.unusual)) and all(map(history.knows, needs))


def looks_needed(unusual: bool) -> int:
    """How many looks there must be before anything is said. unusual: settings are, so that a share is enough."""
    return math.ceil(limit("warm_up_looks") * (limit("haste") if unusual else 1))


def getting_better(history: History, names: Iterable[str] = GAINS, share: float = 1.0) -> bool:
    """True where the samples came closer to the data within the patience than they had ever been before.

    names: of GAINS, what is asked; one that improves is enough. share: of the patience, from 0 to 1. True as well where
    there was no time to improve yet.
    """
    window = max(2, round(share * patience(history, "progress_share")))
    return any(_better(history, window, name, *GAINS[name]) for name in names)


def _better(history: History, window: int, name: str, gain: str, sign: int, relative: bool) -> bool:
    values = [sign * moment.values[name] for moment in smoothed(history.looks, [name])]
    if len(values) < window + int(limit("smoothing_looks")):
        return bool(values)
    before, now = max(values[:-window]), max(values[-window:])
    return now >= before + limit(gain) * (abs(before) if relative else 1)


def runs_about(values: Mapping[str, float]) -> bool:
    """The samples go as far between looks as they are from the data, and leave most of it out at each."""
    far = values["drift"] >= max(limit("hopping_drift"), limit("hopping_drift_share") * values["distance"])
    return far and values["left_out_live"] >= limit("hopping_left_out")


def poor(values: Mapping[str, float]) -> bool:
    """Samples are far from the data and reach little of it, or reach none. Asks for distance and coverage_averaged."""
    far = values["distance"] >= limit("poor_distance") and values["coverage_averaged"] <= limit("poor_coverage")
    return far or values["coverage_averaged"] <= limit("no_coverage")


def from_the_first(history: History, kept: list[Moment]) -> bool:
    """True where what is kept has been so since the warm-up: the samples have never been better."""
    born = [m.num_images for m in history.looks if m.num_images > history.begun][: int(limit("warm_up_looks"))]
    return bool(kept and born) and kept[0].num_images <= born[-1]


def never_good(history: History, before: int) -> bool:
    """True where the samples were far from the data at every look until then, as in a run that is still to get there;
    False where their distance was not measured."""
    seen = [look.values["distance"] for look in smoothed(history.looks, ["distance"]) if look.num_images < before]
    return bool(seen) and min(seen) > limit("good_distance")


def on_its_way(history: History) -> bool:
    """Whether samples have never been near the data and the run still has time for it, as far as its length is known:
    what is wrong with them may then be not yet learnt."""
    if history.total_images is None:
        return False
    late = history.num_images >= limit("late_share") * history.total_images
    return not late and never_good(history, history.num_images + 1)


def only_watch(finding: Finding | None) -> Finding | None:
    """The same, to be watched at most."""
    return replace(finding, severity="watch") if finding else None


def could_have_learnt(history: History) -> bool:
    """False while the generator's weights have hardly moved, as in runs that are short for their rates, until half of
    the run's length; True where nothing is known of its steps."""
    if history.path is None or history.path >= limit("grown_path"):
        return True
    return history.total_images is not None and history.num_images >= limit("grown_share") * history.total_images


def verdict(
    history: History,
    kind: str,
    kept: list[Moment],
    evidence: Mapping[str, float],
    slow: bool = False,
    youth: str | None = "youth",
    gains: Iterable[str] = (),
) -> Finding | None:
    """Failing where a state has lasted for the patience, watch from half of that on, else nothing.

    kept: the moments for which it has lasted. slow: it takes the longer patience. youth: name of how many times the
    patience a state needs in a young run, whose samples have been so from the first or were never good, as many healthy
    runs look ill for long then; None for what no healthy run ever shows. In such a run it is no failure before the
    generator `could_have_learnt`. gains: of GAINS; where one of them is `getting_better` there is nothing to say.

    Where unusual settings lead to this kind of ailment, a share of the patience is enough, at any age, and for watch
    that of a grown run: a first sign and a likely cause.
    """
    if not kept:
        return None
    names = ("long_patience_share", "long_patience_looks") if slow else ("patience_share", "patience_looks")
    young = youth is not None and (from_the_first(history, kept) or never_good(history, kept[0].num_images))
    grown = patience(history, *names)
    needed = grown * (limit(youth) if youth and young else 1)
    explained = kind in history.explains
    if len(kept) < (limit("haste") * grown if explained else needed / 2):
        return None
    if gains and getting_better(history, gains, limit("haste") if explained else 1.0):
        return None
    if explained:
        fails = len(kept) >= limit("haste") * needed and not (gains and getting_better(history, gains))
    else:
        fails = len(kept) >= needed and not (young and not could_have_learnt(history))
    return Finding("failing" if fails else "watch", kept[0].num_images, evidence)
