"""How large the steps are: learning rates, momentum, gradient clipping, number format."""

from collections.abc import Callable

from ganwright.core.schedules import ScheduleConfig, largest, scaled
from ganwright.health.remedies.base import Changes, OfConfig, Remedy
from ganwright.training.config import TrainingConfig
from ganwright.training.optimisers import SGD, Adam, AdamW

USUAL = {"adam": 5e-4, "adamw": 5e-4, "rmsprop": 1e-4, "sgd": 1e-2}
"""Rates that games train at, by optimiser: between the 1e-4 of WGAN-GP and the 5e-3 of points in the plane for Adam."""

FAR = 15.0
"""A rate this many times above or below the usual one is a mistake: no recipe here is further than 10 times off."""

UNEVEN = 2.0
"""Rates apart by more than two time scales usually are (4e-4 and 1e-4 in SAGAN, which trains at 2 as well)."""

CLIP = 1.0
"""Adam and RMSprop divide by the gradients' own size, so that a limit below it costs them no speed, and one above it
only takes spikes away: any limit near what healthy games have, 0.1 to 10, serves."""


def scale(config: TrainingConfig, factors: dict[str, float]) -> Changes | None:
    changes: Changes = {}
    for name, factor in factors.items():
        rate = scaled(config.optimisers[name].learning_rate, factor)
        changes[f"optimisers.{name}.learning_rate"] = rate.plain() if isinstance(rate, ScheduleConfig) else rate
    return changes or None


def peaks(config: TrainingConfig) -> dict[str, float]:
    return {name: largest(optimiser.learning_rate) for name, optimiser in config.optimisers.items()}


def _usual(is_far: Callable[[float, float], bool]) -> OfConfig:
    """Changes that bring the rates that are far off, as peak and usual rate tell, to the usual one."""

    def changes(config: TrainingConfig) -> Changes | None:
        found: Changes = {}
        for name, peak in peaks(config).items():
            usual = USUAL[config.optimisers[name].tag]
            if is_far(peak, usual):
                to_usual = scale(config, {name: usual / peak}) if peak else None
                found |= to_usual or {f"optimisers.{name}.learning_rate": usual}
        return found or None

    return changes


def _even(config: TrainingConfig) -> Changes | None:
    """Of two rates, the one that is further from the usual one is brought to the other."""
    peak, kinds = peaks(config), {optimiser.tag for optimiser in config.optimisers.values()}
    if len(peak) != 2 or len(kinds) != 1 or min(peak.values()) == 0:
        return None
    slow, fast = sorted(peak, key=lambda name: peak[name])
    ratio, usual = peak[fast] / peak[slow], USUAL[kinds.pop()]
    if ratio <= UNEVEN:
        return None
    far_above, far_below = peak[fast] / usual, usual / peak[slow]
    return scale(config, {fast: 1 / ratio} if far_above > far_below else {slow: ratio})


def _lower(factor: float) -> Remedy:
    return Remedy(
        f"both learning rates are divided by {factor:g}, so that the players approach instead of overshooting",
        lambda config: scale(config, {name: 1 / factor for name, peak in peaks(config).items() if peak}),
    )


def _less_momentum(most: float, to: float) -> Remedy:
    def changes(config: TrainingConfig) -> Changes | None:
        found: Changes = {}
        for name, optimiser in config.optimisers.items():
            if isinstance(optimiser, (Adam, AdamW)) and largest(optimiser.betas[0]) > most:
                found[f"optimisers.{name}.betas"] = [to, *optimiser.plain()["betas"][1:]]
            elif isinstance(optimiser, SGD) and optimiser.momentum > most:
                found[f"optimisers.{name}.momentum"] = to
        return found or None

    return Remedy(
        f"momentum above {most:g} becomes {to:g}: it carries a player on where the other has long turned", changes
    )


def _clip(config: TrainingConfig) -> Changes | None:
    return {
        f"optimisers.{name}.clip_norm": CLIP
        for name, optimiser in config.optimisers.items()
        if optimiser.clip_norm is None or optimiser.clip_norm > CLIP
    } or None


def _float32(config: TrainingConfig) -> Changes | None:
    return None if config.precision.dtype == "float32" else {"precision.dtype": "float32"}


RATES: dict[str, Remedy] = {
    "rein-in-rates": Remedy(
        f"a learning rate more than {FAR:g} times above what games train at becomes the usual one",
        _usual(lambda peak, usual: peak > FAR * usual),
    ),
    "lift-rates": Remedy(
        f"a learning rate more than {FAR:g} times below what games train at becomes the usual one",
        _usual(lambda peak, usual: FAR * peak < usual),
    ),
    "even-rates": Remedy(
        "the learning rate that is further from the usual one becomes the other player's, so that both keep pace", _even
    ),
    "lower-rates": _lower(10),
    "lower-rates-again": _lower(10),
    "softer-rates": _lower(3),
    "less-momentum": _less_momentum(0.5, 0.5),
    "no-momentum": _less_momentum(0.0, 0.0),
    "clip-gradients": Remedy(
        "a gradient longer than 1 is shortened to it, so that no spike throws a player off", _clip
    ),
    "float32": Remedy("all is computed in float32, whose range a large score does not leave", _float32),
}
