"""A lesson's runs as commands that can be repeated and changed."""

import json
import shlex
from collections.abc import Mapping
from typing import Any

from ganwright.lessons.runner import Outcome, length_of, options_of


def lesson_command(outcome: Outcome) -> str:
    """The command that runs the whole lesson again."""
    words = ["ganwright", "lesson", outcome.lesson.name, "--seed", str(outcome.seed)]
    if outcome.stage is not next(iter(outcome.lesson.stages.values())):
        words += ["--data", outcome.stage.data]
    return shlex.join(words)


def run_command(outcome: Outcome, name: str) -> str:
    """The command that trains one of its runs by itself, into a folder of its own; without the measures."""
    training, stage = outcome.lesson.runs[name], outcome.stage
    words = ["ganwright", "train", stage.data, "--recipe", training.recipe or stage.recipe]
    words += ["--images", str(length_of(stage, training)), "--seed", str(outcome.seed)]
    for option, value in options_of(stage, training).items():
        words += [f"--{option}", value if isinstance(value, str) else _toml(value)]
    place = f"runs/{outcome.lesson.name}-{name}"
    if training.starts_from is None:
        return shlex.join([*words, "--out", place])
    return shlex.join([*words, "--out", str(outcome.folder / training.starts_from), "--fork", place])


def _toml(value: Any) -> str:
    """A value in one line: numbers, texts, lists, and tables in braces."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key} = {_toml(own)}" for key, own in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value)
