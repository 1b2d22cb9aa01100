"""Adversarial losses by kind."""

from ganwright.losses.adversarial import (
    HingeLoss,
    LeastSquaresLoss,
    NonSaturatingLoss,
    RelativisticAverageLoss,
    RelativisticPairingLoss,
    SaturatingLoss,
    WassersteinLoss,
)
from ganwright.losses.base import LossConfig

LOSSES: dict[str, type[LossConfig]] = {
    "non-saturating": NonSaturatingLoss,
    "saturating": SaturatingLoss,
    "least-squares": LeastSquaresLoss,
    "hinge": HingeLoss,
    "wasserstein": WassersteinLoss,
    "relativistic-pairing": RelativisticPairingLoss,
    "relativistic-average": RelativisticAverageLoss,
}

__all__ = ["LOSSES", "LossConfig"]
