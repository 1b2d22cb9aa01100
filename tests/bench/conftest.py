"""Small benches: tiny networks, a few hundred images, development seeds."""

from collections.abc import Callable

import pytest

from ganwright.bench import entries as entries_module
from ganwright.recipes import RunConfig, recipe
from ganwright.recipes.catalog import RECIPES

from .notes import Notes

SMALL = {"generator.hidden": [8, 8], "discriminator.hidden": [8, 8], "batch_size": 32, "images": 320}


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make the reference small, with a checkpoint halfway, and return what changes a recipe for the test."""

    def change(name: str, **changes: object) -> None:
        before = RECIPES[name]().override({n.replace("__", "."): v for n, v in changes.items()})
        monkeypatch.setitem(RECIPES, name, lambda: before)

    config: RunConfig = recipe("rpgan-r1r2").override(SMALL)
    monkeypatch.setitem(RECIPES, "rpgan-r1r2", lambda: config)
    monkeypatch.setattr(entries_module, "_WRITTEN", {"log_images": 64, "tick_images": 160})
    return change
