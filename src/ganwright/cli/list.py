"""`ganwright list`: what there is to choose from."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from ganwright.cli.flags import Json, Overrides, verb
from ganwright.cli.overrides import NO_OPTIONS, Given

TABLES: dict[str, dict[str, str]] = {
    "recipes": {"recipe": "ganwright.recipes:RECIPES"},
    "data": {"data": "ganwright.data:DATA"},
    "networks": {
        "generator": "ganwright.networks:GENERATORS",
        "discriminator": "ganwright.networks:DISCRIMINATORS",
        "classifier": "ganwright.networks:CLASSIFIERS",
    },
    "losses": {"loss": "ganwright.losses:LOSSES"},
    "penalties": {"penalty": "ganwright.penalties:PENALTIES"},
    "augmentations": {"augmentation": "ganwright.data.augment:AUGMENTATIONS"},
    "metrics": {"metric": "ganwright.metrics:METRICS"},
    "features": {"features": "ganwright.metrics.features:FEATURES"},
    "resize": {"rule": "ganwright.metrics.features.resize:RULES"},
    "optimisers": {"optimiser": "ganwright.training.optimisers:OPTIMISERS"},
    "schedules": {"schedule": "ganwright.core.schedules:SCHEDULES"},
}
"""By the word of the command line: what a row is, and "module:table" (several where rows are of several roles)."""

OPTIONS = "options"

app = verb(
    "list",
    "TABLE | options --recipe NAME [--data DATA]",
    """
ganwright list recipes
ganwright list losses --json
ganwright list options --recipe dcgan-28
ganwright list options --recipe dcgan-64 --data folder:faces
ganwright list options --recipe auto --data mnist   # of what is chosen for it
ganwright list options --recipe mlp --loss hinge    # of another loss
""",
)


@app.default
def list_rows(
    table: str | None = None,
    /,
    *,
    recipe: str | None = None,
    preset: str | None = None,
    data: str | None = None,
    json: Json = False,
    overrides: Overrides = NO_OPTIONS,
) -> None:
    """List recipes, data, networks, losses, options and the like.

    The tables are recipes, data, networks, losses, penalties, augmentations,
    metrics, features, resize, optimisers and schedules. `list options` prints every dotted option of a recipe with its
    meaning, type, default and range.

    Args:
        table: The table; without it, the tables are listed.
        recipe: The recipe whose options to list.
        preset: The preset of the recipe whose options to list; by default, the recipe's default.
        data: The data whose options to list with it, as `train` takes it.
    """
    from ganwright.cli import output
    from ganwright.core.errors import UserError, nearest

    if table == OPTIONS:
        output.print_result(json, *_options(recipe, preset, data, overrides))
        return
    if recipe is not None or preset is not None or data is not None or overrides.options:
        raise UserError("--recipe, --preset, --data and options go with `ganwright list options`")
    if table is None:
        output.print_result(
            json, {"tables": [*TABLES, OPTIONS]}, [f"ganwright list {name}" for name in (*TABLES, OPTIONS)]
        )
        return
    if table not in TABLES:
        raise UserError(f"unknown table '{table}'; {nearest(table, [*TABLES, OPTIONS])}")
    rows = [
        {"name": name, "role": role, "description": describe(row)}
        for role, place in TABLES[table].items()
        for name, row in _load(place).items()
    ]
    columns = ["name", "role", "description"] if len(TABLES[table]) > 1 else ["name", "description"]
    if table == "recipes":
        presets: Mapping[str, Any] = _load("ganwright.recipes.catalog:PRESETS")
        auto = {"name": "auto", "role": "recipe", "description": str(_load("ganwright.recipes.auto:ABOUT"))}
        rows = [{**row, "presets": list(presets.get(row["name"], ()))} for row in (auto, *rows)]
        columns = ["name", "presets", "description"]
    shown = output.table(columns, [[_cell(row[column]) for column in columns] for row in rows])
    output.print_result(json, {"table": table, "rows": rows}, shown)


def describe(row: Any) -> str:
    """What a row says of itself: its `description`, or the first line of its docstring."""
    text = getattr(row, "description", None) or row.__doc__ or ""
    return text.strip().partition("\n")[0]


def _cell(value: str | list[str]) -> str:
    return value if isinstance(value, str) else ", ".join(value)


def _load(place: str) -> Mapping[str, Any]:
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)


def _options(
    recipe: str | None, preset: str | None, data: str | None, overrides: Given
) -> tuple[dict[str, Any], list[Any]]:
    """Every option of a recipe with some data, as plain data and as a table."""
    from ganwright import recipes
    from ganwright.cli import output
    from ganwright.core.errors import UserError
    from ganwright.core.options import options_of
    from ganwright.data import parse_data
    from ganwright.recipes.auto import AUTO
    from ganwright.runs.choosing import asked, chosen

    if recipe is None:
        raise UserError("--recipe is missing: whose options? `ganwright list recipes` names them")
    overrides.check(recipe)
    changes = overrides.values()
    if data is not None or recipe == AUTO:
        source = parse_data(data or "digits")
        changes = {"data": {**source.model_dump(mode="json", exclude_unset=True), "kind": source.tag}, **changes}
    if recipe == AUTO:
        if preset is not None:
            raise UserError(f"the recipe {AUTO} has no presets, so no '{preset}'")
        config = chosen(asked(changes))[0].config
    else:
        config = recipes.recipe(recipe, preset)
    options = list(options_of(config.override(changes)))
    rows = [
        {"name": o.name, "default": o.value, "type": o.type, "range": o.range, "meaning": o.meaning} for o in options
    ]
    cells = [
        [o.name, output.toml_value(o.value), ", ".join(filter(None, [o.type, o.range])), o.meaning] for o in options
    ]
    shown = output.table(["option", "default", "values", "meaning"], cells)
    return {"recipe": recipe, "preset": preset, "options": rows}, shown
