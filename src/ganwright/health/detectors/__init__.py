"""One file per failure that is looked for. The order says which is named first: causes before what they cause."""

from ganwright.health.detectors import non_finite
from ganwright.health.detectors.base import Detector

DETECTORS: dict[str, Detector] = {
    "non-finite": non_finite.DETECTOR,
}
