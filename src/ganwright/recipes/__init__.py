"""Floor 6: one file per paper, the only place where parts are joined."""

from ganwright.recipes.catalog import RECIPES, recipe
from ganwright.recipes.classifier_cnn import classifier_cnn
from ganwright.recipes.dcgan import dcgan, dcgan_28, dcgan_32, dcgan_64, dcgan_paper
from ganwright.recipes.demo import demo
from ganwright.recipes.mlp import mlp, mlp_batchnorm
from ganwright.recipes.run_config import RunConfig

__all__ = [
    "RECIPES",
    "RunConfig",
    "classifier_cnn",
    "dcgan",
    "dcgan_28",
    "dcgan_32",
    "dcgan_64",
    "dcgan_paper",
    "demo",
    "mlp",
    "mlp_batchnorm",
    "recipe",
]
