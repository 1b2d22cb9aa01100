"""Train a plan: start its run folder, or go on from where it stopped."""

import os
import platform
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

import ganwright
from ganwright.algorithms.phase import Networks
from ganwright.core.errors import UserError
from ganwright.core.events import Event, EventWriter
from ganwright.data.dataset import DataConfig, Dataset
from ganwright.health.look import LEAST_ITEMS
from ganwright.health.monitor import Monitor, can_be_watched
from ganwright.health.watcher import Watcher
from ganwright.recipes.catalog import citation
from ganwright.recipes.run_config import RunConfig
from ganwright.runs.folder import RunFolder
from ganwright.runs.judge import Judge
from ganwright.runs.panels import Panels
from ganwright.runs.plan import Plan, changed_options, plan
from ganwright.runs.report import write_report
from ganwright.runs.run import Run
from ganwright.training import Callback, Engine
from ganwright.training.precision import flushed_denormals

Measure = Callable[[Engine], Mapping[str, float | list[float]]]
"""Looks at a run without changing it, and returns numbers or lists of numbers by name."""


def train(
    recipe: str | RunConfig | None = None,
    data: str | DataConfig | None = None,
    *,
    out: str | Path | None = None,
    images: int | None = None,
    epochs: float | None = None,
    seed: int | None = None,
    options: Mapping[str, Any] | None = None,
    data_dir: str | None = None,
    device: str | None = None,
    callbacks: Sequence[Callback] = (),
) -> Run:
    """Train a model, or go on training it where `out` already holds this run.

    recipe: a config from `ganwright.recipes`, or a recipe's name.
    data: "digits", "mnist", "folder:PATH", ...; None: the recipe's own.
    out: the run folder; None: runs/DATA-RECIPE below the working folder.
    images, epochs: length of the run, in real images or in passes over the data.
    options: dotted names and values that override the recipe's, e.g. {"generator.width": 32}.
    data_dir: a folder with standard data files, <data_dir>/<name>/...
    Raises UserError for bad input, TrainingFailed if numbers stop being finite, Interrupted after SIGINT or SIGTERM.
    """
    asked = {"images": images, "epochs": epochs, "seed": seed, "overrides": options, "data_dir": data_dir}
    with flushed_denormals():
        return train_plan(plan(data, recipe, **asked, out=out, device=device), callbacks=callbacks)


def train_plan(
    plan: Plan,
    *,
    fork: str | Path | None = None,
    callbacks: Sequence[Callback] = (),
    measure: Measure | None = None,
) -> Run:
    """Train a plan. Writes run.toml, events.jsonl, checkpoints, samples and report.html in its folder.

    fork: the folder of another run to take the first weights from, where the plan's own folder is new.
    measure: called before the first step and wherever panels are drawn; what it returns is written as an event
        `measurements` with the field `values`. Panels are then drawn before the first step too.
    """
    folder, config = plan.folder, plan.config
    if fork is not None and Path(fork).resolve() == folder.path.resolve():
        raise UserError(f"{fork} cannot be forked into itself; name a new folder")
    algorithm = plan.algorithm()
    loader = plan.loader()
    first = not folder.exists
    with folder.lock():
        panels = Panels(folder.path, plan.dataset, config.seed, config.panel_size, config.recipe)
        engine = Engine(
            algorithm,
            loader,
            config,
            folder.path,
            plan.device,
            EventWriter(folder.events_file),
            record_of(plan),
            callbacks,
            on_tick=panels if algorithm.sample else _nothing_drawn if measure else None,
            judge=Judge(plan) if config.evaluate_images and algorithm.sample else None,
        )
        engine.callbacks = (*callbacks, *_watching(plan, engine))
        if measure is not None:
            engine.callbacks = (*engine.callbacks, _Measuring(engine, measure))
        origin = fork if first else _origin(folder)
        if plan.goes_on_from is None and origin:
            engine.load_weights(_newest(RunFolder(Path(origin))))
        if plan.goes_on_from is not None:
            engine.load(plan.goes_on_from)
            if engine.num_images >= config.images:
                return Run(folder.path)
        if first:
            folder.create(config)
        else:
            config.write(folder.config_file)
            engine.emit("resumed", checkpoint=plan.goes_on_from.path.name if plan.goes_on_from else "none")
        if engine.iteration == 0:
            panels.write_real()
            if not any(event["type"] == "started" for event in folder.events()):
                engine.emit("started", **circumstances(plan, engine.networks, origin))
            if measure is not None and not any(event["type"] == "measurements" for event in folder.events()):
                engine.emit("samples", **(panels if algorithm.sample else _nothing_drawn)(engine))
        try:
            engine.run()
        finally:
            write_report(folder.path)
    return Run(folder.path)


