"""One file per failure that is looked for. The order says which is named first: causes before what they cause."""

from ganwright.health.detectors import (
    discriminator_overfitting,
    discriminator_too_strong,
    discriminator_too_weak,
    divergence,
    full_collapse,
    memorisation,
    mode_hopping,
    non_finite,
    partial_collapse,
    stalled,
    unbounded_critic,
)
from ganwright.health.detectors.base import Detector

DETECTORS: dict[str, Detector] = {
    "non-finite": non_finite.DETECTOR,
    "unbounded-critic": unbounded_critic.DETECTOR,
    "stalled": stalled.DETECTOR,
    "memorisation": memorisation.DETECTOR,
    "discriminator-overfitting": discriminator_overfitting.DETECTOR,
    "full-collapse": full_collapse.DETECTOR,
    "mode-hopping": mode_hopping.DETECTOR,
    "discriminator-too-strong": discriminator_too_strong.DETECTOR,
    "divergence": divergence.DETECTOR,
    "discriminator-too-weak": discriminator_too_weak.DETECTOR,
    "partial-collapse": partial_collapse.DETECTOR,
}
