"""Floor 4: the engine and what it needs to run, save and go on."""

from ganwright.training.callbacks import Callback
from ganwright.training.engine import Engine, Interrupted, TrainingFailed

__all__ = ["Callback", "Engine", "Interrupted", "TrainingFailed"]
