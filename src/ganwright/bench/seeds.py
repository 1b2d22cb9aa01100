"""Trains every seed of an entry, at once where that can be, and says what became of each."""

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from ganwright.bench.entries import Entry
from ganwright.bench.stack import Stack, stack_folder, stacks_in
from ganwright.bench.watch import Watch
from ganwright.core.errors import UserError
from ganwright.core.files import write_json
from ganwright.data.mixtures import MixtureConfig
from ganwright.networks.base import is_stochastic
from ganwright.runs.folder import RunFolder
from ganwright.runs.plan import Plan, plan
from ganwright.runs.run import Run
from ganwright.runs.train import train_plan
from ganwright.training import Callback
from ganwright.training.engine import TrainingFailed

_DIVERGED = "diverged.json"
_ELSE = "delete it to train that recipe anew"


@dataclass(frozen=True)
class Seeds:
    """The seeds of an entry and where they are trained.

    place: a folder with a run folder for each seed.
    data_dir: where files of known data sets lie; None: cache or download.
    """

    entry: Entry
    seeds: tuple[int, ...]
    place: Path
    data_dir: str | None

    def folder(self, seed: int) -> RunFolder:
        """The run folder of a seed."""
        return RunFolder(self.place / f"seed-{seed}")

    def check(self) -> None:
        """Raise UserError where a run of another config stands in the way: before hours are spent on the others."""
        for seed in self.seeds:
            if self.folder(seed).exists:
                self.folder(seed).check_same(self.entry.config.override({"seed": seed}), _ELSE)
        for folder, members in stacks_in(self.place):
            if folder.exists and set(members) & set(self._missing()):
                folder.check_same(self.entry.config.override({"seed": members[0]}), _ELSE)

    def run(self, seed: int) -> Run | None:
        """The finished run of a seed, or None while it has none."""
        there = self.folder(seed).checkpoints()
        return Run(self.folder(seed).path) if there and there[-1].num_images >= self.entry.config.images else None

    def diverged(self, seed: int) -> str | None:
        """Why a seed has no run and never will, or None."""
        return _reason(self.folder(seed).path)

    def train(self, watch: Watch) -> None:
        """Train what is missing. Raises Interrupted after a signal, having saved; the same call then goes on.

        Seeds that were begun at once go on at once, new ones begin so. Where numbers of one of them stop being finite,
        all are trained again one by one: that one seed has no outcome must not change the others'.
        """
        for folder, members in stacks_in(self.place):
            if set(members) <= set(self.seeds) and folder.checkpoints():
                self._train_together(folder, members, watch)
        missing = self._missing()
        failed = {seed for folder, members in stacks_in(self.place) if _reason(folder.path) for seed in members}
        fresh = [seed for seed in missing if not self.folder(seed).exists and seed not in failed]
        if len(fresh) > 1 and self._fits_together():
            self._train_together(stack_folder(self.place, fresh), fresh, watch)
        for seed in self._missing():
            self._train_alone(seed, watch)

    def _missing(self) -> list[int]:
        return [seed for seed in self.seeds if self.run(seed) is None and self.diverged(seed) is None]

    def _fits_together(self) -> bool:
        """Small networks on points, whose every random number has a key."""
        data = self.entry.config.data
        if not isinstance(data, MixtureConfig):
            return False
        networks = self.entry.algorithm.build(data.build().spec).networks.values()
        return not any(is_stochastic(network) for network in networks)

    def _plan(self, seed: int) -> Plan:
        return plan(None, self.entry.config, seed=seed, data_dir=self.data_dir, out=self.folder(seed).path)

    def _train_together(self, folder: RunFolder, seeds: Sequence[int], watch: Watch) -> None:
        plans = tuple(self._plan(seed) for seed in seeds)
        there, images = folder.checkpoints(), self.entry.config.images
        done = there[-1].num_images if there else 0
        begun = f", going on from {done:,}" if there else ""
        _tell(watch, f"{self.entry.name}: {len(seeds)} seeds at once, {images:,} images each{begun}", plans[0])
        try:
            with _shown(watch, images, done) as callback:
                Stack(plans, folder).train(callback)
        except TrainingFailed as failure:
            write_json(folder.path / _DIVERGED, {"reason": str(failure)})
            for saved in folder.checkpoints():
                saved.delete()
            watch.say(f"{self.entry.name}: the numbers of a seed stopped being finite; each is trained alone")

    def _train_alone(self, seed: int, watch: Watch) -> None:
        planned = self._plan(seed)
        done = planned.resumes or 0
        begun = f", going on from {done:,}" if done else ""
        _tell(watch, f"{self.entry.name}: seed {seed}, {planned.config.images:,} images{begun}", planned)
        try:
            with _shown(watch, planned.config.images, done) as callback:
                train_plan(planned, callbacks=[callback])
        except TrainingFailed as failure:
            write_json(planned.out / _DIVERGED, {"reason": str(failure)})
            watch.say(f"{self.entry.name}: seed {seed} diverged")


def _tell(watch: Watch, line: str, planned: Plan) -> None:
    for text in (line, *planned.notes):
        watch.say(text)


def _shown(watch: Watch, images: int, done: int) -> AbstractContextManager[Callback]:
    return watch.training(images, done) if done < images else nullcontext(Callback())


def _reason(folder: Path) -> str | None:
    file = folder / _DIVERGED
    if not file.is_file():
        return None
    try:
        return str(json.loads(file.read_text(encoding="utf-8"))["reason"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{file} is damaged; delete it to train that seed again") from error
