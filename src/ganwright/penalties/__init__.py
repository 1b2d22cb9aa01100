"""Penalties by kind."""

from ganwright.penalties.base import PenaltyConfig
from ganwright.penalties.consistency import BalancedConsistencyPenalty, ConsistencyPenalty, LatentConsistencyPenalty
from ganwright.penalties.features import FeatureMatching
from ganwright.penalties.gradient import DraganPenalty, GradientPenalty, R1Penalty, R2Penalty
from ganwright.penalties.lecam import LecamPenalty
from ganwright.penalties.path_length import PathLengthPenalty
from ganwright.penalties.weights import OrthogonalPenalty, WeightClipping

PENALTIES: dict[str, type[PenaltyConfig]] = {
    "gp": GradientPenalty,
    "dragan": DraganPenalty,
    "r1": R1Penalty,
    "r2": R2Penalty,
    "clip": WeightClipping,
    "orthogonal": OrthogonalPenalty,
    "path-length": PathLengthPenalty,
    "cr": ConsistencyPenalty,
    "bcr": BalancedConsistencyPenalty,
    "zcr": LatentConsistencyPenalty,
    "lecam": LecamPenalty,
    "feature-matching": FeatureMatching,
}

__all__ = ["PENALTIES", "PenaltyConfig"]
