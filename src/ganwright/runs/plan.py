"""From what a user asked for to a config, a folder and a data set: all that can be known before training."""

import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from ganwright.algorithms.phase import Algorithm, Networks
from ganwright.core.config import NONE
from ganwright.core.errors import UserError
from ganwright.core.events import EventWriter
from ganwright.core.options import options_of
from ganwright.core.schedules import schedules_of
from ganwright.core.seeding import seed_global
from ganwright.data import parse_data
from ganwright.data.dataset import DataConfig, Dataset
from ganwright.data.loader import Loader, check_batch
from ganwright.health.remedies.settings import suspects
from ganwright.recipes.auto import AUTO, Choice
from ganwright.recipes.catalog import origin
from ganwright.recipes.catalog import recipe as named_recipe
from ganwright.recipes.run_config import RunConfig, read_config
from ganwright.runs.choosing import asked, asks_for_auto, choice_of, chosen
from ganwright.runs.folder import RunFolder
from ganwright.training import Engine
from ganwright.training.checkpoint import Checkpoint
from ganwright.training.precision import choose_device, flushed_denormals


def as_it_is(algorithm: Algorithm) -> Algorithm:
    """The game that the config describes."""
    return algorithm


@dataclass(frozen=True)
class Estimate:
    """What a run will need on this machine, measured on a few real iterations.

    parameters: trainable numbers by network.
    memory_bytes: weights, gradients, optimiser states, averages and resident data; without activations.
    images_per_second: speed of training.
    seconds: for the whole run.
    """

    parameters: dict[str, int]
    memory_bytes: int
    images_per_second: float
    seconds: float


@dataclass(frozen=True)
class Plan:
    """A run that can be started.

    goes_on_from: the newest checkpoint where the folder already holds this run, else None.
    notes: what the user should know before it starts.
    home: where the run goes that was given no folder.
    auto: what the recipe `auto` chose, and why; None where a recipe was named.
    alter: changes the game that the config describes, for experiments; called again wherever it is built again.
    """

    config: RunConfig
    folder: RunFolder
    dataset: Dataset
    device: torch.device
    data_dir: str | None
    goes_on_from: Checkpoint | None
    notes: tuple[str, ...]
    home: Path
    auto: Choice | None = None
    alter: Callable[[Algorithm], Algorithm] = as_it_is

    @property
    def out(self) -> Path:
        """The run folder."""
        return self.folder.path

    @property
    def resumes(self) -> int | None:
        """Images of the checkpoint the run goes on from, or None."""
        return self.goes_on_from.num_images if self.goes_on_from else None

    def algorithm(self, config: RunConfig | None = None, networks: Networks | None = None) -> Algorithm:
        """Build networks and phases with the run's seed. Raises UserError where the data does not suit them.

        config: in place of the plan's own. networks: those that a run has already; only phases are built then.
        """
        config = config or self.config
        if networks is None:
            seed_global(config.seed, "networks")
        return self.alter(config.algorithm.build(self.dataset.spec, networks))

    def loader(self) -> Loader:
        """What draws the real batches."""
        data = self.config.data
        return Loader(self.dataset, self.config.seed, self.device, flip=data.flip, balanced=data.balanced)

    def estimate(self, seconds: float = 2.0) -> Estimate:
        """Train for about `seconds` in a temporary folder and scale up."""
        algorithm = self.algorithm()
        with tempfile.TemporaryDirectory() as place, flushed_denormals():
            events = EventWriter(Path(place) / "events.jsonl")
            engine = Engine(algorithm, self.loader(), self.config, Path(place), self.device, events)
            engine.iterate()
            start, images = time.monotonic(), engine.num_images
            while engine.iteration < 3 or time.monotonic() - start < seconds:
                engine.iterate()
            if self.device.type == "cuda":
                torch.cuda.synchronize()
            speed = (engine.num_images - images) / (time.monotonic() - start)
        parameters = {name: sum(p.numel() for p in net.parameters()) for name, net in algorithm.networks.items()}
        averaged = sum(parameters[name] for name in algorithm.averaged)
        items = self.dataset.items
        memory = 4 * (4 * sum(parameters.values()) + averaged) + items.numel() * items.element_size()
        return Estimate(parameters, memory, speed, self.config.images / speed)


