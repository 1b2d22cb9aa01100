"""The GAN of 2014, with the settings of its paper where they can be had.

Paper: Goodfellow et al., "Generative Adversarial Nets", 2014, arXiv:1406.2661, sections 3 and 5: multilayer
perceptrons, the generator of rectifiers with uniform noise at its input only, dropout in the discriminator, momentum.
The paper's maxout units stand here as leaky rectifiers, its sigmoid outputs as tanh (images are in [-1, 1] here), and
Adam stands for its decaying momentum, which these units do not bear.
Command: ganwright train mnist --recipe gan --epochs 50.
Reported score: Parzen-window log-likelihood 225 on MNIST, a measure no longer trusted. Ours: not reproduced.
"""

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.data.digits import DigitsConfig
from ganwright.losses.adversarial import NonSaturatingLoss
from ganwright.networks.mlp import MlpDiscriminatorConfig, MlpGeneratorConfig
from ganwright.recipes.mlp import CITATION
from ganwright.recipes.run_config import RunConfig
from ganwright.training.optimisers import Adam

__all__ = ["CITATION", "gan"]


def gan() -> RunConfig:
    """The first GAN: perceptrons, uniform latents, dropout in the discriminator, no smoothing."""
    adam = Adam(learning_rate=2e-4, betas=(0.5, 0.999))
    return RunConfig(
        recipe="gan",
        data=DigitsConfig(),
        algorithm=AdversarialConfig(
            generator=MlpGeneratorConfig(latent_size=100, hidden=(1200, 1200)),
            discriminator=MlpDiscriminatorConfig(hidden=(240, 240), dropout=0.5),
            loss=NonSaturatingLoss(),
            latent="uniform",
        ),
        optimisers={"generator": adam, "discriminator": adam},
        batch_size=100,
        images=3_000_000,
    )
