"""The form of a new run: every option of its config, and what is wrong with what was filled in."""

from typing import Any

from ganwright.core.config import NONE
from ganwright.core.errors import UserError
from ganwright.core.options import Option, options_of
from ganwright.data import parse_data
from ganwright.data.dataset import DataConfig
from ganwright.recipes.catalog import PRESETS, RECIPES, recipe
from ganwright.recipes.run_config import RunConfig
from ganwright.runs.folder import RunFolder
from ganwright.studio.jobs.wishes import AUTO, Wish
from ganwright.studio.state import Studio

BASIC = {
    "images",
    "seed",
    "batch_size",
    "device",
    "on_failure",
    "evaluate_images",
    "until",
    "data.flip",
    "data.size",
    "loss.kind",
    "generator.width",
    "discriminator.width",
    "optimisers.generator.learning_rate",
    "optimisers.discriminator.learning_rate",
}
"""What is shown at first."""

CHOSEN = {"recipe", "preset", "data.kind", "data.path"}
"""What other fields of the page choose."""

TITLES = {
    "run": "Run",
    "data": "Data",
    "generator": "Generator",
    "discriminator": "Discriminator",
    "classifier": "Classifier",
    "loss": "Loss",
    "penalties": "Penalties",
    "augmentations": "Augmentations",
    "optimisers": "Optimisers",
    "ema": "Average of weights (EMA)",
    "precision": "Number format",
    "game": "Game",
    "log": "What is written and when",
}
_WRITTEN = {
    "log_images",
    "tick_images",
    "signals",
    "signals_images",
    "on_failure",
    "recoveries",
    "until",
    "patience_images",
    "best_by",
    "keep_checkpoints",
    "panel_size",
}
_AUTO_HINT = "chosen by what suits the data"


def recipes() -> dict[str, Any]:
    """What there is to train by."""
    rows = []
    for name, make in RECIPES.items():
        about = " ".join((make.__doc__ or "").split())
        title = (make.__doc__ or "").strip().partition("\n")[0]
        rows.append({"name": name, "title": title, "presets": list(PRESETS.get(name, ())), "about": about})
    return {"recipes": rows, "auto": True, "default": AUTO}


def base_config(studio: Studio, wish: Wish) -> RunConfig | None:
    """The config before any option was changed; None where it is chosen later, by the data.

    Raises UserError for an unknown recipe or preset.
    """
    if wish.from_run is not None:
        return RunFolder(studio.run_folder(wish.from_run)).config()
    if wish.is_auto:
        return None
    assert wish.recipe is not None
    config = recipe(wish.recipe, wish.preset)
    return config if wish.data is None else with_data(config, parse_data(wish.data))


def with_data(config: RunConfig, source: DataConfig) -> RunConfig:
    """A recipe's config on other data, as `plan` puts them together."""
    same = source.tag == config.data.tag
    return config.override({"data": {**source.model_dump(mode="json", exclude_unset=same), "kind": source.tag}})


def filled(config: RunConfig, wish: Wish) -> tuple[RunConfig, dict[str, str]]:
    """A config with all that was filled in, as far as it fits, and what does not fit by option."""
    changes: dict[str, Any] = {name: NONE if v is None else v for name, v in wish.options.items()}
    for name in ("images", "seed", "device", "on_failure", "until"):
        if (value := getattr(wish, name)) is not None:
            changes[name] = value
    try:
        return config.override(changes), {}
    except UserError:
        pass
    errors: dict[str, str] = {}
    for name in sorted(changes, key=lambda n: (not n.endswith("kind"), n.count("."))):
        try:
            config = config.override({name: changes[name]})
        except UserError as error:
            errors[name] = str(error).removeprefix("option: ")
    return config, errors


def form(config: RunConfig, base: RunConfig) -> dict[str, Any]:
    """Every option of a config as fields. base: whose values are the defaults."""
    defaults = {option.name: option.value for option in options_of(base)}
    fields = [field(option, defaults.get(option.name, option.value)) for option in options_of(config)]
    fields = [f for f in fields if f["name"] not in CHOSEN]
    return {"options": fields, "groups": groups(fields)}


def auto_form() -> dict[str, Any]:
    """The fields that every run has, whatever recipe is chosen for it; None stands for what is chosen."""
    general = [o for o in options_of(recipe("dcgan")) if o.name in BASIC | _WRITTEN and "." not in o.name]
    fields = [{**field(o, None), "value": None, "nullable": True, "placeholder": _AUTO_HINT} for o in general]
    return {"options": fields, "groups": groups(fields)}


def field(option: Option, default: Any) -> dict[str, Any]:
    """One option as a browser draws it."""
    form = option.form
    return {
        "name": option.name,
        "group": group_of(option.name),
        "label": option.name.rpartition(".")[2].replace("_", " "),
        "kind": form.kind,
        "value": _plain(option.value, form.kind),
        "default": _plain(default, form.kind),
        "choices": list(form.choices) or None,
        "nullable": form.optional,
        "minimum": form.minimum,
        "maximum": form.maximum,
        "exclusive_minimum": form.open_minimum,
        "exclusive_maximum": form.open_maximum,
        "type": ", ".join(filter(None, [option.type, option.range])),
        "meaning": option.meaning,
        "basic": option.name in BASIC,
        "changes_form": option.name.rpartition(".")[2] == "kind" or form.kind in ("part", "list"),
    }


def group_of(name: str) -> str:
    """The group of an option: the part it belongs to."""
    head = name.split(".")[0]
    if "." in name or head in ("penalties", "augmentations"):
        return head if head in TITLES else "game"
    if head in _WRITTEN or head.startswith("evaluate_"):
        return "log"
    return "run" if head in ("seed", "images", "batch_size", "accumulation", "device") else "game"


def groups(fields: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The groups of fields, in the order of the page."""
    counts = {name: sum(f["group"] == name for f in fields) for name in TITLES}
    return [{"name": name, "title": TITLES[name], "options": num} for name, num in counts.items() if num]


def _plain(value: Any, kind: str) -> Any:
    """None for what files write as "none", but where that is one of several words; parts of lists by their kinds."""
    if isinstance(value, str) and value == NONE and kind != "choice":
        return None
    if isinstance(value, (tuple, list)):
        return [getattr(v, "tag", v) for v in value]
    return value
