"""Floor 3: what is trained, as phases; the engine knows no more of it."""

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.algorithms.base import AlgorithmConfig
from ganwright.algorithms.classification import ClassificationConfig
from ganwright.algorithms.progressive import ProgressiveConfig

ALGORITHMS: dict[str, type[AlgorithmConfig]] = {
    "adversarial": AdversarialConfig,
    "progressive": ProgressiveConfig,
    "classification": ClassificationConfig,
}
