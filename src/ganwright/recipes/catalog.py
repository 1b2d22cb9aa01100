"""The table of recipes."""

import sys
from collections.abc import Callable

from ganwright.core.table import look_up
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
from ganwright.recipes.rpgan import rpgan_r1r2
from ganwright.recipes.run_config import RunConfig
from ganwright.recipes.sngan import projection, sn_dcgan
from ganwright.recipes.unrolled import unrolled
from ganwright.recipes.wgan import wgan, wgan_gp

RECIPES: dict[str, Callable[[], RunConfig]] = {
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
    "rpgan-r1r2": rpgan_r1r2,
    "unrolled": unrolled,
    "pacgan": pacgan,
    "cgan": cgan,
    "acgan": acgan,
    "projection": projection,
    "classifier-cnn": classifier_cnn,
    "classifier-vit": classifier_vit,
}


def recipe(name: str) -> RunConfig:
    """Return the recipe's config. Raises UserError with the nearest names where there is none."""
    return look_up(RECIPES, name, "recipe")()


def citation(name: str) -> str:
    """BibTeX of the recipe's paper, or "" for a config that came from no recipe."""
    return getattr(sys.modules[RECIPES[name].__module__], "CITATION", "") if name in RECIPES else ""
