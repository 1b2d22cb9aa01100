"""Many seeds of one config trained as one engine, then taken apart into run folders that every verb can read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from ganwright.core.events import EventWriter
from ganwright.runs.folder import RunFolder
from ganwright.runs.plan import Plan
from ganwright.runs.train import circumstances, record_of
from ganwright.training import Callback, Engine, checkpoint
from ganwright.training.seeds import ManyBatches, stacked

_PREFIX = "together-"


@dataclass(frozen=True)
class Stack:
    """The seeds of some plans, trained at once.

    plans: one a seed; equal but for seed and folder.
    folder: where the stack is kept until it is trained. Its run.toml has the first seed; the others stand in its name.
    """

    plans: tuple[Plan, ...]
    folder: RunFolder

    def train(self, callback: Callback) -> None:
        """Train to the end, or go on to it, and leave each seed in a run folder of its own, as if trained alone.

        Raises Interrupted after a signal, having saved, and TrainingFailed where any seed's numbers are not finite.
        """
        config, device = self.plans[0].config, self.plans[0].device
        with self.folder.lock():
            started = self.folder.exists
            if started:
                self.folder.check_same(config)
            engine = Engine(
                stacked([plan.algorithm() for plan in self.plans]),
                ManyBatches([plan.loader() for plan in self.plans]),
                config,
                self.folder.path,
                device,
                EventWriter(self.folder.events_file),
                record_of(self.plans[0]),
                [callback],
                seeds=[plan.config.seed for plan in self.plans],
            )
            saved = self.folder.checkpoints()
            if saved:
                engine.load(saved[-1])
            if started:
                config.write(self.folder.config_file)
                engine.emit("resumed", checkpoint=saved[-1].path.name if saved else "none")
            else:
                self.folder.create(config)
            if engine.num_images < config.images:
                engine.run()
            self._take_apart(self.folder.checkpoints()[-1])

    def _take_apart(self, saved: checkpoint.Checkpoint) -> None:
        """Write the run folders that are not there yet; the stack's own checkpoints are not needed any more."""
        tensors, state = saved.load()
        for row, plan in enumerate(self.plans):
            if not plan.folder.checkpoints():
                _write_run(plan, {name: _of_seed(tensor, row) for name, tensor in tensors.items()}, state, self.plans)
        for old in self.folder.checkpoints():
            old.delete()


def stack_folder(place: Path, seeds: Sequence[int]) -> RunFolder:
    """Where the stack of these seeds is kept."""
    return RunFolder(place / (_PREFIX + ranges(seeds)))


def stacks_in(place: Path) -> list[tuple[RunFolder, tuple[int, ...]]]:
    """The stacks of a folder and their seeds."""
    names = [p.name for p in place.glob(_PREFIX + "*")]
    found = [(name, re.findall(r"(\d+)(?:-(\d+))?", name.removeprefix(_PREFIX))) for name in sorted(names)]
    return [
        (RunFolder(place / name), tuple(seed for a, b in parts for seed in range(int(a), int(b or a) + 1)))
        for name, parts in found
    ]


def ranges(seeds: Sequence[int]) -> str:
    """Ascending seeds as text for a file's name: 0, 1, 2, 5 -> "0-2+5"."""
    parts: list[list[int]] = []
    for seed in seeds:
        if parts and seed == parts[-1][-1] + 1:
            parts[-1] = [parts[-1][0], seed]
        else:
            parts.append([seed])
    return "+".join("-".join(map(str, part)) for part in parts)


def _of_seed(tensor: Tensor, row: int) -> Tensor:
    """One seed's part. Tensors without axes (an optimiser's count of steps) belong to all."""
    return tensor if tensor.ndim == 0 else tensor[row].clone()


def _write_run(plan: Plan, tensors: dict[str, Tensor], state: checkpoint.State, together: Sequence[Plan]) -> None:
    """Write a run folder with one checkpoint. Of the time that all took together each gets an equal share."""
    folder = plan.folder
    if not folder.exists:
        folder.create(plan.config)
    folder.events_file.unlink(missing_ok=True)  # of an attempt that was cut short
    events = EventWriter(folder.events_file)
    about = circumstances(plan, plan.algorithm().networks)
    about["run"]["together_with"] = [other.config.seed for other in together]
    events.write("started", 0, 0, **about)
    shares = {name: state[name] / len(together) for name in ("total_seconds", "training_seconds")}
    own = {**state, **shares, "pending": {}, "record": record_of(plan)}
    checkpoint.save(folder.path / "checkpoints", state["num_images"], tensors, own)
    seconds, training_seconds = shares["total_seconds"], shares["training_seconds"]
    events.write(
        "finished", state["iteration"], state["num_images"], seconds=seconds, training_seconds=training_seconds
    )
