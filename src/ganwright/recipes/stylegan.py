"""StyleGAN: a generator driven by styles, which grows as ProGAN's does.

Paper: Karras et al., "A Style-Based Generator Architecture for Generative Adversarial Networks", 2019,
arXiv:1812.04948, table 1, row F on FFHQ: non-saturating loss, R1 with gamma 10 at every step, Adam (0, 0.99), mapping
at a hundredth of the rate, mixing 0.9, growth from 8x8 with 600,000 images for each fade and each hold (appendix C and
the authors' code), truncation 0.7 in its pictures. The authors raise the rate from 1e-3 to 1.5e-3 and more from 128x128
on, and take larger batches at small resolutions; here both stay.
Preset: small (ours, for a CPU; 28x28 and 32x32).
Command: ganwright train PHOTOS --recipe stylegan; ganwright train mnist --recipe stylegan --preset small.
Hardware and time: 8 V100 for a week at 1024x1024. small: about half an hour on one core.
Reported score: FID 4.40 on FFHQ 1024x1024. Ours: not reproduced.
"""

from typing import Any

from ganwright.algorithms.progressive import ProgressiveConfig
from ganwright.data.digits import DigitsConfig
from ganwright.losses.adversarial import NonSaturatingLoss
from ganwright.networks.progan import ProGANDiscriminatorConfig
from ganwright.networks.stylegan import StyleGANGeneratorConfig
from ganwright.penalties.gradient import R1Penalty
from ganwright.recipes.run_config import Presets, RunConfig
from ganwright.training.ema import EMAConfig
from ganwright.training.optimisers import Adam

CITATION = """@inproceedings{karras2019style,
  title = {A Style-Based Generator Architecture for Generative Adversarial Networks},
  author = {Karras, Tero and Laine, Samuli and Aila, Timo},
  booktitle = {IEEE/CVF Conference on Computer Vision and Pattern Recognition},
  year = {2019}
}"""

SMALL: dict[str, Any] = {
    "generator.capacity": 128,
    "generator.max_width": 32,
    "generator.latent_size": 64,
    "generator.style_size": 64,
    "generator.num_mapping_layers": 4,
    "discriminator.capacity": 128,
    "discriminator.max_width": 32,
    "first_level": 0,
    "fade_images": 60_000,
    "hold_images": 60_000,
    "penalties.0.gamma": 1.0,
    "batch_size": 64,
    "images": 600_000,
    "log_images": 2_000,
    "tick_images": 20_000,
}

PRESETS: Presets = {"small": SMALL}


def stylegan(preset: str | None = None) -> RunConfig:
    """A mapping network whose styles drive adaptive instance norm, on networks that grow."""
    adam = Adam(learning_rate=1e-3, betas=(0.0, 0.99))
    base = RunConfig(
        recipe="stylegan",
        data=DigitsConfig(),
        algorithm=ProgressiveConfig(
            generator=StyleGANGeneratorConfig(
                latent_size=512, style_size=512, num_mapping_layers=8, capacity=16_384, max_width=512
            ),
            discriminator=ProGANDiscriminatorConfig(capacity=16_384, max_width=512, halving="soft"),
            loss=NonSaturatingLoss(),
            penalties=(R1Penalty(gamma=10.0),),
            first_level=1,
            fade_images=600_000,
            hold_images=600_000,
        ),
        optimisers={"generator": adam, "discriminator": adam},
        ema=EMAConfig(half_life_images=10_000),
        batch_size=32,
        images=25_000_000,
        log_images=20_000,
        tick_images=200_000,
    )
    return base.at_preset(PRESETS, preset)
