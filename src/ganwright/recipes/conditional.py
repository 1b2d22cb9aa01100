"""GANs that make the class they are asked for: by a class beside the inputs, and by a classifier beside the score.

Papers: Mirza and Osindero, "Conditional Generative Adversarial Nets", 2014, arXiv:1411.1784: perceptrons, the class
joined to the latent and to the item (here as embeddings, joined to the discriminator's features), uniform latents of
100, dropout; Odena, Olah and Shlens, "Conditional Image Synthesis with Auxiliary Classifier GANs", 2017,
arXiv:1610.09585: the discriminator tells the class as well, of real items and of fakes; Adam 2e-4 with beta1 0.5.
Commands: ganwright train mnist --recipe cgan --epochs 50; ganwright train cifar10 --recipe acgan.
Reported score: none that compares. Ours: not reproduced.
"""

from ganwright.recipes.dcgan import dcgan
from ganwright.recipes.gan import gan
from ganwright.recipes.run_config import RunConfig

CITATION = """@article{mirza2014conditional,
  title = {Conditional Generative Adversarial Nets},
  author = {Mirza, Mehdi and Osindero, Simon},
  journal = {arXiv:1411.1784},
  year = {2014}
}
@inproceedings{odena2017conditional,
  title = {Conditional Image Synthesis with Auxiliary Classifier {GANs}},
  author = {Odena, Augustus and Olah, Christopher and Shlens, Jonathon},
  booktitle = {International Conference on Machine Learning},
  year = {2017}
}"""


def cgan() -> RunConfig:
    """The GAN of 2014 with a class beside the latent and beside the discriminator's features."""
    return gan().override({"recipe": "cgan", "generator.conditional": True, "discriminator.conditional": True})


def acgan() -> RunConfig:
    """DCGAN whose discriminator also tells the class, of which both players take account."""
    return dcgan().override(
        {
            "recipe": "acgan",
            "generator.conditional": True,
            "discriminator.conditional": True,
            "discriminator.conditioning": "auxiliary",
            "loss.real_label": 1.0,
        }
    )
