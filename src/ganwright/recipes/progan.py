"""ProGAN: networks that grow from 4x4 pixels, each resolution fading in.

Paper: Karras et al., "Progressive Growing of GANs for Improved Quality, Stability, and Variation", 2018,
arXiv:1710.10196, appendix A.1: WGAN-GP with a drift term, one critic step, Adam 1e-3 (0, 0.99), equalised learning
rates, pixel norm, minibatch stddev, 800,000 images for each fade and each hold, weights averaged with 0.999 a step of
16. The paper takes smaller batches above 256x256 and starts Adam anew at each level; here the batch is always 16 and
Adam goes on.
Preset: small (ours, for a CPU; 28x28 and 32x32).
Command: ganwright train PHOTOS --recipe progan; ganwright train mnist --recipe progan --preset small.
Hardware and time: 8 V100 for 4 days at 1024x1024. small: about half an hour on one core.
Reported score: FID 7.79 on CelebA-HQ 1024x1024 (StyleGAN's paper, table 1); Inception Score 8.80 on CIFAR-10.
Ours: not reproduced.
"""

from typing import Any

from ganwright.algorithms.progressive import ProgressiveConfig
from ganwright.data.digits import DigitsConfig
from ganwright.losses.adversarial import WassersteinLoss
from ganwright.networks.progan import ProGANDiscriminatorConfig, ProGANGeneratorConfig
from ganwright.penalties.gradient import GradientPenalty
from ganwright.recipes.run_config import Presets, RunConfig
from ganwright.training.ema import EMAConfig
from ganwright.training.optimisers import Adam

CITATION = """@inproceedings{karras2018progressive,
  title = {Progressive Growing of {GANs} for Improved Quality, Stability, and Variation},
  author = {Karras, Tero and Aila, Timo and Laine, Samuli and Lehtinen, Jaakko},
  booktitle = {International Conference on Learning Representations},
  year = {2018}
}"""

SMALL: dict[str, Any] = {
    "generator.capacity": 128,
    "generator.max_width": 32,
    "generator.latent_size": 64,
    "discriminator.capacity": 128,
    "discriminator.max_width": 32,
    "fade_images": 60_000,
    "hold_images": 60_000,
    "batch_size": 64,
    "images": 600_000,
    "log_images": 2_000,
    "tick_images": 20_000,
}

PRESETS: Presets = {"small": SMALL}


def progan(preset: str | None = None) -> RunConfig:
    """Networks that grow from few pixels to all, under the Wasserstein loss with a gradient penalty."""
    adam = Adam(learning_rate=1e-3, betas=(0.0, 0.99))
    base = RunConfig(
        recipe="progan",
        data=DigitsConfig(),
        algorithm=ProgressiveConfig(
            generator=ProGANGeneratorConfig(latent_size=512, capacity=16_384, max_width=512),
            discriminator=ProGANDiscriminatorConfig(capacity=16_384, max_width=512),
            loss=WassersteinLoss(drift=1e-3),
            penalties=(GradientPenalty(),),
        ),
        optimisers={"generator": adam, "discriminator": adam},
        ema=EMAConfig(half_life_images=11_000),
        batch_size=16,
        images=12_000_000,
        log_images=10_000,
        tick_images=200_000,
    )
    return base.at_preset(PRESETS, preset)
