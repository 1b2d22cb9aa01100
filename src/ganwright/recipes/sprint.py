"""A small modern GAN for a run of minutes on a CPU: what the MNIST speed run races with.

Relativistic pairing with R1 and R2 (Huang et al., "The GAN is dead; long live the GAN!", 2024, arXiv:2501.05441) on
DCGAN's convolutions, narrow, without normalisation in the discriminator. Ours, for speed: penalties come every fourth
step and four times as strong (Karras et al. 2020, StyleGAN2, appendix B: lazy regularisation), and both learning rates
fall to 0 by half a cosine over the run, whatever its length, and gamma with them to a tenth.
Command: ganwright train mnist --recipe sprint. With labels also --generator.conditional true
--discriminator.conditional true.
Reported score: none, since no paper has this pair. Ours: benchmarks/speedrun.md.
"""

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.core.schedules import Cosine
from ganwright.data.digits import DigitsConfig
from ganwright.losses.adversarial import RelativisticPairingLoss
from ganwright.networks.dcgan import DcganDiscriminatorConfig, DcganGeneratorConfig
from ganwright.penalties.gradient import R1Penalty, R2Penalty
from ganwright.recipes.demo import CITATION
from ganwright.recipes.run_config import RunConfig
from ganwright.training.ema import EMAConfig
from ganwright.training.optimisers import Adam

__all__ = ["CITATION", "sprint"]

LAZY = 4
"""Penalties come in every so manyth iteration."""


def sprint() -> RunConfig:
    """Minutes on a CPU: narrow convolutions, relativistic loss, lazy R1 and R2, rates that fall to 0 over the run."""
    gamma = Cosine(start=1.0, end=0.1)
    adam = Adam(learning_rate=Cosine(start=1.5e-3, end=0.0), betas=(0.0, 0.99))
    return RunConfig(
        recipe="sprint",
        data=DigitsConfig(),
        algorithm=AdversarialConfig(
            generator=DcganGeneratorConfig(latent_size=64, width=32, max_width=256),
            discriminator=DcganDiscriminatorConfig(
                width=32, max_width=256, norm="none", init="he", conditioning="projection"
            ),
            loss=RelativisticPairingLoss(),
            penalties=(R1Penalty(gamma=gamma, every=LAZY), R2Penalty(gamma=gamma, every=LAZY)),
        ),
        optimisers={"generator": adam, "discriminator": adam},
        ema=EMAConfig(half_life_images=5_000),
        batch_size=64,
        images=200_000,
        log_images=1_000,
        tick_images=20_000,
    )
