"""States of games that were trained well, kept so that a game can begin from one."""

import hashlib
import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from ganwright.core.files import write_atomic
from ganwright.studio.playground.settings import Settings

ITERATIONS = 1_500
"""Length of the game that makes a trained state."""

MOST_KEPT = 24


class Cache:
    """A folder of trained states, the newest 24. One is named by all that made it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, settings: Settings) -> dict[str, Tensor] | None:
        """The state that belongs to these settings, or None where it has yet to be made."""
        try:
            return load_file(self._path(settings))
        except Exception:  # there is none, or it is damaged: it is made again
            return None

    def keep(self, settings: Settings, weights: dict[str, Tensor]) -> None:
        """Keep a state. Raises UserError where the folder cannot be written to."""
        plain = {name: tensor.contiguous() for name, tensor in weights.items()}
        write_atomic(self._path(settings), lambda path: save_file(plain, path))
        states = sorted(self._folder.glob("*.safetensors"), key=lambda path: path.stat().st_mtime)
        for path in states[:-MOST_KEPT]:
            path.unlink(missing_ok=True)

    def _path(self, settings: Settings) -> Path:
        made_by = [settings.trained().config().plain(), ITERATIONS, torch.__version__]
        return self._folder / f"{hashlib.sha256(json.dumps(made_by).encode()).hexdigest()[:32]}.safetensors"
