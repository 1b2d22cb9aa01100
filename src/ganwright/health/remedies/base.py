"""What every remedy is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.training.config import TrainingConfig

Changes = dict[str, Any]
"""Dotted options and their new values, as plain data that an event can carry and `Config.override` takes."""


@dataclass(frozen=True)
class Remedy:
    """Something that may help a game that fails. It changes options and nothing else.

    about: what it does and why that helps, in one sentence.
    changes: config -> what to change; None where it does not apply, or where it is so already. What the rules of
        algorithms refuse (R1 beside batch norm, ADA on points) it may ask for all the same: it is skipped then.
    """

    about: str
    changes: Callable[[TrainingConfig], Changes | None]


OfConfig = Callable[[TrainingConfig], Changes | None]


def of_game(changes: Callable[[AdversarialConfig], Mapping[str, Any] | None]) -> OfConfig:
    """Changes that look at the game alone; None for what is no game of two players."""

    def of_config(config: TrainingConfig) -> Changes | None:
        game = getattr(config, "algorithm", None)
        found = changes(game) if isinstance(game, AdversarialConfig) else None
        return dict(found) if found else None

    return of_config


def joined(*remedies: Remedy) -> OfConfig:
    """The changes of several remedies at once, each made to what the ones before it left; None where none applies."""

    def of_config(config: TrainingConfig) -> Changes | None:
        found: Changes = {}
        for remedy in remedies:
            changes = remedy.changes(config)
            if changes:
                found |= changes
                config = config.override(changes)
        return found or None

    return of_config
