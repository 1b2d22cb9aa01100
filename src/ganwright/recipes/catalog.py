"""The table of recipes."""

import sys
from collections.abc import Callable

from ganwright.core.errors import UserError, nearest
from ganwright.recipes.auto import AUTO
from ganwright.recipes.biggan import PRESETS as BIGGAN
from ganwright.recipes.biggan import biggan
from ganwright.recipes.classifier_cnn import classifier_cnn
from ganwright.recipes.classifier_vit import classifier_vit
from ganwright.recipes.conditional import acgan, cgan
from ganwright.recipes.dcgan import dcgan, dcgan_28, dcgan_32, dcgan_64, dcgan_paper
from ganwright.recipes.demo import demo
from ganwright.recipes.dragan import dragan
from ganwright.recipes.gan import gan
from ganwright.recipes.hinge import hinge
from ganwright.recipes.lsgan import lsgan
from ganwright.recipes.mlp import mlp, mlp_batchnorm
from ganwright.recipes.pacgan import pacgan
from ganwright.recipes.progan import PRESETS as PROGAN
from ganwright.recipes.progan import progan
from ganwright.recipes.r3gan import PRESETS as R3GAN
from ganwright.recipes.r3gan import r3gan
from ganwright.recipes.rpgan import rpgan_r1r2
from ganwright.recipes.rpgan_dcgan import PRESETS as RPGAN_DCGAN
from ganwright.recipes.rpgan_dcgan import rpgan_dcgan
from ganwright.recipes.run_config import Presets, RunConfig
from ganwright.recipes.sagan import PRESETS as SAGAN
from ganwright.recipes.sagan import sagan
from ganwright.recipes.sngan import PRESETS as SNGAN
from ganwright.recipes.sngan import projection, sn_dcgan, sngan, sngan_cnn
from ganwright.recipes.stylegan import PRESETS as STYLEGAN
from ganwright.recipes.stylegan import stylegan
from ganwright.recipes.stylegan2 import PRESETS as STYLEGAN2
from ganwright.recipes.stylegan2 import PRESETS_ADA as STYLEGAN2_ADA
from ganwright.recipes.stylegan2 import stylegan2, stylegan2_ada
from ganwright.recipes.unrolled import unrolled
from ganwright.recipes.vitgan import PRESETS as VITGAN
from ganwright.recipes.vitgan import vitgan
from ganwright.recipes.wgan import wgan, wgan_gp

RECIPES: dict[str, Callable[..., RunConfig]] = {
    "demo": demo,
    "gan": gan,
    "mlp": mlp,
    "mlp-batchnorm": mlp_batchnorm,
    "dcgan": dcgan,
    "dcgan-28": dcgan_28,
    "dcgan-32": dcgan_32,
    "dcgan-64": dcgan_64,
    "dcgan-paper": dcgan_paper,
    "lsgan": lsgan,
    "hinge": hinge,
    "wgan": wgan,
    "wgan-gp": wgan_gp,
    "dragan": dragan,
    "sn-dcgan": sn_dcgan,
    "sngan": sngan,
    "sngan-cnn": sngan_cnn,
    "sagan": sagan,
    "biggan": biggan,
    "rpgan-r1r2": rpgan_r1r2,
    "rpgan-dcgan": rpgan_dcgan,
    "progan": progan,
    "stylegan": stylegan,
    "stylegan2": stylegan2,
    "stylegan2-ada": stylegan2_ada,
    "r3gan": r3gan,
    "vitgan": vitgan,
    "unrolled": unrolled,
    "pacgan": pacgan,
    "cgan": cgan,
    "acgan": acgan,
    "projection": projection,
    "classifier-cnn": classifier_cnn,
    "classifier-vit": classifier_vit,
}


PRESETS: dict[str, Presets] = {
    "sngan": SNGAN,
    "sagan": SAGAN,
    "biggan": BIGGAN,
    "progan": PROGAN,
    "stylegan": STYLEGAN,
    "stylegan2": STYLEGAN2,
    "stylegan2-ada": STYLEGAN2_ADA,
    "r3gan": R3GAN,
    "vitgan": VITGAN,
    "rpgan-dcgan": RPGAN_DCGAN,
}
"""By the names of recipes whose functions take `preset`: what each preset changes."""


def recipe(name: str, preset: str | None = None) -> RunConfig:
    """Return the recipe's config, at one of its presets or at its default (None).

    Raises UserError with the nearest names where there is no such recipe or preset.
    """
    if name == AUTO:
        raise UserError(f"the recipe {AUTO} chooses by the data; name another here, or train: ganwright train DATA")
    if name not in RECIPES:
        raise UserError(f"unknown recipe '{name}'; {nearest(name, [AUTO, *RECIPES])}")
    make = RECIPES[name]
    if preset is None:
        return make()
    if name not in PRESETS:
        raise UserError(
            f"recipe '{name}' has no presets, so no '{preset}'; `ganwright list recipes` shows those that do"
        )
    return make(preset=preset)


def origin(config: RunConfig) -> RunConfig | None:
    """The recipe, at its preset, that a config started from, as it comes; None where there is none of these names."""
    known = config.recipe in RECIPES and (config.preset is None or config.preset in PRESETS.get(config.recipe, {}))
    return recipe(config.recipe, config.preset) if known else None


def citation(name: str) -> str:
    """BibTeX of the recipe's paper, or "" for a config that came from no recipe."""
    return getattr(sys.modules[RECIPES[name].__module__], "CITATION", "") if name in RECIPES else ""
