"""Floor 8: the harnesses behind `ganwright bench`."""

from ganwright.bench.modes import JSON, PICTURE, modes
from ganwright.bench.results import Modes
from ganwright.bench.watch import Watch

__all__ = ["JSON", "PICTURE", "Modes", "Watch", "modes"]
