"""The healthy settings that are sabotaged: a data set, a recipe made small, a length. Each belongs to one half.

Detectors are developed on the half `development`, with seeds from 100 on, and judged once on the half `test`, with
seeds from 0 on: other data sets, or other sizes of them, and mostly other recipes. Whether the test half's cells work
when nothing is wrong was tried with seeds from 900 on, which belong to neither half. Cells on which a test half was
judged belong to development from then on: those of 2026-11-23 are digits16, mnist, mnist24 and grid25 here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ganwright.core.errors import UserError
from ganwright.core.table import look_up
from ganwright.data.dataset import DataConfig
from ganwright.data.digits import DigitsConfig
from ganwright.data.idx import MnistConfig
from ganwright.data.mixtures import Grid25Config, MixtureConfig, Ring8Config
from ganwright.recipes.catalog import recipe as named_recipe
from ganwright.recipes.run_config import RunConfig

Half = Literal["development", "test"]

LOOKS, LOGS, TICKS, OUTCOMES = 40, 80, 10, 25
"""How often in a run signals, losses, panels and the outcome are written."""


@dataclass(frozen=True)
class Standard:
    """What a run without sabotage must reach to count as healthy, by its outcome; chosen per cell, in the open.

    modes: of a mixture, at least. high_quality: share, at least. fid: at most. classes: of 10, at least.
    """

    modes: int = 0
    high_quality: float = 0.0
    fid: float = float("inf")
    classes: int = 0


@dataclass(frozen=True)
class Cell:
    """A setting in which a GAN works.

    changes: options of the recipe that make it small. images: length of its runs, in real images.
    num_samples: judged at every point of the outcome. standard: what counts as healthy.
    """

    name: str
    half: Half
    data: DataConfig
    recipe: str
    images: int
    standard: Standard
    changes: Mapping[str, Any] = field(default_factory=dict)
    num_samples: int = 1_000

    @property
    def is_points(self) -> bool:
        """True for a mixture, whose modes can be counted; False for images."""
        return isinstance(self.data, MixtureConfig)

    def config(self, seed: int) -> RunConfig:
        """What a run without sabotage is trained with."""
        written = {
            "log_images": max(1, self.images // LOGS),
            "tick_images": max(1, self.images // TICKS),
            "signals_images": max(1, self.images // LOOKS),
            "keep_checkpoints": 1,
        }
        own = {"data": self.data.plain(), "images": self.images, "seed": seed, "device": "cpu", **written}
        return named_recipe(self.recipe).override({**own, **self.changes}, f"cell '{self.name}'")


def _rates(generator: float, discriminator: float | None = None) -> dict[str, Any]:
    other = generator if discriminator is None else discriminator
    return {"optimisers.generator.learning_rate": generator, "optimisers.discriminator.learning_rate": other}


def _perceptrons(generator: list[int], discriminator: list[int], latent_size: int) -> dict[str, Any]:
    return {
        "generator": {"kind": "mlp", "latent_size": latent_size, "hidden": generator},
        "discriminator": {"kind": "mlp", "hidden": discriminator},
    }


def _narrow(width: int) -> dict[str, Any]:
    return {"generator.width": width, "discriminator.width": width, "generator.latent_size": 32}


def _hidden(generator: list[int], discriminator: list[int], latent_size: int) -> dict[str, Any]:
    """Sizes of a recipe's own perceptrons."""
    return {
        "generator.latent_size": latent_size,
        "generator.hidden": generator,
        "discriminator.hidden": discriminator,
    }


