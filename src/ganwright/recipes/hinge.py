"""The hinge loss alone: a margin on both sides, as support vector machines have it.

Papers: Lim and Ye, "Geometric GAN", 2017, arXiv:1705.02894; Tran, Ranganath and Blei, 2017, arXiv:1702.08896. On
DCGAN's networks with DCGAN's optimiser, so that it differs from `dcgan` in nothing but the loss.
Command: ganwright train mnist --recipe hinge --epochs 20.
Reported score: none that compares. Ours: not reproduced.
"""

from ganwright.losses.adversarial import HingeLoss
from ganwright.recipes.dcgan import dcgan
from ganwright.recipes.run_config import RunConfig

CITATION = """@article{lim2017geometric,
  title = {Geometric {GAN}},
  author = {Lim, Jae Hyun and Ye, Jong Chul},
  journal = {arXiv:1705.02894},
  year = {2017}
}"""


def hinge() -> RunConfig:
    """DCGAN with the hinge loss."""
    return dcgan().override({"recipe": "hinge", "loss": HingeLoss().plain()})
