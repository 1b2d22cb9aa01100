"""What `train` and `demo` share: run a plan under a display, and say what came of it."""

import os
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from ganwright.cli.failures import Stopped
from ganwright.cli.progress import progress
from ganwright.core.events import Event
from ganwright.core.wording import duration
from ganwright.runs import Estimate, Plan, Run, train_plan
from ganwright.runs.goals import reached
from ganwright.runs.rescue import taken_over
from ganwright.training import Interrupted

CROWDED = 0.75
"""Programs at work for each core, above which several threads of one program are in each other's way."""


def announce(plan: Plan, messages: Console, silent: bool = False) -> dict[str, Any] | None:
    """Say in three lines what `auto` chose, why, and how long it takes here; return the same as plain data.

    silent: nobody listens, so the time is not measured. None where nothing was chosen, or nothing is left to train.
    """
    if plan.auto is None or silent or (plan.resumes or 0) >= plan.config.images or reached(plan):
        return told(plan, None)
    estimate = plan.estimate()
    for line in choice_lines(plan, estimate):
        messages.print(line, soft_wrap=True)
    return told(plan, estimate)


def crowded(device: str) -> list[str]:
    """A line where torch has several threads on processors that others use: each step waits for the slowest of them.

    Results depend on the number of threads, so that it is not changed unasked.
    """
    threads = torch.get_num_threads()
    if device != "cpu" or threads < 2 or not hasattr(os, "getloadavg"):
        return []
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    if load < CROWDED * cores:
        return []
    return [f"busy machine ({load:.1f} programs at work, {cores} cores): OMP_NUM_THREADS=1 in front may be much faster"]


def told(plan: Plan, estimate: Estimate | None) -> dict[str, Any] | None:
    """What `auto` chose and why, as plain data. seconds: of training that are left, where they were estimated."""
    if plan.auto is None:
        return None
    speed = estimate.images_per_second if estimate else None
    left = plan.config.images - (plan.resumes or 0)
    return {
        "recipe": plan.auto.config.recipe,
        "preset": plan.auto.config.preset,
        "chose": plan.auto.chose,
        "because": plan.auto.because,
        "images_per_second": speed,
        "seconds": left / speed if speed else None,
    }


def choice_lines(plan: Plan, estimate: Estimate) -> list[str]:
    """The same for people, in three lines; none where nothing was chosen."""
    facts = told(plan, estimate)
    if facts is None:
        return []
    left = plan.config.images - (plan.resumes or 0)
    more = " more" if plan.resumes else ""
    return [
        f"chose    {facts['chose']}",
        f"because  {facts['because']}",
        f"takes    about {duration(facts['seconds'])} for {left:,}{more} images, at {facts['images_per_second']:,.0f} "
        "images/s here; --images sets another length",
    ]


def train(plan: Plan, messages: Console, fork: Path | None = None) -> Run:
    """Train a plan to its end with live progress. Raises Stopped with 128 + signal where a signal ended it."""
    config, done = plan.config, plan.resumes or 0
    source = f"{plan.dataset.name} ({len(plan.dataset):,} items, {plan.dataset.spec})"
    messages.print(f"{config.recipe} on {source}, {plan.device.type}, seed {config.seed}, into {plan.out}")
    why = reached(plan)
    if plan.resumes is not None:
        state = "already finished:" if done >= config.images or why else "resuming from"
        messages.print(f"{state} {done:,} images")
    for note in (*plan.notes, *([f"it goes no further: {why}"] if why else crowded(plan.device.type))):
        messages.print(note)
    if (successor := taken_over(plan)) is not None:
        messages.print(*successor.notes)
    try:
        with progress(messages, config.images, done, most_recoveries=config.recoveries) as display:
            return train_plan(plan, fork=fork, callbacks=[display])
    except Interrupted as stop:
        raise Stopped(
            f"{stop}, saved in {plan.out}; the same command again goes on", 128 + stop.signal_number
        ) from stop


def summary(run: Run) -> dict[str, Any]:
    """What came of a run, as plain data."""
    events = run.events()
    finished = _last(events, "finished")
    log = _last(events, "log")
    return {
        "run": run.path,
        "recipe": run.config.recipe,
        "seed": run.config.seed,
        "num_images": finished.get("num_images"),
        "seconds": finished.get("seconds"),
        "images_per_second": log.get("images_per_second"),
        "scalars": log.get("scalars", {}),
        "stopped_early": finished.get("reason"),
        "health": run.course.plain(),
        "report": run.path / "report.html",
    }


def lines(run: Run, result: dict[str, Any]) -> list[str]:
    """The same for people: how much, how long, how it went, where."""
    spent = duration(result["seconds"]) if result["seconds"] is not None else "unknown time"
    early = f", stopped early: {result['stopped_early']}" if result["stopped_early"] else ""
    health = run.course.lines()
    return [
        f"trained  {result['num_images'] or 0:,} images in {spent}{early}",
        *(f"{'' if index else 'health':<9}{line}" for index, line in enumerate(health)),
        f"run      {result['run']}",
        f"report   {result['report']}",
    ]


def _last(events: list[Event], type: str) -> Event:
    return next((event for event in reversed(events) if event["type"] == type), {})