def _scaled_reference(images: int) -> dict[str, Any]:
    """The schedules of rpgan-r1r2, in the proportions that they have there, for another length."""
    gamma = {"kind": "cosine", "start": 0.5, "end": 0.00015, "ramp_images": images // 2}
    rate = {"kind": "cosine", "ramp_images": int(0.9 * images)}
    return {
        "penalties": [{"kind": "r1", "gamma": gamma}, {"kind": "r2", "gamma": gamma}],
        "optimisers.generator.learning_rate": {**rate, "start": 5e-3, "end": 5e-5},
        "optimisers.discriminator.learning_rate": {**rate, "start": 3e-3, "end": 9e-4},
        "ema.half_life_images": images // 30,
    }


def _falling(images: int) -> dict[str, Any]:
    """A generator's rate that is usual beside other losses, for another length."""
    return {"kind": "cosine", "start": 3e-3, "end": 5e-5, "ramp_images": int(0.9 * images)}


_ON_GRID = {
    "generator": {"kind": "mlp", "latent_size": 8, "hidden": [64] * 4, "activation": "tanh", "skip_latent": True},
    "discriminator": {"kind": "mlp", "hidden": [64] * 3, "octaves": list(range(-1, 7))},
    "optimisers.generator.betas": [0.0, 0.99],
    "optimisers.discriminator.betas": [0.0, 0.99],
}
"""The networks and optimisers of rpgan-r1r2."""

_SHARP = _hidden([128, 128], [128, 128], 16)

_DCGAN12 = {**_narrow(12), **_rates(1e-3)}

_DEVELOPMENT: tuple[Cell, ...] = (
    Cell(
        "digits-dcgan",
        "development",
        DigitsConfig(),
        "dcgan",
        60_000,
        Standard(fid=9, classes=7),
        {**_narrow(16), **_rates(1e-3)},
    ),
    Cell(
        "digits-mlp",
        "development",
        DigitsConfig(),
        "mlp",
        200_000,
        Standard(fid=9, classes=7),
        {**_SHARP, **_rates(1e-3)},
    ),
    Cell(
        "ring8-mlp",
        "development",
        Ring8Config(),
        "mlp",
        200_000,
        Standard(modes=7, high_quality=0.6),
        {**_SHARP, "generator.latent_size": 2, "generator.activation": "tanh", **_rates(1e-3)},
    ),
    Cell(
        "digits-wgan-gp",
        "development",
        DigitsConfig(),
        "wgan-gp",
        40_000,
        Standard(fid=7, classes=8),
        {**_perceptrons([128, 128], [128, 128], 16), **_rates(5e-4)},
    ),
    Cell(
        "ring8-rpgan",
        "development",
        Ring8Config(),
        "rpgan-r1r2",
        220_000,
        Standard(modes=8, high_quality=0.85),
        _scaled_reference(220_000),
    ),
    Cell(
        "mnist18-mlp",
        "development",
        MnistConfig(size=18),
        "mlp",
        140_000,
        Standard(fid=9, classes=4),
        {"generator.hidden": [128, 256], "discriminator.hidden": [256, 128], **_rates(1e-3)},
        num_samples=500,
    ),
    Cell(
        "digits16-demo", "development", DigitsConfig(size=16), "demo", 30_000, Standard(fid=10, classes=7), _narrow(12)
    ),
    Cell(
        "digits16-lsgan",
        "development",
        DigitsConfig(size=16),
        "lsgan",
        36_000,
        Standard(fid=9, classes=7),
        {**_narrow(12), **_rates(1e-3)},
    ),
    Cell(
        "digits16-mlp-batchnorm",
        "development",
        DigitsConfig(size=16),
        "mlp-batchnorm",
        120_000,
        Standard(fid=7, classes=8),
        {
            "generator.latent_size": 32,
            "generator.hidden": [128, 256],
            "discriminator.hidden": [256, 128],
            **_rates(1e-3),
        },
    ),
    Cell(
        "mnist24-wgan-gp",
        "development",
        MnistConfig(size=24),
        "wgan-gp",
        36_000,
        Standard(fid=8, classes=6),
        {**_perceptrons([128, 256], [128, 128], 32), **_rates(1e-3)},
        num_samples=500,
    ),
    Cell(
        "mnist-dcgan",
        "development",
        MnistConfig(),
        "dcgan-28",
        26_000,
        Standard(fid=14, classes=6),
        {**_narrow(16), **_rates(1e-3)},
        num_samples=500,
    ),
    Cell(
        "mnist-sn-dcgan",
        "development",
        MnistConfig(),
        "sn-dcgan",
        18_000,
        Standard(fid=14, classes=6),
        {**_narrow(12), **_rates(1e-3), "discriminator_steps": 2},
        num_samples=500,
    ),
    Cell(
        "mnist-mlp",
        "development",
        MnistConfig(),
        "mlp",
        130_000,
        Standard(fid=14, classes=5),
        {"generator.hidden": [128, 256], "discriminator.hidden": [256, 128], **_rates(1e-3)},
        num_samples=500,
    ),
    Cell(
        "grid25-lsgan",
        "development",
        Grid25Config(),
        "lsgan",
        200_000,
        Standard(modes=23, high_quality=0.85),
        {**_ON_GRID, **_scaled_reference(200_000), "optimisers.generator.learning_rate": _falling(200_000)},
    ),
    Cell(
        "grid25-rpgan",
        "development",
        Grid25Config(),
        "rpgan-r1r2",
        220_000,
        Standard(modes=23, high_quality=0.85),
        _scaled_reference(220_000),
    ),
)

_TEST: tuple[Cell, ...] = (
    Cell("digits12-hinge", "test", DigitsConfig(size=12), "hinge", 30_000, Standard(fid=13, classes=5), _DCGAN12),
    Cell(
        "digits12-mlp",
        "test",
        DigitsConfig(size=12),
        "mlp",
        100_000,
        Standard(fid=10, classes=6),
        {**_hidden([128, 128], [128, 128], 16), **_rates(1e-3)},
    ),
    Cell(
        "digits12-mlp-short",
        "test",
        DigitsConfig(size=12),
        "mlp",
        40_000,
        Standard(fid=22, classes=2),
        {**_hidden([128, 128], [128, 128], 16), **_rates(1e-3)},
    ),
    Cell(
        "digits10-gan",
        "test",
        DigitsConfig(size=10),
        "gan",
        100_000,
        Standard(fid=11, classes=5),
        {**_hidden([128, 256], [128, 128], 32), **_rates(1e-3)},
    ),
    Cell(
        "digits12-sn-dcgan",
        "test",
        DigitsConfig(size=12),
        "sn-dcgan",
        24_000,
        Standard(fid=11, classes=7),
        {**_DCGAN12, "discriminator_steps": 2},
    ),
    Cell(
        "digits12-dragan",
        "test",
        DigitsConfig(size=12),
        "dragan",
        80_000,
        Standard(fid=10, classes=6),
        {**_perceptrons([128, 128], [128, 128], 16), **_rates(1e-3)},
    ),
    Cell(
        "ring12-mlp",
        "test",
        Ring8Config(num_modes=12, std=0.02),
        "mlp",
        150_000,
        Standard(modes=11, high_quality=0.55),
        {**_SHARP, "generator.latent_size": 2, "generator.activation": "tanh", **_rates(1e-3)},
    ),
    Cell(
        "digits12-rpgan-dcgan",
        "test",
        DigitsConfig(size=12),
        "rpgan-dcgan",
        26_000,
        Standard(fid=10, classes=7),
        {**_narrow(12), "batch_size": 32, "ema.half_life_images": 2_000, **_rates(2e-3)},
    ),
    Cell(
        "mnist14-dcgan",
        "test",
        MnistConfig(size=14),
        "dcgan",
        24_000,
        Standard(fid=6),
        _DCGAN12,
        num_samples=500,
    ),
    Cell(
        "grid16-rpgan",
        "test",
        Grid25Config(side=4),
        "rpgan-r1r2",
        140_000,
        Standard(modes=15, high_quality=0.85),
        _scaled_reference(140_000),
    ),
    Cell(
        "ring12-lsgan",
        "test",
        Ring8Config(num_modes=12),
        "lsgan",
        150_000,
        Standard(modes=11, high_quality=0.85),
        {**_ON_GRID, **_scaled_reference(150_000), "optimisers.generator.learning_rate": _falling(150_000)},
    ),
)

CELLS: dict[str, Cell] = {cell.name: cell for cell in (*_DEVELOPMENT, *_TEST)}
"""Every cell by its name; of each half the cheap ones first."""


def cells_of(half: str, names: list[str] | None = None) -> list[Cell]:
    """The cells of a half, or those named of it. Raises UserError for names that are not in it."""
    known = {name: cell for name, cell in CELLS.items() if cell.half == half}
    if names is None:
        return list(known.values())
    if not names:
        raise UserError("there is no cell to train; name some with --cells, or leave it out for all of the half")
    return [look_up(known, name, f"cell of the {half} half") for name in dict.fromkeys(names)]