def plan(
    data: str | DataConfig | None = None,
    recipe: str | RunConfig | None = None,
    *,
    preset: str | None = None,
    config_file: str | Path | None = None,
    images: int | None = None,
    epochs: float | None = None,
    seed: int | None = None,
    overrides: Mapping[str, Any] | None = None,
    data_dir: str | None = None,
    out: str | Path | None = None,
    device: str | None = None,
) -> Plan:
    """Resolve a request to a plan: recipe, then config file, then options, each over the last.

    data: a source as `parse_data` reads it, or its config; None: the recipe's or the file's.
    recipe: a config, a recipe's name, or "auto", which looks at data and device and chooses one; where its folder holds
        a run, it goes on by that run's config. None: the file's, else "auto".
    preset: one of the recipe's presets; None: its default, or the file's.
    config_file: TOML with any part of a run's config (a run.toml is a whole one).
    images, epochs: length; at most one of them.
    out: the run folder; None: runs/DATA-RECIPE below the working folder.
    Raises UserError for anything that cannot be.
    """
    if images is not None and epochs is not None:
        raise UserError("give --images or --epochs, not both")
    source = parse_data(data) if isinstance(data, str) else data
    changes: dict[str, Any] = dict(overrides or {})
    preset = changes.pop("preset", preset)
    file = read_config(Path(config_file)) if config_file else {}
    changes |= {k: v for k, v in {"images": images, "seed": seed, "device": device}.items() if v is not None}
    found = _Found()
    if asks_for_auto(recipe, file):
        found = _found(_flat(file), _naming(source, changes, whole=False), preset, out, data_dir)
        recipe, preset = found.config, None
    config = _config(recipe, preset, file, config_file)
    same = source is not None and source.tag == config.data.tag  # keep what the recipe says of its own data set
    config = config.override(_naming(source, changes, whole=not same))
    dataset = found.dataset if found.dataset and config.data == found.data else config.data.load("train", data_dir)
    if epochs is not None:
        if not 0 < epochs < float("inf"):
            raise UserError(f"--epochs {epochs} is no length; give a number above 0")
        config = config.override({"images": max(round(epochs * len(dataset)), 1)})
    home = found.home or default_folder(config)
    folder = RunFolder(Path(out) if out else home)
    goes_on_from = None
    notes: list[str] = []
    if folder.exists:
        folder.check_same(config)
        goes_on_from = next(iter(folder.checkpoints()[::-1]), None)
        notes += _notes_on_length(folder.config(), config)
        _check_data(folder, dataset)
    check_batch(dataset, config.batch_size)
    on = choose_device(config.device)
    made = Plan(config, folder, dataset, on, data_dir, goes_on_from, tuple(notes), home, found.choice)
    algorithm = made.algorithm()  # refuses here, before anything begins, what does not suit the data
    algorithm.check_batch(config.batch_size // config.accumulation)
    if goes_on_from is not None:
        goes_on_from.load()  # refuses a damaged checkpoint
    suspicious = (f"unusual: {suspect.why}" for suspect in suspects(config, origin(config)))
    return replace(made, notes=(*made.notes, *algorithm.notes, *suspicious))


@dataclass(frozen=True)
class _Found:
    """What the recipe `auto` came to. choice: None where a folder's run rules that was not chosen by it.

    dataset: that of `data`, where it was loaded. home: the folder of such a run, where none is given.
    """

    config: RunConfig | None = None
    choice: Choice | None = None
    dataset: Dataset | None = None
    home: Path | None = None

    @property
    def data(self) -> DataConfig | None:
        """Where the choice has its items from."""
        return self.choice.config.data if self.choice else None


def _found(
    file: Mapping[str, Any], changes: Mapping[str, Any], preset: str | None, out: str | Path | None, place: str | None
) -> _Found:
    """Choose; or take the config of the run that is already there. file, changes: as dotted options."""
    preset = preset or file.get("preset")
    if not isinstance(preset, str | None):
        raise UserError(f"'preset' is {preset!r}: it should be a preset's name")
    if preset not in (None, NONE):
        raise UserError(f"preset '{preset}' goes with the name of a recipe; give --recipe as well")
    wanted = asked(file, changes)
    home = default_folder(wanted)
    folder = RunFolder(Path(out) if out else home)
    if folder.exists:
        return _Found(folder.config(), choice_of(folder), None, home)
    choice, dataset = chosen(wanted, place)
    return _Found(choice.config, choice, dataset, home)


def _naming(source: DataConfig | None, changes: Mapping[str, Any], whole: bool) -> dict[str, Any]:
    """Changes, with the source among them. whole: all its options, not only those that were set."""
    if source is None:
        return dict(changes)
    given = source.model_dump(mode="json", exclude_unset=not whole)
    return {"data": {**given, "kind": source.tag}, **changes}


def _config(
    recipe: str | RunConfig | None, preset: str | None, changes: dict[str, Any], file: str | Path | None
) -> RunConfig:
    named = changes.get("recipe", recipe)
    if {"data", "algorithm", "optimisers"} <= set(changes):
        given = "--recipe" if recipe is not None else "--preset" if preset is not None else None
        if given:
            raise UserError(
                f"{file} is a whole config (recipe '{named}'); leave out {given}, or take parts out of the file"
            )
        return RunConfig.parse(changes, str(file))
    for name in ("recipe", "preset"):
        if not isinstance(changes.get(name, ""), str):
            raise UserError(f"{file}: '{name}' is {changes[name]!r}: it should be a {name}'s name")
    own = changes.pop("preset", NONE)
    if isinstance(recipe, RunConfig):
        if preset is not None:
            raise UserError(f"preset '{preset}' goes with the name of a recipe, not with a config; leave one out")
        config = recipe
        if changes.get("recipe") == AUTO:
            del changes["recipe"]
    else:
        if preset is None and own != NONE and recipe in (None, named):
            preset = own
        config = named_recipe(recipe or named, preset)
    if not changes:
        return config
    return config.override(_flat(changes), str(file))


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """A nested mapping as dotted names."""
    flat: dict[str, Any] = {}
    for name, value in tree.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = value
    return flat


def default_folder(config: RunConfig) -> Path:
    """Where a run goes that was given no folder: runs/DATA-RECIPE or runs/DATA-RECIPE-PRESET, below the working one."""
    path = getattr(config.data, "path", None)
    parts = (Path(path).stem if path else config.data.tag, config.recipe, config.preset)
    return Path("runs") / "-".join(part for part in parts if part)


def _notes_on_length(old: RunConfig, new: RunConfig) -> list[str]:
    if old.images == new.images:
        return []
    return [
        f"{name} depends on the length of the run: it now follows {new.images:,} images instead of {old.images:,}"
        for name, schedule in schedules_of(new)
        if schedule.depends_on_length
    ]


def _check_data(folder: RunFolder, dataset: Dataset) -> None:
    started = next((e for e in folder.events() if e["type"] == "started"), None)
    known = (started or {}).get("data", {}).get("content_hash", dataset.content_hash)
    if known != dataset.content_hash:
        raise UserError(
            f"the data of {folder.path} has changed since the run was started ({dataset.name}: another content hash); "
            "put it back, or choose another folder with --out"
        )


def changed_options(config: RunConfig) -> list[str]:
    """Names of the options in which a config differs from its recipe's, at its preset."""
    try:
        base = {o.name: o.value for o in options_of(named_recipe(config.recipe, config.preset))}
    except UserError:
        return []
    return [o.name for o in options_of(config) if base.get(o.name) != o.value]
