"""Which networks are looked at: a recipe's for some data, or a run's."""

from functools import lru_cache
from typing import Any

from pydantic import Field

from ganwright.algorithms.phase import Networks
from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.explore.shapes import Shapes, shapes
from ganwright.recipes.catalog import PRESETS, RECIPES, recipe
from ganwright.runs.blueprint import blueprint, one_item
from ganwright.runs.run import Run
from ganwright.studio.opened import opened_runs
from ganwright.studio.replies import Query
from ganwright.studio.state import Studio

LARGEST_SIDE = 512
SHAPE = r"^[0-9]{1,3}(x[0-9]{1,3}x[0-9]{1,3})?$"
NATURAL = {
    "dcgan-28": "1x28x28",
    "dcgan-32": "3x32x32",
    "dcgan-64": "3x64x64",
    "dcgan-paper": "3x64x64",
    "sngan": "3x32x32",
    "sngan-cnn": "3x32x32",
    "projection": "3x32x32",
    "sagan": "3x128x128",
    "biggan": "3x128x128",
    "progan": "3x256x256",
    "stylegan": "3x256x256",
    "stylegan2": "3x256x256",
    "stylegan2-ada": "3x256x256",
    "r3gan": "3x64x64",
    "vitgan": "3x32x32",
    "rpgan-r1r2": "2",
    "unrolled": "2",
}
"""Data that recipes were made for, where it is not the embedded digits."""

NATURAL_PRESETS = {
    "small": "1x8x8",
    "cifar10": "3x32x32",
    "imagenet-32": "3x32x32",
    "imagenet-64": "3x64x64",
    "imagenet-128": "3x128x128",
    "ffhq-64": "3x64x64",
    "ffhq-256": "3x256x256",
    "stacked-mnist": "3x28x28",
}


class Drawn(Query):
    """A recipe at a preset (None: its default) for data of a shape, or the networks of a run.

    shape: "CxHxW" of images, or how many numbers a point has; None: what the recipe was made for.
    classes: of the data's labels; 0: it has none.
    """

    recipe: str = Field(default="dcgan", max_length=100)
    preset: str | None = Field(default=None, max_length=100)
    shape: str | None = Field(default=None, pattern=SHAPE)
    classes: int = Field(default=10, ge=0, le=1000)
    run: str | None = Field(default=None, max_length=1000)

    @property
    def spec(self) -> DataSpec:
        """The data. Raises UserError for sides of 0 and for images that are too large."""
        text = self.shape or natural_shape(self.recipe, self.preset)
        sizes = tuple(int(size) for size in text.split("x"))
        if min(sizes) < 1 or max(sizes[1:], default=1) > LARGEST_SIDE:
            raise UserError(f"shape {text}: sides must be from 1 to {LARGEST_SIDE}")
        return DataSpec(sizes, self.classes, len(sizes) == 3)


def natural_shape(name: str, preset: str | None) -> str:
    """The shape of the data that a recipe was made for."""
    return NATURAL_PRESETS.get(preset or "") or NATURAL.get(name, "1x8x8")


def catalogue() -> dict[str, Any]:
    """Every recipe with its presets and the shapes that they were made for."""
    rows = []
    for name, make in RECIPES.items():
        presets = PRESETS.get(name, {})
        rows.append(
            {
                "name": name,
                "about": (make.__doc__ or "").strip().partition("\n")[0],
                "shape": natural_shape(name, None),
                "presets": [{"name": preset, "shape": natural_shape(name, preset)} for preset in presets],
            }
        )
    return {"recipes": rows, "largest_side": LARGEST_SIDE}


def drawing(studio: Studio, query: Drawn) -> dict[str, Any]:
    """The layers of all networks, in the order of the forward pass."""
    if query.run is None:
        spec, found = query.spec, _of_recipe(query.recipe, query.preset, query.spec)
        title = " ".join(filter(None, (query.recipe, query.preset)))
    else:
        run = opened_runs(studio).of(studio.run_folder(query.run))
        spec, networks, title = spec_of(run), run.model[1], run.path.name
        found = _of_networks(networks, spec, getattr(run.config.algorithm, "pack", 1))
    return {
        "title": title,
        "shape": "x".join(map(str, spec.shape)),
        "is_image": spec.is_image,
        "classes": spec.num_classes,
        "networks": [{"name": name, **one.plain()} for name, one in found.items()],
    }


@lru_cache(maxsize=64)
def _of_recipe(name: str, preset: str | None, spec: DataSpec) -> dict[str, Shapes]:
    return dict(blueprint(recipe(name, preset), spec))


def _of_networks(networks: Networks, spec: DataSpec, pack: int) -> dict[str, Shapes]:
    return {name: shapes(network, *one_item(network, spec, pack)) for name, network in networks.items()}


def spec_of(run: Run) -> DataSpec:
    """The data that a run was trained on."""
    found = run.checkpoint.state()["record"]["spec"]
    return DataSpec(tuple(found["shape"]), found["num_classes"], found["bounded"])
