"""Runs that are kept open, so that their networks are loaded once: the few that were used last."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

import torch

from ganwright.core.errors import UserError
from ganwright.runs.run import Run, load
from ganwright.studio.state import Studio

MOST = 4
Made = TypeVar("Made")


class Kept(Generic[Made]):
    """What is made of a run's chosen checkpoint, for the `most` runs used last; a newer checkpoint makes it anew.

    make: called with the run, once at a time. Threads may ask at the same time.
    """

    def __init__(self, make: Callable[[Run], Made], most: int = MOST) -> None:
        self._make, self._most = make, most
        self._there: OrderedDict[Path, tuple[str, Made]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, folder: Path) -> Made:
        """What belongs to the run in this folder now. Raises UserError where there is no run, or no checkpoint."""
        run = load(folder)
        try:
            stamp = f"{run.checkpoint.path} {run.checkpoint.path.with_suffix('.json').stat().st_mtime_ns}"
        except OSError as error:  # a run that is trained replaces its checkpoints
            raise UserError(f"{run.checkpoint.path} has just been replaced; try again") from error
        with self._lock:
            kept = self._there.get(folder)
            if kept is None or kept[0] != stamp:
                torch.set_num_threads(1)
                kept = self._there[folder] = (stamp, self._make(run))
            self._there.move_to_end(folder)
            while len(self._there) > self._most:
                self._there.popitem(last=False)
            return kept[1]


def opened_runs(studio: Studio) -> Kept[Run]:
    """The studio's service of runs with their networks loaded."""
    return studio.service(_make)


def _make(studio: Studio) -> Kept[Run]:
    return Kept(_loaded)


def _loaded(run: Run) -> Run:
    run.model  # noqa: B018  load it now
    return run
