"""DRAGAN: the discriminator's slope is held at 1 around the data only.

Paper: Kodali et al., "On Convergence and Stability of GANs", 2017, arXiv:1705.07215, section 2.4: the loss of 2014 with
a penalty of weight 10 at noisy data, one discriminator step, Adam 2e-4 with beta1 0.5; no batch normalisation in D.
Command: ganwright train mnist --recipe dragan --epochs 20.
Reported score: Inception score 6.90 on CIFAR-10. Ours: not reproduced.
"""

from ganwright.penalties.gradient import DraganPenalty
from ganwright.recipes.dcgan import dcgan
from ganwright.recipes.run_config import RunConfig

CITATION = """@article{kodali2017convergence,
  title = {On Convergence and Stability of {GANs}},
  author = {Kodali, Naveen and Abernethy, Jacob and Hays, James and Kira, Zsolt},
  journal = {arXiv:1705.07215},
  year = {2017}
}"""


def dragan() -> RunConfig:
    """DCGAN with DRAGAN's penalty, and no batch normalisation in its discriminator."""
    return dcgan().override(
        {
            "recipe": "dragan",
            "loss.real_label": 1.0,
            "penalties": [DraganPenalty().plain()],
            "discriminator.norm": "none",
        }
    )
