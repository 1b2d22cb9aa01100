"""Remedies by name, and by ailment the order in which they are tried."""

from ganwright.health.remedies.base import Remedy
from ganwright.health.remedies.inputs import INPUTS
from ganwright.health.remedies.losses import LOSSES
from ganwright.health.remedies.rates import RATES
from ganwright.health.remedies.settings import SETTINGS, put_right
from ganwright.health.remedies.steps import STEPS

REMEDIES: dict[str, Remedy] = {
    SETTINGS: Remedy(
        "whatever is further off than games train at (steps, rates, momentum, penalties, loss) becomes usual, at once",
        put_right,
    ),
    **STEPS,
    **RATES,
    **LOSSES,
    **INPUTS,
}

GENERAL = (
    "even-steps",
    "even-rates",
    "non-saturating",
    "relativistic-r1-r2",
    "relativistic",
    "noise",
    "diffaugment",
    "clip-gradients",
    "lower-rates",
)
"""For an ailment without a ladder of its own: what is least of a change first, lower rates last."""

LADDERS: dict[str, tuple[str, ...]] = {
    # Overflow comes from steps that are too large; what bounds the scores comes after what makes steps smaller.
    "non-finite": (
        "float32",
        "rein-in-rates",
        "lower-rates",
        "clip-gradients",
        "r1",
        "lower-rates-again",
        "bounded-loss",
        "no-momentum",
    ),
    "unbounded-critic": (
        "gradient-penalty",
        "r1-r2",
        "bounded-loss",
        "rein-in-rates",
        "clip-weights",
        "lower-rates",
        "clip-gradients",
    ),
    "divergence": (
        "rein-in-rates",
        "less-momentum",
        "even-rates",
        "lower-rates",
        "r1-r2",
        "clip-gradients",
        "lower-rates-again",
        "relativistic",
        "no-momentum",
    ),
    "full-collapse": (
        "varied-latents",
        "even-steps",
        "rein-in-rates",
        "relativistic-r1-r2",
        "even-rates",
        "relativistic",
        "usual-penalties",
        "noise",
        "softer-rates",
        "diffaugment",
        "clip-gradients",
    ),
    "mode-hopping": (
        "even-steps",
        "even-rates",
        "relativistic-r1-r2",
        "less-momentum",
        "relativistic",
        "softer-rates",
        "history",
        "noise",
    ),
    "partial-collapse": (
        "even-steps",
        "relativistic-r1-r2",
        "even-rates",
        "relativistic",
        "noise",
        "diffaugment",
        "softer-rates",
    ),
    # A gradient for the generator first, then a discriminator with less to say.
    "discriminator-too-strong": (
        "non-saturating",
        "even-steps",
        "even-rates",
        "relativistic-r1-r2",
        "relativistic",
        "noise",
        "diffaugment",
        "softer-rates",
    ),
    "discriminator-too-weak": (
        "even-steps",
        "even-rates",
        "lift-rates",
        "usual-penalties",
        "hard-labels",
        "more-discriminator-steps",
        "relativistic",
    ),
    "discriminator-overfitting": ("ada", "r1", "diffaugment", "softer-rates", "noise"),
    "memorisation": ("ada", "r1", "diffaugment", "softer-rates"),
    "stalled": (
        "even-steps",
        "lift-rates",
        "non-saturating",
        "usual-penalties",
        "even-rates",
        "relativistic-r1-r2",
        "relativistic",
        "noise",
    ),
}


def ladder(kind: str) -> tuple[str, ...]:
    """Names of the remedies to try for an ailment, in order: settings that are off first, whatever the ailment."""
    return (SETTINGS, *LADDERS.get(kind, GENERAL))


__all__ = ["GENERAL", "LADDERS", "REMEDIES", "SETTINGS", "Remedy", "ladder", "put_right"]
