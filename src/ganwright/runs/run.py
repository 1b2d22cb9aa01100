"""A run folder as an object: sample from it, judge it, report on it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ganwright.algorithms.phase import Algorithm
from ganwright.core.errors import UserError, nearest
from ganwright.core.events import Event, EventWriter
from ganwright.core.pictures import grid, panel, write_png
from ganwright.core.seeding import Draws
from ganwright.core.spec import DataSpec
from ganwright.data.dataset import Dataset, to_uint8
from ganwright.metrics.evaluate import evaluate
from ganwright.metrics.evaluation import Evaluation
from ganwright.recipes.run_config import RunConfig
from ganwright.runs.classifier import features_for
from ganwright.runs.folder import RunFolder
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

    def events(self) -> list[Event]:
        """The log, as dicts, without entries that a resume superseded."""
        return self.folder.events()

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
    def _model(self) -> tuple[Algorithm, dict[str, nn.Module]]:
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
        return self._batches(n, seed, self._label(label))

    def score(self, items: Tensor, labels: Tensor | None = None) -> Tensor:
        """How real the discriminator finds items (N, *shape), images in [-1, 1]: logits (N,), higher is more real.

        A discriminator of packs of m judges m items together, which share its score.
        """
        algorithm, networks = self._model
        if algorithm.score is None:
            raise UserError(f"{self.path} holds a {self.config.algorithm.tag} run; it scores nothing")
        with torch.no_grad():
            return algorithm.score(networks, items, labels).float()

    def _batches(self, n: int, seed: int, label: int | None, labels: Tensor | None = None) -> Iterator[Tensor]:
        algorithm, networks = self._model
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
        num_classes = self._model[0].num_classes
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
        classifier: str | Path | None = "auto",
        seed: int = 0,
        data_dir: str | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Evaluation:
        """Judge the averaged generator against its training data and log the figures in events.jsonl.

        num_samples: samples and real items a side; None: 10,000, or half of the data where that is less.
        classifier: "auto" takes the one that ships for the data, or fits one on its labels (kept in the user's cache);
            a path names a saved one; "none" leaves FID and classes out.
        """
        data_dir = data_dir or self._data_dir()
        data = self.config.data.load("train", data_dir)
        record = self.checkpoint.state()["record"]
        if record.get("content_hash", data.content_hash) != data.content_hash:
            raise UserError(
                f"{data.name} is no longer the data that {self.path} was trained on (another content hash); put it back"
            )
        algorithm, networks = self._model
        features = features_for(self.config.data, data, classifier, data_dir)
        wanted = 10_000 if num_samples is None else num_samples
        num = min(wanted, len(data) // 2)
        labels = self._labels_like(data, num, seed) if algorithm.num_classes else None
        scorer = algorithm.score
        evaluation = evaluate(
            self._batches(num, seed, None, labels),
            data,
            features,
            num_samples=min(wanted, len(data) // 2) if num_samples is None else wanted,
            seed=seed,
            score=None if scorer is None else lambda items, own: scorer(networks, items, own).float(),
            labels=labels,
            progress=progress,
        )
        events = EventWriter(self.folder.events_file)
        state = self.checkpoint.state()
        events.write("metrics", state["iteration"], state["num_images"], **evaluation.plain())
        return evaluation

    def _data_dir(self) -> str | None:
        """The folder of data files the run was started with, where it was given and is still there."""
        started = next((e for e in self.events() if e["type"] == "started"), {})
        named = started.get("data_dir") or None
        return named if named and Path(named).is_dir() else None

    @staticmethod
    def _labels_like(data: Dataset, num: int, seed: int) -> Tensor:
        """Labels drawn as often as the data has them."""
        assert data.labels is not None
        draws = Draws((seed, "labels"), torch.device("cpu"))
        return data.labels[draws.integers("labels", len(data.labels), num)]

    def report(self) -> Path:
        """Write report.html from the run folder and return its place."""
        return write_report(self.path)

    def summary(self) -> dict[str, Any]:
        """State, length, last scalars and last figures, as plain data."""
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
        }


def load(path: str | Path) -> Run:
    """Open a run folder. Raises UserError where it is none."""
    run = Run(Path(path))
    run.config  # noqa: B018  read it now, so that a wrong folder is told at once
    return run
