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
from ganwright.algorithms.phase import Algorithm, Networks
from ganwright.core.errors import UserError
from ganwright.core.events import Event, EventWriter
from ganwright.data.dataset import DataConfig, Dataset
from ganwright.health.look import LEAST_ITEMS, SharesOf
from ganwright.health.monitor import Monitor, can_be_watched
from ganwright.health.recovery import Forked, Recovery
from ganwright.health.watcher import Watcher
from ganwright.metrics.features.classifier import ClassifierFeatures
from ganwright.recipes.catalog import citation, origin
from ganwright.recipes.run_config import RunConfig
from ganwright.runs import rescue
from ganwright.runs.classifier import ready_for
from ganwright.runs.folder import RunFolder
from ganwright.runs.goals import Goals, check_goals, reached
from ganwright.runs.judge import Judge, check_judged_by
from ganwright.runs.panels import Panels
from ganwright.runs.plan import Plan, changed_options, plan
from ganwright.runs.report import write_report
from ganwright.runs.run import Run
from ganwright.training import Callback, Engine
from ganwright.training.config import TrainingConfig
from ganwright.training.precision import flushed_denormals

Measure = Callable[[Engine], Mapping[str, float | list[float]]]
"""Looks at a run without changing it, and returns numbers or lists of numbers by name."""


