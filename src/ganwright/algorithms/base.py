"""The base of the algorithms' configs."""

from ganwright.algorithms.phase import Algorithm, Networks
from ganwright.core.config import Config
from ganwright.core.spec import DataSpec


class AlgorithmConfig(Config):
    """Base: describes networks and losses, and builds the phases the engine runs."""

    def build(self, spec: DataSpec, networks: Networks | None = None) -> Algorithm:
        """Make the networks with fresh weights from torch's global generator, and the phases that train them.

        networks: those that an algorithm of the same networks' config has; it is then built around them.
        """
        raise TypeError(f"{type(self).__name__} is abstract")
