"""What may be changed in a run that is under way. Remedies act through this and nothing else."""

from typing import TYPE_CHECKING

from ganwright.algorithms.phase import Algorithm
from ganwright.training.checkpoint import Checkpoint
from ganwright.training.config import TrainingConfig

if TYPE_CHECKING:
    from ganwright.training.engine import Engine


class Controls:
    """The levers of an engine.

    kept: images of the checkpoints that are never deleted; whoever goes back to one puts it here.
    num_roll_backs: how often this sitting went back.
    reason: why the run ends before its length, or None.
    """

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine
        self.kept: set[int] = set()
        self.num_roll_backs = 0
        self.reason: str | None = None

    def roll_back(self, saved: Checkpoint, again: bool = False) -> None:
        """Go back to a saved state: weights, averages, optimiser states and what the algorithm remembers.

        again: draw from there on what was drawn there before, items and noise, as the run would have with the changes
        that follow; else the position in the data goes on, and so do the keys of noise. The clock, schedules and the
        log go on either way, so that images spent stay spent; scalars not yet logged are dropped. Raises UserError
        where the checkpoint is damaged.
        """
        tensors, state = saved.load()
        engine = self._engine
        engine.restore(tensors)
        if again:
            engine.position = state["position"]
            engine.again = engine.iteration - (state["iteration"] - state.get("again", 0))
        else:
            engine.again = 0
        engine.forget_scalars()
        self.num_roll_backs += 1

    def change(self, config: TrainingConfig, algorithm: Algorithm) -> None:
        """Go on by another config and other phases, with the networks and optimiser states as they are.

        algorithm: built around the engine's networks. Optimiser states stay where the kind of optimiser does. Raises
        ValueError for other networks, and for another length, batch size or seed: these would move the clock.
        """
        before, networks = self._engine.config, self._engine.networks
        fixed = [n for n in ("seed", "images", "batch_size") if getattr(config, n) != getattr(before, n)]
        if fixed:
            raise ValueError(f"{', '.join(fixed)} cannot change in a run that is under way; fork it")
        if {name: id(n) for name, n in algorithm.networks.items()} != {name: id(n) for name, n in networks.items()}:
            raise ValueError("the changed algorithm has other networks; build it around those of the run, or fork it")
        self._engine.play(config, algorithm)

    def stop(self, reason: str) -> None:
        """End the run, finished, after this iteration."""
        self.reason = reason