def _watching(plan: Plan, engine: Engine) -> list[Callback]:
    """What measures the run's health: nothing where that is switched off, and for an algorithm that is no game."""
    if not plan.config.signals or not can_be_watched(engine.algorithm) or len(plan.dataset) < LEAST_ITEMS:
        return []
    return [Monitor(engine, plan.dataset, lambda: _held_out(plan)), Watcher(engine)]


def _held_out(plan: Plan) -> Dataset | None:
    """Items of the test split, if there is one that can be read."""
    try:
        return plan.config.data.load("test", plan.data_dir)
    except UserError:
        return None


def _nothing_drawn(engine: Engine) -> dict[str, str]:
    """The panels of an algorithm that makes no items: none, at a moment that is measured all the same."""
    return {}


class _Measuring(Callback):
    """Writes what is measured after every panel; the end's is marked as the panel is, so that a longer run drops it."""

    def __init__(self, engine: Engine, measure: Measure) -> None:
        self._engine, self._measure = engine, measure

    def on_event(self, event: Event) -> None:
        if event["type"] == "samples":
            end = {"final": True} if event.get("final") else {}
            self._engine.emit("measurements", values=dict(self._measure(self._engine)), **end)


def _origin(folder: RunFolder) -> str | None:
    """The run that a run was forked from, so that one killed before its first checkpoint starts from there again."""
    started = next((e for e in folder.events() if e["type"] == "started"), {})
    return started.get("forked_from") or None


def _newest(folder: RunFolder) -> dict[str, torch.Tensor]:
    folder.config()
    saved = folder.checkpoints()
    if not saved:
        raise UserError(f"{folder.path} has no checkpoint to fork from; train it first")
    return saved[-1].load()[0]


def record_of(plan: Plan) -> dict[str, Any]:
    """What a checkpoint must carry so that it can be sampled from without the data."""
    spec = plan.dataset.spec
    return {
        "config": plan.config.plain(),
        "spec": {"shape": list(spec.shape), "num_classes": spec.num_classes, "bounded": spec.bounded},
        "class_names": list(plan.dataset.class_names),
        "content_hash": plan.dataset.content_hash,
    }


def circumstances(plan: Plan, networks: Networks, fork: str | Path | None = None) -> dict[str, Any]:
    """All that a reader of the run should know of how it came about."""
    config, dataset = plan.config, plan.dataset
    return {
        "run": {"recipe": config.recipe, "data": dataset.name, "seed": config.seed, "out": str(plan.out)},
        "data": {
            "name": dataset.name,
            "num_items": len(dataset),
            "shape": list(dataset.spec.shape),
            "num_classes": dataset.spec.num_classes,
            "content_hash": dataset.content_hash,
        },
        "parameters": {name: sum(p.numel() for p in net.parameters()) for name, net in networks.items()},
        "changed": changed_options(config),
        "forked_from": str(Path(fork).resolve()) if fork else "",
        "data_dir": str(Path(plan.data_dir).resolve()) if plan.data_dir else "",
        "environment": {
            "ganwright": ganwright.__version__,
            "python": platform.python_version(),
            "torch": torch.__version__,
            "device": str(plan.device),
            "num_threads": torch.get_num_threads(),
            "num_cores": os.cpu_count(),
            "platform": platform.platform(),
        },
        "command": shlex.join(["ganwright", *sys.argv[1:]])
        if Path(sys.argv[0]).stem in ("ganwright", "__main__")
        else "",
        "citation": citation(config.recipe),
    }
