"""The tree of configs: all that is needed to repeat a run."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar

import tomli_w

from ganwright.algorithms import ALGORITHMS, AlgorithmConfig
from ganwright.core.config import Tagged
from ganwright.core.errors import UserError
from ganwright.core.files import write_text
from ganwright.core.table import look_up
from ganwright.data import DATA
from ganwright.data.dataset import DataConfig
from ganwright.training.config import TrainingConfig

Presets = Mapping[str, Mapping[str, Any]]
"""A recipe's presets by name: what each changes in the recipe's default, as dotted options and their values."""


class RunConfig(TrainingConfig):
    """What a recipe returns, run.toml holds, a checkpoint carries and options override."""

    transparent: ClassVar[tuple[str, ...]] = ("algorithm",)

    recipe: str = "custom"
    """Name of the recipe this config started from."""

    preset: str | None = None
    """The recipe's preset that this config started from: a size, or a data set's settings; none: the default."""

    data: Annotated[DataConfig, Tagged(DATA)]
    """Where the real items come from."""

    algorithm: Annotated[AlgorithmConfig, Tagged(ALGORITHMS)]
    """What is trained; its own options are named without this prefix."""

    def at_preset(self, presets: Presets, preset: str | None) -> "RunConfig":
        """Return the recipe's default with one of its presets; None: the default. Raises UserError for unknown ones."""
        if preset is None:
            return self
        changes = look_up(presets, preset, f"preset of recipe '{self.recipe}'")
        return self.override({**changes, "preset": preset}, f"preset '{preset}'")

    def write(self, path: Path) -> None:
        """Write the tree as TOML, atomically."""
        write_text(path, tomli_w.dumps(self.plain()))


def read_config(path: Path) -> dict[str, Any]:
    """Read a TOML file as plain data. Raises UserError where it is missing or not TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read {path}: {getattr(error, 'strerror', None) or 'not UTF-8 text'}") from error
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{path} is not valid TOML: {error}") from error
