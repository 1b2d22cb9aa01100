"""What every detector is."""

from collections.abc import Callable
from dataclasses import dataclass

from ganwright.health.diagnosis import Finding
from ganwright.health.history import History


@dataclass(frozen=True)
class Detector:
    """Looks for one ailment.

    about: how it knows, in one sentence. needs: signals (names of SIGNALS) or scalars of the log, without which it has
    nothing to say. find: history -> finding, or None; a pure function.
    """

    about: str
    needs: tuple[str, ...]
    find: Callable[[History], Finding | None]

    def can_tell(self, history: History) -> bool:
        """True where all that it needs was measured at least once."""
        return all(map(history.knows, self.needs))
