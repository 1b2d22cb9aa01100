"""Floor 6: one file per paper, the only place where parts are joined."""

from ganwright.recipes.biggan import biggan
from ganwright.recipes.catalog import RECIPES, recipe
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
from ganwright.recipes.progan import progan
from ganwright.recipes.r3gan import r3gan
from ganwright.recipes.rpgan import rpgan_r1r2
from ganwright.recipes.run_config import RunConfig
from ganwright.recipes.sagan import sagan
from ganwright.recipes.sngan import projection, sn_dcgan, sngan, sngan_cnn
from ganwright.recipes.sprint import sprint
from ganwright.recipes.stylegan import stylegan
from ganwright.recipes.stylegan2 import stylegan2, stylegan2_ada
from ganwright.recipes.unrolled import unrolled
from ganwright.recipes.vitgan import vitgan
from ganwright.recipes.wgan import wgan, wgan_gp

__all__ = [
    "RECIPES",
    "RunConfig",
    "acgan",
    "biggan",
    "cgan",
    "classifier_cnn",
    "classifier_vit",
    "dcgan",
    "dcgan_28",
    "dcgan_32",
    "dcgan_64",
    "dcgan_paper",
    "demo",
    "dragan",
    "gan",
    "hinge",
    "lsgan",
    "mlp",
    "mlp_batchnorm",
    "pacgan",
    "progan",
    "projection",
    "r3gan",
    "recipe",
    "rpgan_r1r2",
    "sagan",
    "sn_dcgan",
    "sngan",
    "sngan_cnn",
    "sprint",
    "stylegan",
    "stylegan2",
    "stylegan2_ada",
    "unrolled",
    "vitgan",
    "wgan",
    "wgan_gp",
]
