"""DCGAN's convolutions under the modern baseline's game: what a processor without a GPU trains well.

Paper: Huang et al., "The GAN is dead; long live the GAN!", 2024, arXiv:2501.05441: relativistic pairing with R1 and R2
on every step, Adam without momentum, rates and penalties that fall over the run. The networks are Radford et al.'s
(2015, arXiv:1511.06434), narrow, with batch normalisation in the generator only: for the same time on a CPU they see
several times as many images as the paper's residual ones. `ganwright train DATA` fits widths, gamma, classes and
augmentation to the data; docs/auto.md tells how.
Preset small, for small gray images in minutes: penalties in every fourth step only (lazy regularisation, Karras et al.
2020, arXiv:1912.04958, appendix B), higher rates that fall to 0 over the run, and a shorter average.
Command: ganwright train DATA --recipe rpgan-dcgan.
Reported score: none, since no paper has this pair. Ours: docs/auto.md; of small: benchmarks/speedrun.md.
"""

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.core.schedules import Cosine
from ganwright.data.digits import DigitsConfig
from ganwright.losses.adversarial import RelativisticPairingLoss
from ganwright.networks.dcgan import DcganDiscriminatorConfig, DcganGeneratorConfig
from ganwright.penalties.gradient import R1Penalty, R2Penalty
from ganwright.recipes.demo import CITATION
from ganwright.recipes.run_config import Presets, RunConfig
from ganwright.training.optimisers import Adam

__all__ = ["CITATION", "PRESETS", "rpgan_dcgan"]

LAZY = 4
"""In the small preset penalties come in every so manyth iteration, so many times as strong."""

PRESETS: Presets = {
    "small": {
        **{
            f"optimisers.{player}.learning_rate": Cosine(start=1.5e-3, end=0.0).plain()
            for player in ("generator", "discriminator")
        },
        **{f"penalties.{index}.every": LAZY for index in (0, 1)},
        "ema.half_life_images": 5_000,
        "images": 200_000,
        "log_images": 1_000,
    }
}
"""What each preset changes."""


def rpgan_dcgan(preset: str | None = None) -> RunConfig:
    """Narrow convolutions without a trick under the modern baseline's loss and penalties: made for CPUs."""
    gamma = Cosine(start=1.0, end=0.1)
    adam = Adam(learning_rate=Cosine(start=1e-3, end=1e-4), betas=(0.0, 0.99))
    base = RunConfig(
        recipe="rpgan-dcgan",
        data=DigitsConfig(),
        algorithm=AdversarialConfig(
            generator=DcganGeneratorConfig(latent_size=64, width=32, max_width=256),
            discriminator=DcganDiscriminatorConfig(
                width=32, max_width=256, norm="none", init="he", conditioning="projection"
            ),
            loss=RelativisticPairingLoss(),
            penalties=(R1Penalty(gamma=gamma), R2Penalty(gamma=gamma)),
        ),
        optimisers={"generator": adam, "discriminator": adam},
        batch_size=64,
        images=600_000,
        log_images=2_000,
        tick_images=20_000,
    )
    return base.at_preset(PRESETS, preset)
