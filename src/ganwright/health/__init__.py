"""Floor 5: numbers that say how a training goes: signals, and what they mean."""

from ganwright.health.classes import CLASSES
from ganwright.health.diversity import DIVERSITY
from ganwright.health.drift import DRIFT
from ganwright.health.gradients import GRADIENTS
from ganwright.health.latent import LATENT
from ganwright.health.memory import MEMORY
from ganwright.health.scores import SCORES
from ganwright.health.signal import Signal
from ganwright.health.updates import UPDATES

SIGNALS: dict[str, Signal] = {**SCORES, **GRADIENTS, **UPDATES, **DIVERSITY, **CLASSES, **MEMORY, **DRIFT, **LATENT}