def train(
    recipe: str | RunConfig | None = None,
    data: str | DataConfig | None = None,
    *,
    preset: str | None = None,
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

    recipe: a config from `ganwright.recipes`, or a recipe's name; "auto" or None: what suits data and device.
    data: "digits", "mnist", "folder:PATH", ...; None: the recipe's own.
    preset: of the named recipe, e.g. "small"; None: its default.
    out: the run folder; None: runs/DATA-RECIPE below the working folder.
    images, epochs: length of the run, in real images or in passes over the data.
    options: dotted names and values that override the recipe's, e.g. {"generator.width": 32}.
    data_dir: a folder with standard data files, <data_dir>/<name>/...
    Raises UserError for bad input, TrainingFailed if numbers stop being finite, Interrupted after SIGINT or SIGTERM.
    """
    length = {"images": images, "epochs": epochs}
    asked = {"preset": preset, **length, "seed": seed, "overrides": options, "data_dir": data_dir}
    with flushed_denormals():
        return train_plan(plan(data, recipe, **asked, out=out, device=device), callbacks=callbacks)


def train_plan(
    plan: Plan,
    *,
    fork: str | Path | None = None,
    callbacks: Sequence[Callback] = (),
    measure: Measure | None = None,
    attach: Callable[[Engine], Sequence[Callback]] | None = None,
) -> Run:
    """Train a plan. Writes run.toml, events.jsonl, checkpoints, samples and report.html in its folder.

    fork: the folder of another run to take the first weights from, where the plan's own folder is new.
    measure: called before the first step and wherever panels are drawn; what it returns is written as an event
        `measurements` with the field `values`. Panels are then drawn before the first step too.
    attach: makes callbacks that need the engine; they are told of everything last.
    Where the run's goal is reached, or the run ended, nothing is trained. Where the run failed and a fork took over,
    then or earlier, the fork is trained, and its run returned.
    """
    more: dict[str, Any] = {"callbacks": callbacks, "measure": measure, "attach": attach}
    if (successor := rescue.taken_over(plan)) is not None:
        return _train(successor, None, **more)
    try:
        return _train(plan, fork, **more)
    except Forked as end:
        return _train(rescue.fork_plan(plan, end.fork), None, **more)


def check(plan: Plan) -> None:
    """Raise UserError for a plan that would be refused before its first step, as far as that costs no time.

    Whether its metrics can be measured on this data is left out, since that may need a classifier to be fitted.
    """
    algorithm = plan.algorithm()
    _check_watched(plan, algorithm)
    if plan.config.evaluate_images and algorithm.sample:
        check_judged_by(plan.config)
    else:
        check_goals(plan, ())


def _train(
    plan: Plan,
    fork: str | Path | None,
    callbacks: Sequence[Callback],
    measure: Measure | None,
    attach: Callable[[Engine], Sequence[Callback]] | None,
) -> Run:
    folder, config = plan.folder, plan.config
    if fork is not None and Path(fork).resolve() == folder.path.resolve():
        raise UserError(f"{fork} cannot be forked into itself; name a new folder")
    algorithm = plan.algorithm()
    _check_watched(plan, algorithm)
    judge = Judge(plan) if config.evaluate_images and algorithm.sample else None
    check_goals(plan, judge.measured if judge else ())
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
            judge=judge,
        )
        engine.callbacks = (*callbacks, *_watching(plan, engine))
        if measure is not None:
            engine.callbacks = (*engine.callbacks, _Measuring(engine, measure))
        if attach is not None:
            engine.callbacks = (*engine.callbacks, *attach(engine))
        origin = fork if first else _origin(folder)
        if plan.goes_on_from is None and origin:
            engine.load_weights(_newest(RunFolder(Path(origin))))
        if plan.goes_on_from is not None:
            engine.load(plan.goes_on_from)
            if (reason := reached(plan)) is not None:
                engine.controls.stop(reason)
            if (engine.num_images >= config.images or reason) and _ended(folder):
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
            if config.on_failure == "recover" and plan.goes_on_from is None:
                engine.save()  # a run that was wrong from its start can begin again
        try:
            engine.run()
        finally:
            write_report(folder.path)
    return Run(folder.path)


def _watching(plan: Plan, engine: Engine) -> list[Callback]:
    """What measures the run's health and acts on it, and what ends it early: nothing for an algorithm that is no game,
    and none that measures where that is switched off.
    """
    goals: list[Callback] = [Goals(engine)] if engine.judge is not None else []
    if not can_be_watched(engine.algorithm):
        return goals
    usual = origin(plan.config)
    recovery = Recovery(engine, lambda changed: _game(plan, changed, engine.networks), rescue.offer(plan), usual)
    if not plan.config.signals or len(plan.dataset) < LEAST_ITEMS:
        return [recovery, *goals]
    monitor = Monitor(engine, plan.dataset, lambda: _held_out(plan), lambda: _classifier(plan))
    return [monitor, Watcher(engine, usual), recovery, *goals]


def _game(plan: Plan, config: TrainingConfig, networks: Networks) -> Algorithm:
    """The phases of a changed config around the networks of the run."""
    assert isinstance(config, RunConfig)
    return plan.algorithm(config, networks)


def _check_watched(plan: Plan, algorithm: Algorithm) -> None:
    """Raise UserError where something is to be done about a failing run that nobody would see failing."""
    config = plan.config
    if config.on_failure == "warn":
        return
    problem = ""
    if not can_be_watched(algorithm):
        problem = f"only games are watched, and this is a {config.algorithm.tag}"
    elif not config.signals:
        problem = "failures are seen by the signals, which are switched off; use --signals true"
    elif len(plan.dataset) < LEAST_ITEMS:
        problem = f"{len(plan.dataset)} items are too few to be watched; {LEAST_ITEMS} are needed"
    if problem:
        raise UserError(f"on_failure {config.on_failure}: {problem}")


def _ended(folder: RunFolder) -> bool:
    """True where the run was finished and not gone on with since."""
    endings = [e["type"] for e in folder.events() if e["type"] in ("finished", "resumed", "failed", "interrupted")]
    return endings[-1:] == ["finished"]


def _held_out(plan: Plan) -> Dataset | None:
    """Items of the test split, if there is one that can be read."""
    try:
        return plan.config.data.load("test", plan.data_dir)
    except UserError:
        return None


def _classifier(plan: Plan) -> SharesOf | None:
    """What tells the classes of samples, if a classifier of the data's is there without fitting one."""
    ready = ready_for(plan.config.data, plan.dataset, plan.data_dir)
    return None if ready is None else ClassifierFeatures(ready, plan.device).class_shares


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
    auto = plan.auto if plan.auto and plan.auto.config.recipe == config.recipe else None
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
        "auto": {"chose": auto.chose, "because": auto.because} if auto else {},
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
