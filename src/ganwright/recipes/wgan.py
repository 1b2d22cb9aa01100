"""Wasserstein GANs: a critic that is held Lipschitz by clipping, or by a penalty on its gradient.

Papers: Arjovsky, Chintala and Bottou, "Wasserstein GAN", 2017, arXiv:1701.07875, algorithm 1; Gulrajani et al.,
"Improved Training of Wasserstein GANs", 2017, arXiv:1704.00028, algorithm 1. Networks: DCGAN's; under the gradient
penalty the critic has layer normalisation instead of batch normalisation.
Commands: ganwright train mnist --recipe wgan --epochs 20; ganwright train cifar10 --recipe wgan-gp.
Reported score: none in the first; FID on CIFAR-10 of WGAN-GP 22.3 (StudioGAN). Ours: not reproduced.
"""

from ganwright.losses.adversarial import WassersteinLoss
from ganwright.penalties.gradient import GradientPenalty
from ganwright.penalties.weights import WeightClipping
from ganwright.recipes.dcgan import dcgan
from ganwright.recipes.run_config import RunConfig
from ganwright.training.optimisers import Adam, RMSprop

CITATION = """@inproceedings{arjovsky2017wasserstein,
  title = {Wasserstein Generative Adversarial Networks},
  author = {Arjovsky, Martin and Chintala, Soumith and Bottou, L{\\'e}on},
  booktitle = {International Conference on Machine Learning},
  year = {2017}
}
@inproceedings{gulrajani2017improved,
  title = {Improved Training of {Wasserstein} {GANs}},
  author = {Gulrajani, Ishaan and Ahmed, Faruk and Arjovsky, Martin and Dumoulin, Vincent and Courville, Aaron},
  booktitle = {Advances in Neural Information Processing Systems},
  year = {2017}
}"""


def wgan() -> RunConfig:
    """Five critic steps, RMSprop 5e-5, weights clipped to 0.01."""
    rmsprop = RMSprop(learning_rate=5e-5).plain()
    return dcgan().override(
        {
            "recipe": "wgan",
            "loss": WassersteinLoss().plain(),
            "penalties": [WeightClipping(limit=0.01).plain()],
            "discriminator_steps": 5,
            "optimisers": {"generator": rmsprop, "discriminator": rmsprop},
        }
    )


def wgan_gp() -> RunConfig:
    """Five critic steps, gradient penalty of weight 10, Adam 1e-4 with betas 0 and 0.9."""
    adam = Adam(learning_rate=1e-4, betas=(0.0, 0.9)).plain()
    return dcgan().override(
        {
            "recipe": "wgan-gp",
            "loss": WassersteinLoss().plain(),
            "penalties": [GradientPenalty(weight=10.0).plain()],
            "discriminator.norm": "layer",
            "discriminator_steps": 5,
            "optimisers": {"generator": adam, "discriminator": adam},
        }
    )
