"""What a browser asks to be trained, and the command that does it."""

import json
import re
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from ganwright.algorithms import ALGORITHMS
from ganwright.core.config import NONE
from ganwright.core.errors import UserError
from ganwright.core.table import look_up
from ganwright.data import DATA
from ganwright.recipes.catalog import RECIPES
from ganwright.recipes.run_config import RunConfig
from ganwright.studio.data.sources import check_options, confined
from ganwright.studio.replies import Conflict, Query
from ganwright.studio.state import Studio

MOST_IMAGES, MOST_EPOCHS = 10**9, 10_000
MOST_OPTIONS = 300
AUTO = "auto"
_OPTION = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_-]+){0,6}")
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._+~@=-]{0,99}")
_FLAGS = {"on_failure", "until", "device", "seed", "images", "preset", "recipe"}
"""Options that are flags of `train` too: their words are given as they are, without quotes."""

_OPTIONS = {*RunConfig.model_fields, *(name for config in ALGORITHMS.values() for name in config.model_fields)}
"""Options without a dot; other flags of `train`, such as those of files, are not for browsers."""

Plain = bool | int | float | str | None


class Wish(Query):
    """A run that is to be trained. None: what the recipe says.

    data: a source. recipe: its name; None or auto: what suits the data. options: dotted names and their values.
    name: the run folder, below the runs folder. from_run: a run whose weights and config a fork starts from.
    """

    data: str | None = Field(default=None, max_length=4_000)
    recipe: str | None = Field(default=None, max_length=100)
    preset: str | None = Field(default=None, max_length=100)
    images: int | None = Field(default=None, ge=1, le=MOST_IMAGES)
    epochs: float | None = Field(default=None, gt=0, le=MOST_EPOCHS)
    seed: int | None = Field(default=None, ge=0, le=2**63 - 1)
    device: Literal["auto", "cpu", "cuda", "mps"] | None = None
    on_failure: Literal["warn", "stop", "recover"] | None = None
    until: str | None = Field(default=None, max_length=100)
    options: dict[str, Plain | list[Plain]] = Field(default_factory=dict, max_length=MOST_OPTIONS)
    name: str | None = Field(default=None, max_length=300)
    from_run: str | None = Field(default=None, max_length=1_000)

    @property
    def is_auto(self) -> bool:
        """Whether the recipe is to be chosen by what suits the data."""
        return self.from_run is None and self.recipe in (None, AUTO)


def checked(studio: Studio, wish: Wish) -> Wish:
    """The wish with its paths made whole. Raises UserError for what is not allowed or not known."""
    for name, value in wish.options.items():
        if not _OPTION.fullmatch(name) or ("." not in name and name not in _OPTIONS):
            raise UserError(f"'{name[:100]}' is no name of an option")
        if isinstance(value, str) and (len(value) > 4_000 or not value.isprintable()):
            raise UserError(f"'{name}' holds what no option holds")
    if wish.until is not None and not wish.until.isprintable():
        raise UserError("'until' is no goal; one is \"fid<5\"")
    if wish.images is not None and wish.epochs is not None:
        raise UserError("give images or epochs, not both")
    images = wish.options.get("images")
    if images is not None and not _is_at_most(images, MOST_IMAGES):
        raise UserError(f"'images' is a number of at most {MOST_IMAGES:,} in the studio")
    if wish.preset is not None and wish.from_run is None and wish.is_auto:
        raise UserError("a preset belongs to a recipe: choose the recipe as well, or leave the preset out")
    if wish.from_run is not None:
        studio.run_folder(wish.from_run)
        if wish.data is not None or wish.recipe is not None or wish.preset is not None:
            raise UserError("a fork has the data and the recipe of its run; leave them out")
    elif wish.data is None:
        raise UserError("choose data to train on")
    if not wish.is_auto and wish.recipe is not None:
        look_up(RECIPES, wish.recipe, "recipe")
    data = None if wish.data is None else confined(studio, wish.data)
    return wish.model_copy(update={"data": data, "options": check_options(studio, wish.options)})


def _is_at_most(value: Any, most: int) -> bool:
    try:
        return float(value) <= most
    except (TypeError, ValueError, OverflowError):
        return False


def arguments(studio: Studio, wish: Wish, out: Path) -> list[str]:
    """The arguments of `ganwright` that train a checked wish into a folder."""
    given = ["train"]
    if wish.from_run is not None:
        source = studio.run_folder(wish.from_run)
        given += [f"--config={source / 'run.toml'}", f"--out={source}", f"--fork={out}"]
    else:
        given += [str(wish.data), f"--out={out}"]
        given += [] if wish.is_auto else [f"--recipe={wish.recipe}"]
        given += [] if wish.preset is None else [f"--preset={wish.preset}"]
    for name in ("images", "epochs", "seed", "device", "on_failure", "until"):
        if (value := getattr(wish, name)) is not None:
            given.append(f"--{name.replace('_', '-')}={value}")
    for name, value in wish.options.items():
        text = str(value) if name in _FLAGS else _toml(value)
        given.append(f"--{name.replace('_', '-') if '.' not in name else name}={text}")
    return given + ([f"--data-dir={studio.data_dir}"] if studio.data_dir else [])


def place_for(studio: Studio, name: str | None, wish: Wish, taken: set[Path]) -> Path:
    """The folder of a new run: that of the name, or a free one of DATA-RECIPE. taken: by runs that wait.

    Raises UserError for a name that is none, and Conflict where something is there.
    """
    if name is not None:
        parts = name.split("/")
        folder = studio.place("~2".join(part.replace("~", "~0") for part in parts))
        if folder is None or len(parts) > 4 or not all(_PART.fullmatch(part) for part in parts):
            raise UserError(f"'{name[:100]}' is no name for a run; use letters, digits, - and _, and / for folders")
        if folder.exists() or folder in taken:
            raise Conflict(f"there is a run '{name}' already; choose another name")
        if any((above / "run.toml").exists() for above in folder.parents if above.is_relative_to(studio.runs_dir)):
            raise Conflict(f"'{name}' lies inside of another run; choose another name")
        return folder
    base = _base_name(studio, wish)
    number = 1
    while True:
        folder = studio.runs_dir / (base if number == 1 else f"{base}-{number}")
        if not folder.exists() and folder not in taken:
            return folder
        number += 1


def _base_name(studio: Studio, wish: Wish) -> str:
    if wish.from_run is not None:
        return f"{studio.run_folder(wish.from_run).name}-fork"
    kind, _, path = str(wish.data).partition(":")
    data = (Path(path).stem if path else kind) if kind in DATA else Path(str(wish.data)).stem
    parts = (data, AUTO if wish.is_auto else wish.recipe, wish.preset)
    return re.sub(r"[^A-Za-z0-9._-]+", "-", "-".join(p for p in parts if p)).strip("-.")[:80] or "run"


def _toml(value: Any) -> str:
    """A value as the command line reads it."""
    if value is None:
        return NONE
    return json.dumps(value, ensure_ascii=False)
