"""Penalties by kind."""

from ganwright.penalties.base import PenaltyConfig
from ganwright.penalties.gradient import GradientPenalty, R1Penalty, R2Penalty
from ganwright.penalties.weights import WeightClipping

PENALTIES: dict[str, type[PenaltyConfig]] = {
    "gp": GradientPenalty,
    "r1": R1Penalty,
    "r2": R2Penalty,
    "clip": WeightClipping,
}

__all__ = ["PENALTIES", "PenaltyConfig"]
