"""Relativistic pairing with R1 and R2, on points: the recipe that covers every mode.

Paper: Huang et al., "The GAN is dead; long live the GAN!", 2024, arXiv:2501.05441: the loss, both penalties on every
step, Adam without momentum, penalties and rates that fall over the run. The networks are perceptrons, for points in the
plane: the latent enters every layer of the generator, and the discriminator sees positions as Fourier features too.
docs/LOG.md tells what each part is for.
Command: ganwright bench modes --data ring8 --recipes rpgan-r1r2; the same with --data grid25.
Reported score: none on points; on stacked MNIST 1000 modes and KL 0.029, with the paper's own networks.
Ours: docs/modes.md.
"""

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.core.schedules import Cosine
from ganwright.data.mixtures import Ring8Config
from ganwright.losses.adversarial import RelativisticPairingLoss
from ganwright.networks.mlp import MlpDiscriminatorConfig, MlpGeneratorConfig
from ganwright.penalties.gradient import R1Penalty, R2Penalty
from ganwright.recipes.demo import CITATION
from ganwright.recipes.run_config import RunConfig
from ganwright.training.ema import EMAConfig
from ganwright.training.optimisers import Adam

__all__ = ["CITATION", "rpgan_r1r2"]
IMAGES = 1_024_000


def rpgan_r1r2() -> RunConfig:
    """Perceptrons on points under the modern baseline's loss and penalties; made for mixtures."""
    gamma = Cosine(start=0.5, end=0.00015, ramp_images=IMAGES // 2)
    rates = int(0.9 * IMAGES)
    return RunConfig(
        recipe="rpgan-r1r2",
        data=Ring8Config(),
        algorithm=AdversarialConfig(
            generator=MlpGeneratorConfig(latent_size=8, hidden=(64,) * 4, activation="tanh", skip_latent=True),
            discriminator=MlpDiscriminatorConfig(hidden=(64,) * 3, octaves=tuple(range(-1, 7))),
            loss=RelativisticPairingLoss(),
            penalties=(R1Penalty(gamma=gamma), R2Penalty(gamma=gamma)),
        ),
        optimisers={
            "generator": Adam(learning_rate=Cosine(start=5e-3, end=5e-5, ramp_images=rates), betas=(0.0, 0.99)),
            "discriminator": Adam(learning_rate=Cosine(start=3e-3, end=9e-4, ramp_images=rates), betas=(0.0, 0.99)),
        },
        ema=EMAConfig(half_life_images=30_000, warm_up=0.1),
        batch_size=64,
        images=IMAGES,
        log_images=6_400,
        tick_images=256_000,
        signals_images=25_600,
    )
