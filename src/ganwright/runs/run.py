"""A run folder as an object: sample from it, judge it, report on it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ganwright.algorithms.phase import Algorithm
from ganwright.core.errors import UserError, nearest
from ganwright.core.events import Event
from ganwright.core.pictures import grid, panel, write_png
from ganwright.core.seeding import Draws
from ganwright.core.spec import DataSpec
from ganwright.data.dataset import to_uint8
from ganwright.metrics.evaluate import Report
from ganwright.metrics.evaluation import Evaluation
from ganwright.recipes.run_config import RunConfig
from ganwright.runs.course import Course
from ganwright.runs.folder import RunFolder
from ganwright.runs.judging import evaluate_run
from ganwright.runs.report import write_report
from ganwright.training.checkpoint import Checkpoint
from ganwright.training.state import load_weights

CHUNK = 256  # samples made at once; part of what a seed means


@dataclass(frozen=True)
class Run:
    """A trained (or still training) model in its folder. `load` opens one, `train` returns one."""

    path: Path

    @property
    def folder(self) -> RunFolder:
        """Where the run's parts lie."""
        return RunFolder(self.path)

    @cached_property
    def config(self) -> RunConfig:
        """What run.toml says."""
        return self.folder.config()

    @property
    def in_force(self) -> RunConfig:
        """The config with what recoveries changed so far; where there were none, what run.toml says."""
        config = self.config
        for event in self.events():
            if event["type"] == "recovery":
                config = config.override(event["changes"])
        return config

    def events(self) -> list[Event]:
        """The log, as dicts, without entries that a resume superseded."""
        return self.folder.events()

    @property
    def course(self) -> Course:
        """How its health went so far: what was found, since when, and what was done about it."""
        return Course.of(self.events(), self.config.recoveries)

    @cached_property
    def checkpoint(self) -> Checkpoint:
        """The best checkpoint where the run judged itself, else the newest. Raises UserError where there is none."""
        there = self.folder.checkpoints()
        if not there:
            raise UserError(f"{self.path} has no checkpoint yet; train it (longer), the same command goes on")
        best = there[-1].state()["best"]
        chosen = [c for c in there if best and c.num_images == best["num_images"]]
        return (chosen or there)[-1]

    @cached_property
    def class_names(self) -> tuple[str, ...]:
        """The data's class names; empty without labels."""
        return tuple(self.checkpoint.state()["record"]["class_names"])

    @cached_property
    def model(self) -> tuple[Algorithm, dict[str, nn.Module]]:
        """The game and its networks, the averaged generator in its place, in evaluation mode and frozen."""
        tensors, state = self.checkpoint.load()
        spec = state["record"]["spec"]
        config = RunConfig.parse(state["record"]["config"], str(self.checkpoint.path))
        algorithm = config.algorithm.build(DataSpec(tuple(spec["shape"]), spec["num_classes"], spec["bounded"]))
        averages = {name: algorithm.networks[name] for name in algorithm.averaged}
        rest = {name: net for name, net in algorithm.networks.items() if name not in averages}
        load_weights(rest, averages, tensors)
        for network in algorithm.networks.values():
            network.eval().requires_grad_(False)
        return algorithm, algorithm.networks

    def sample(self, n: int = 64, *, seed: int = 0, label: int | str | None = None) -> Tensor:
        """Make n samples with the averaged generator: float images in [-1, 1], (n, C, H, W), or points (n, D).

        seed: the same seed gives the same samples, and sample i does not depend on n.
        label: class number or name; None: all classes in turn. Raises UserError for an unconditional model.
        """
        if n < 1:
            raise UserError(f"cannot make {n} samples; ask for 1 or more")
        return torch.cat(list(self.sample_batches(n, seed=seed, label=label)))

    def sample_batches(self, n: int, *, seed: int = 0, label: int | str | None = None) -> Iterator[Tensor]:
        """The same samples in batches of at most 256, for more than one wants to hold at once."""
        return self.batches(n, seed, self._label(label))

    def score(self, items: Tensor, labels: Tensor | None = None) -> Tensor:
        """How real the discriminator finds items (N, *shape), images in [-1, 1]: logits (N,), higher is more real.

        labels: the items' classes (N,), for a conditional run; others ignore them.
        A discriminator of packs of m judges m items together, which share its score.
        Raises UserError where nothing scores, and where labels are missing.
        """
        algorithm, networks = self.model
        if algorithm.score is None:
            raise UserError(f"{self.path} holds a {self.config.algorithm.tag} run; it scores nothing")
        if algorithm.num_classes and labels is None:
            raise UserError(
                f"{self.path} is conditional, so its discriminator judges items together with their classes; "
                f"give score() labels too, one of 0 to {algorithm.num_classes - 1} an item"
            )
        with torch.no_grad():
            return algorithm.score(networks, items, labels).float()

    def batches(self, n: int, seed: int, label: int | None = None, labels: Tensor | None = None) -> Iterator[Tensor]:
        """The samples in batches, of one class, of the classes `labels` one after another, or of all in turn."""
        algorithm, networks = self.model
        if algorithm.sample is None or algorithm.latents is None:
            raise UserError(f"{self.path} holds a {self.config.algorithm.tag} run; it makes no samples")
        for start in range(0, n, CHUNK):
            draws = Draws((seed, "sample", start), torch.device("cpu"))
            latents = algorithm.latents(draws, CHUNK)
            chosen = None
            if algorithm.num_classes:
                in_turn = torch.arange(start, start + CHUNK) % algorithm.num_classes
                chosen = in_turn if label is None else torch.full((CHUNK,), label)
                if labels is not None:
                    chosen = labels[torch.arange(start, start + CHUNK) % len(labels)]
            with torch.no_grad():
                yield algorithm.sample(networks, latents, chosen).float()[: n - start]

    def _label(self, label: int | str | None) -> int | None:
        if label is None:
            return None
        num_classes = self.model[0].num_classes
        if not num_classes:
            raise UserError(
                f"{self.path} is unconditional: it cannot be asked for class {label}; train with "
                "--generator.conditional true --discriminator.conditional true on data with labels"
            )
        names = self.class_names
        if isinstance(label, str) and label in names:
            return names.index(label)
        if str(label).isascii() and str(label).isdecimal() and int(label) < num_classes:
            return int(label)
        raise UserError(f"there is no class '{label}'; classes 0 to {num_classes - 1}: {nearest(str(label), names)}")

    def save_samples(
        self, out: str | Path, n: int = 64, *, seed: int = 0, label: int | str | None = None, each: bool = False
    ) -> list[Path]:
        """Write samples as PNG, with recipe, seed and the mark of generated media in their metadata.

        out: a file for one grid; a folder for `each` sample in a file of its own. Returns the files written.
        """
        items = self.sample(n, seed=seed, label=label)
        pictures = to_uint8(items) if items.ndim == 4 else items
        out = Path(out)
        about = {
            "Software": "ganwright",
            "recipe": self.config.recipe,
            "data": self.config.data.tag,
            "seed": str(seed),
            "images": str(self.checkpoint.num_images),
            "run": self.checkpoint.state()["sha256"][:12],
        }
        if label is not None:
            about["class"] = str(label)
        if not each:
            if out.is_dir():
                raise UserError(f"{out} is a folder; give --out a file name such as {out / 'samples.png'}, or --each")
            file = out if out.suffix.lower() == ".png" else out.with_name(out.name + ".png")
            write_png(panel(pictures), file, about)
            return [file]
        if pictures.ndim != 4:
            raise UserError("points have no picture each; leave --each out")
        if out.is_file():
            raise UserError(f"{out} is a file; --each needs a folder")
        files = [out / f"{i:06d}.png" for i in range(n)]
        for index, file in enumerate(files):
            write_png(grid(pictures[index : index + 1], scale=1), file, about | {"index": str(index)})
        return files

    def evaluate(
        self,
        num_samples: int | None = None,
        *,
        features: str = "auto",
        weights: str | Path | None = None,
        resize: str | None = None,
        metrics: Sequence[str] | None = None,
        split: str = "train",
        seed: int = 0,
        data_dir: str | None = None,
        progress: Report | None = None,
    ) -> Evaluation:
        """Judge the averaged generator against its data and log the figures in events.jsonl.

        num_samples: samples and real items a side; None: 10,000, or as many as the data allows where that is less.
        features: what figures are measured on. "auto": the classifier that ships for the data, or one fitted on its
            labels (kept in the user's cache); without labels a fixed random embedding; for points the points. "none"
            leaves out all that needs features. Else a row of `ganwright list features`, as "inception" or "random:7".
        weights: a file of weights for features that want one. resize: a rule of `ganwright list resize`, how images are
            brought to the size that named features want; None: their own.
        metrics: names of rows, "default" and "all"; None: the default ones.
        split: of the data that samples are compared with, "train" or "test".
        Raises UserError where the data is not what the run was trained on, and as `metrics.evaluate.evaluate` does.
        """
        return evaluate_run(
            self, num_samples, features, weights, resize, metrics, split, seed, data_dir or self._data_dir(), progress
        )

    def _data_dir(self) -> str | None:
        """The folder of data files the run was started with, where it was given and is still there."""
        started = next((e for e in self.events() if e["type"] == "started"), {})
        named = started.get("data_dir") or None
        return named if named and Path(named).is_dir() else None

    def report(self) -> Path:
        """Write report.html from the run folder and return its place."""
        return write_report(self.path)

    def summary(self) -> dict[str, Any]:
        """State, length, last scalars, last figures and health, as plain data."""
        events = self.events()
        last = {e["type"]: e for e in events}
        newest = events[-1] if events else {"type": "empty", "num_images": 0}
        endings = [e for e in events if e["type"] in ("finished", "interrupted", "failed")]
        return {
            "run": str(self.path),
            "recipe": self.config.recipe,
            "data": self.config.data.tag,
            "state": endings[-1]["type"] if endings else "running or killed",
            "num_images": newest["num_images"],
            "images": self.config.images,
            "scalars": last.get("log", {}).get("scalars", {}),
            "figures": last.get("metrics", {}).get("figures", []),
            "health": self.course.plain(),
        }


def load(path: str | Path) -> Run:
    """Open a run folder. Raises UserError where it is none."""
    run = Run(Path(path))
    run.config  # noqa: B018  read it now, so that a wrong folder is told at once
    return run
