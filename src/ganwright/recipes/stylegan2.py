"""StyleGAN2, and StyleGAN2 with adaptive augmentation for few data.

Papers: Karras et al., "Analyzing and Improving the Image Quality of StyleGAN", 2020, arXiv:1912.04958, table 1, row F:
modulated convolutions, sums of images in G, residual blocks in D, R1 every 16 steps, path lengths every 4, mixing 0.9;
Karras et al., "Training Generative Adversarial Networks with Limited Data", 2020, arXiv:2006.06676: augmentations whose
probability holds D's sign on real images at 0.6. `stylegan2` has the settings of row F for 1024x1024, `stylegan2-ada`
those of the second paper's 256x256 baseline (half the channels below, rate 0.0025, gamma 1). gamma goes with the
resolution: the authors' rule of thumb is 0.0002 * side^2 / batch. They mirror photographs: --data.flip.
Presets: small (ours, for a CPU; 28x28 and 32x32), and cifar10 of stylegan2-ada, the second paper's (appendix D.1):
plain blocks in D, no mixing, no path lengths, two mapping layers, gamma 0.01; with classes by --generator.conditional
true and --discriminator.conditional true. The authors compute the upper resolutions in 16 bits: --precision.dtype
bfloat16.
Commands: ganwright train PHOTOS --recipe stylegan2; ganwright train mnist --recipe stylegan2-ada --preset small.
Hardware and time: 8 V100 for 9 days at 1024x1024. small: about half an hour on one core.
Reported score: FID 2.84 on FFHQ 1024x1024 (row F); with ADA 2.92 on CIFAR-10 (2.42 with classes). Ours: not reproduced.
"""

from typing import Any

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.data.augment.ada import AdaptiveAugmentation
from ganwright.data.digits import DigitsConfig
from ganwright.losses.adversarial import NonSaturatingLoss
from ganwright.networks.stylegan2 import StyleGAN2DiscriminatorConfig, StyleGAN2GeneratorConfig
from ganwright.penalties.gradient import R1Penalty
from ganwright.penalties.path_length import PathLengthPenalty
from ganwright.recipes.run_config import Presets, RunConfig
from ganwright.training.ema import EMAConfig
from ganwright.training.optimisers import Adam

CITATION = """@inproceedings{karras2020analyzing,
  title = {Analyzing and Improving the Image Quality of {StyleGAN}},
  author = {Karras, Tero and Laine, Samuli and Aittala, Miika and Hellsten, Janne and Lehtinen, Jaakko and Aila, Timo},
  booktitle = {IEEE/CVF Conference on Computer Vision and Pattern Recognition},
  year = {2020}
}
@inproceedings{karras2020training,
  title = {Training Generative Adversarial Networks with Limited Data},
  author = {Karras, Tero and Aittala, Miika and Hellsten, Janne and Laine, Samuli and Lehtinen, Jaakko and Aila, Timo},
  booktitle = {Advances in Neural Information Processing Systems},
  year = {2020}
}"""


def _both(**options: Any) -> dict[str, Any]:
    return {f"{player}.{name}": value for player in ("generator", "discriminator") for name, value in options.items()}


def _rates(rate: float) -> dict[str, Any]:
    return {f"optimisers.{player}.learning_rate": rate for player in ("generator", "discriminator")}


SMALL: dict[str, Any] = {
    **_both(capacity=192, max_width=32),
    "generator.latent_size": 64,
    "generator.style_size": 64,
    "generator.num_mapping_layers": 2,
    "discriminator.num_mapping_layers": 2,
    **_rates(2e-3),
    "penalties.0.gamma": 0.1,
    "ema.half_life_images": 10_000,
    "batch_size": 64,
    "images": 600_000,
    "log_images": 2_000,
    "tick_images": 20_000,
}

PRESETS: Presets = {"small": SMALL}

PRESETS_ADA: Presets = {
    "cifar10": {
        **_both(capacity=32_768),
        **_rates(2.5e-3),
        "generator.num_mapping_layers": 2,
        "generator.mixing": 0.0,
        "discriminator.architecture": "plain",
        "discriminator.minibatch_group": 32,
        "penalties": [R1Penalty(gamma=0.01, every=16).plain()],
        "ema.half_life_images": 500_000,
        "images": 100_000_000,
    },
    "small": {**SMALL, "discriminator.minibatch_group": 4},
}


def stylegan2(preset: str | None = None) -> RunConfig:
    """Styles that modulate convolutions, lazy R1 and path lengths: the paper's row F."""
    adam = Adam(learning_rate=2e-3, betas=(0.0, 0.99))
    base = RunConfig(
        recipe="stylegan2",
        data=DigitsConfig(),
        algorithm=AdversarialConfig(
            generator=StyleGAN2GeneratorConfig(
                latent_size=512, style_size=512, num_mapping_layers=8, capacity=32_768, max_width=512
            ),
            discriminator=StyleGAN2DiscriminatorConfig(capacity=32_768, max_width=512, num_mapping_layers=8),
            loss=NonSaturatingLoss(),
            penalties=(R1Penalty(gamma=10.0, every=16), PathLengthPenalty(space="w", every=4)),
        ),
        optimisers={"generator": adam, "discriminator": adam},
        ema=EMAConfig(half_life_images=10_000),
        batch_size=32,
        images=25_000_000,
        log_images=20_000,
        tick_images=200_000,
    )
    return base.at_preset(PRESETS, preset)


def stylegan2_ada(preset: str | None = None) -> RunConfig:
    """StyleGAN2 whose discriminator sees augmented images, as much as its overfitting calls for."""
    base = stylegan2().override(
        {
            "recipe": "stylegan2-ada",
            **_both(capacity=16_384),
            **_rates(2.5e-3),
            "discriminator.minibatch_group": 8,
            "penalties.0.gamma": 1.0,
            "augmentations": [AdaptiveAugmentation().plain()],
            "ema.half_life_images": 20_000,
            "batch_size": 64,
        }
    )
    return base.at_preset(PRESETS_ADA, preset)
