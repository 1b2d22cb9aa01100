"""Runs that are seeds of one experiment, put together and named by what tells them from the others."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganwright.core.errors import UserError
from ganwright.core.options import options_of
from ganwright.recipes.run_config import RunConfig

_NOT_TRAINING = ("seed", "device", "keep_checkpoints", "log_images", "panel_size", "signals")
"""Options in which seeds of one experiment may differ: they do not change what is trained or which of it is judged."""

_ABSENT = "none"


@dataclass(frozen=True)
class Judged:
    """A run and its last evaluation.

    forked_from: the checkpoint whose weights it started from; empty for a fresh start.
    num_images: real images that the judged generator had seen.
    figures: the evaluation's, by name, as plain data.
    """

    run: Path
    config: RunConfig
    forked_from: str
    num_images: int
    figures: Mapping[str, Mapping[str, Any]]

    def plain(self) -> dict[str, Any]:
        """Which run it is, as plain data for JSON."""
        return {"run": str(self.run), "seed": self.config.seed, "num_images": self.num_images}


@dataclass(frozen=True)
class Group:
    """Runs that differ in their seed only.

    label: its recipe and, where the recipe alone does not tell it from others, the options that do.
    options: these options by name.
    """

    label: str
    recipe: str
    options: Mapping[str, Any]
    runs: tuple[Judged, ...]

    def plain(self) -> dict[str, Any]:
        """All of it but figures, as plain data for JSON."""
        return {
            "label": self.label,
            "recipe": self.recipe,
            "options": dict(self.options),
            "runs": [run.plain() for run in self.runs],
        }


def grouped(runs: Iterable[Judged]) -> tuple[Group, ...]:
    """Put runs together, in the order in which they came. Raises UserError where one seed comes twice in a group."""
    found: list[tuple[dict[str, Any], list[Judged]]] = []
    for run in runs:
        options = _trained(run)
        members = next((members for known, members in found if known == options), None)
        if members is None:
            found.append((options, [run]))
            continue
        for other in members:
            if other.config.seed == run.config.seed:
                raise UserError(
                    f"{other.run} and {run.run} are one run twice (same config, seed {run.config.seed}): two trainings "
                    "with one seed are not two seeds; leave one out"
                )
        members.append(run)
    told = _telling([options for options, _ in found])
    return tuple(
        Group(_label(options["recipe"], own), options["recipe"], own, tuple(members))
        for (options, members), own in zip(found, told, strict=True)
    )


def _trained(run: Judged) -> dict[str, Any]:
    """The options that decide what is trained, and which of it is judged."""
    left_out: tuple[str, ...] = _NOT_TRAINING
    options = {option.name: option.value for option in options_of(run.config)}
    if run.config.evaluate_images is None:  # no checkpoint was preferred to others
        left_out += ("best_by", *(name for name in options if name.startswith("evaluate_")))
    options = {name: value for name, value in options.items() if name not in left_out}
    return {**options, **({"forked_from": run.forked_from} if run.forked_from else {})}


def _telling(groups: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """For each group the options in which those of its recipe differ; of parts that some lack, the kinds suffice."""
    found = []
    for options in groups:
        others = [other for other in groups if other["recipe"] == options["recipe"]]
        names = dict.fromkeys(name for other in others for name in other)
        differing = [n for n in names if any(o.get(n, _ABSENT) != options.get(n, _ABSENT) for o in others)]
        everywhere = [n for n in differing if all(n in other for other in others)]
        kinds = [n for n in differing if n in everywhere or n.endswith("kind") or n == "forked_from"]
        enough = next(
            (
                chosen
                for chosen in (everywhere, kinds)
                if sum([o.get(n, _ABSENT) for n in chosen] == [options.get(n, _ABSENT) for n in chosen] for o in others)
                == 1
            ),
            differing,
        )
        found.append({name: options.get(name, _ABSENT) for name in enough})
    return found


def _label(recipe: str, options: Mapping[str, Any]) -> str:
    return ", ".join([recipe, *(f"{name.removesuffix('.kind')} {_text(value)}" for name, value in options.items())])


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(map(_text, value)) + "]"
    return f"{value:g}" if isinstance(value, float) else str(value)
