"""Spectral normalisation on DCGAN's networks, and projection for classes.

Papers: Miyato et al., "Spectral Normalization for Generative Adversarial Networks", 2018, arXiv:1802.05957; Miyato and
Koyama, "cGANs with Projection Discriminator", 2018, arXiv:1802.05637: hinge loss, five discriminator steps, Adam 2e-4
with betas 0 and 0.9, batches of 64; in the second conditional batch normalisation in G and a projection in D. The
papers' deeper networks are recipes of their own; here DCGAN's stand.
Commands: ganwright train cifar10 --recipe sn-dcgan; ganwright train cifar10 --recipe projection.
Reported score: FID on CIFAR-10 of the first with its own networks 25.5 (CNN) and 21.7 (ResNet). Ours: not reproduced.
"""

from ganwright.losses.adversarial import HingeLoss
from ganwright.recipes.dcgan import dcgan
from ganwright.recipes.run_config import RunConfig
from ganwright.training.optimisers import Adam

CITATION = """@inproceedings{miyato2018spectral,
  title = {Spectral Normalization for Generative Adversarial Networks},
  author = {Miyato, Takeru and Kataoka, Toshiki and Koyama, Masanori and Yoshida, Yuichi},
  booktitle = {International Conference on Learning Representations},
  year = {2018}
}
@inproceedings{miyato2018cgans,
  title = {c{GANs} with Projection Discriminator},
  author = {Miyato, Takeru and Koyama, Masanori},
  booktitle = {International Conference on Learning Representations},
  year = {2018}
}"""


def sn_dcgan() -> RunConfig:
    """DCGAN with spectral normalisation, the hinge loss and five discriminator steps."""
    adam = Adam(learning_rate=2e-4, betas=(0.0, 0.9)).plain()
    return dcgan().override(
        {
            "recipe": "sn-dcgan",
            "loss": HingeLoss().plain(),
            "discriminator.norm": "none",
            "discriminator.spectral_norm": True,
            "discriminator_steps": 5,
            "optimisers": {"generator": adam, "discriminator": adam},
        }
    )


def projection() -> RunConfig:
    """sn-dcgan that makes the class it is asked for: conditional batch normalisation in G, a projection in D."""
    return sn_dcgan().override(
        {
            "recipe": "projection",
            "generator.conditional": True,
            "generator.conditioning": "batch-norm",
            "discriminator.conditional": True,
            "discriminator.conditioning": "projection",
        }
    )
