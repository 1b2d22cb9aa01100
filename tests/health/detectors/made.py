"""Histories made by hand: signals of runs that go well, and of the same runs after something broke."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from ganwright.health.history import History, Moment

Change = Callable[[int, dict[str, float]], Mapping[str, float]]
"""Number of looks since it broke (from 0), what a healthy run would show -> what is shown instead."""


def _between(start: float, end: float, share: float) -> float:
    return start + (end - start) * (1 - math.exp(-5 * share))


def _wobble(look: int, key: int) -> float:
    """In [-1, 1], without a period that anybody would notice."""
    return math.sin(1.7 * look * (key + 1) + key * key)


def perceptrons(share: float, look: int) -> dict[str, float]:
    """A classifier's game on images: D certain at first, samples alike and far away, then better and better."""
    values = {
        "rank_real_fake": _between(1.0, 0.85, share) - 0.03 * abs(_wobble(look, 1)),
        "rank_held_out_fake": _between(0.99, 0.82, share) - 0.03 * abs(_wobble(look, 2)),
        "rank_train_held_out": _between(0.5, 0.57, share) + 0.02 * _wobble(look, 3),
        "score_real": 1 + 0.3 * _wobble(look, 4),
        "score_fake": -1 + 0.4 * _wobble(look, 5),
        "score_held_out": 0.9 + 0.3 * _wobble(look, 6),
        "gradient_generator": 4 + _wobble(look, 7),
        "gradient_discriminator": 3 + _wobble(look, 8),
        "slope_real": 3 + 0.3 * _wobble(look, 9),
        "slope_fake": 3 + 0.3 * _wobble(look, 10),
        "update_generator": 0.008 + 0.003 * _wobble(look, 11),
        "update_discriminator": 0.008 + 0.003 * _wobble(look, 12),
        "diversity_live": _between(0.15, 0.97, share) + 0.03 * _wobble(look, 13),
        "diversity_averaged": _between(0.15, 0.97, share),
        "vendi_live": _between(0.05, 0.8, share),
        "vendi_averaged": _between(0.05, 0.8, share),
        "distinct_averaged": 1.0,
        "duplicates_averaged": 0.0,
        "distinct_live": 1 - 0.4 * abs(_wobble(look, 14)) * math.exp(-9 * share),
        "duplicates_live": 0.4 * abs(_wobble(look, 14)) * math.exp(-9 * share),
        "coverage_live": _between(0.0, 0.9, share) * (1 - 0.1 * abs(_wobble(look, 15))),
        "coverage_averaged": _between(0.0, 0.96, share),
        "left_out_live": max(0.0, _between(0.9, 0.0, share) + 0.05 * _wobble(look, 16)),
        "left_out_averaged": max(0.0, _between(0.9, -0.02, share)),
        "nearest_train_share": 0.5 + 0.1 * _wobble(look, 17),
        "nearest_ratio": _between(1.8, 1.08, share),
        "distance": _between(7.0, 1.3, share) * (1 + 0.1 * _wobble(look, 18)),
        "drift": _between(7.0, 1.3, share) * (1 + 0.1 * _wobble(look, 19)),
        "movement": _between(0.5, 0.06, share),
        "latent_sensitivity": _between(0.3, 1.1, share),
        "latent_evenness": 1.1,
    }
    taught = {"discriminator/real_score": 1.05, "discriminator/fake_score": -0.95}
    return {**values, **taught, "discriminator/loss": 1.1 + 0.1 * _wobble(look, 20), "generator/loss": 1.5}


def held_critic(share: float, look: int) -> dict[str, float]:
    """A critic under a gradient penalty: it sees through every sample from the first look to the last, and teaches."""
    gap = _between(4.0, 0.9, share)
    taught = {"discriminator/real_score": -20 * share + gap / 2, "discriminator/fake_score": -20 * share - gap / 2}
    return {
        **perceptrons(share, look),
        **taught,
        "rank_real_fake": 1.0,
        "rank_held_out_fake": 0.998,
        "score_real": -20 * share + gap / 2,
        "score_fake": -20 * share - gap / 2,
        "score_held_out": -20 * share + gap / 2,
        "slope_real": 1.08 + 0.02 * _wobble(look, 21),
        "slope_fake": 1.02 + 0.02 * _wobble(look, 22),
        "discriminator/loss": -gap,
        "generator/loss": 20 * share,
    }


def points(share: float, look: int) -> dict[str, float]:
    """A mixture of points: D is near chance throughout, samples sit in tight modes, many with a double."""
    return {
        **perceptrons(share, look),
        "rank_real_fake": _between(0.4, 0.57, share) + 0.06 * _wobble(look, 23),
        "diversity_live": 0.98 + 0.03 * _wobble(look, 24),
        "distinct_live": _between(1.0, 0.55, share),
        "duplicates_live": _between(0.0, 0.45, share),
        "distance": _between(3.0, 1.1, 3 * share) * (1 + 0.2 * _wobble(look, 18)),
        "drift": _between(3.0, 1.1, 3 * share) * (1 + 0.3 * _wobble(look, 19)),
        "left_out_live": max(0.0, _between(0.6, 0.03, 4 * share) + 0.05 * _wobble(look, 16)),
        "left_out_averaged": max(0.0, _between(0.6, -0.02, 4 * share)),
        "nearest_ratio": _between(400, 1.0, share),
    }


HEALTHY = {"perceptrons": perceptrons, "held critic": held_critic, "points": points}


def history(
    run: Callable[[float, int], dict[str, float]] = perceptrons,
    num: int = 40,
    broken: Change | None = None,
    since: int = 0,
    looks_in_all: int = 40,
    step: int = 5_000,
    only: tuple[str, ...] | None = None,
) -> History:
    """The first `num` looks of a run of `looks_in_all`, `step` images apart; from look `since` on it is broken."""
    made = History()
    for look in range(num):
        values = run(look / looks_in_all, look)
        if broken is not None and look >= since:
            values = {**values, **broken(look - since, values)}
        images = step * (look + 1)
        logged = {name: v for name, v in values.items() if "/" in name and not math.isinf(v)}
        seen = {name: v for name, v in values.items() if "/" not in name}
        if only is not None:
            seen = {name: v for name, v in seen.items() if name in only}
        if logged:
            made.logs.append(Moment(images, logged))
        if seen or only is None:
            made.looks.append(Moment(images, seen))
    return made


def constantly(**values: float) -> Change:
    """These values from then on; `__` in a name stands for `/`."""
    told = {name.replace("__", "/"): value for name, value in values.items()}
    return lambda look, healthy: told


def told_first(find: Callable[[History], Any], **made: Any) -> int | None:
    """The look, counted from 1, at which it says failing for the first time; None: never."""
    for num in range(1, made.pop("num", 40) + 1):
        finding = find(history(num=num, **made))
        if finding is not None and finding.severity == "failing":
            return num
    return None
