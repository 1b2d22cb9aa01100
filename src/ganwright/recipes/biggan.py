"""BigGAN: everything larger, and latents that reach every block.

Paper: Brock, Donahue and Simonyan, "Large Scale GAN Training for High Fidelity Natural Image Synthesis", 2019,
arXiv:1809.11096, section 3 and appendices B and C, at 128x128: hinge loss, Adam 5e-5 (G) and 2e-4 (D) with betas 0 and
0.999, two D steps, batches of 2048 (here in eight parts, whose statistics are their own), width 96, z of 120 split over
the stem and five blocks, a class embedding of 128 shared by all norms, attention at 64x64, orthogonal initialisation
and penalty, averaged weights. Truncated samples: `truncate_normal` with `with_standing_statistics`. At 256x256 the
paper repeats a width; here widths double up to the largest.
Presets: cifar10, the settings in use for 32x32 (width 64 times 4, batches of 50, four D steps, 2e-4 for both; no
attention, no split and no penalty; their tables of gains are the shared embedding here, which for ten classes can say
the same), and small (ours, for a CPU; 28x28 to 64x64). Without labels: --generator.conditional false
--discriminator.conditional false.
Command: ganwright train cifar10 --recipe biggan --preset cifar10 --data.flip.
Hardware and time: 128 to 512 TPU cores, one to two days; small: minutes on two cores.
Reported score: FID 8.7 on ImageNet at 128x128; on CIFAR-10 14.7, and 4.2 in StudioGAN. Ours: not reproduced.
"""

from typing import Any

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.data.digits import DigitsConfig
from ganwright.losses.adversarial import HingeLoss
from ganwright.networks.biggan import BigganGeneratorConfig
from ganwright.networks.resnet import ResnetDiscriminatorConfig
from ganwright.penalties.weights import OrthogonalPenalty
from ganwright.recipes.run_config import Presets, RunConfig
from ganwright.training.ema import EMAConfig
from ganwright.training.optimisers import Adam

CITATION = """@inproceedings{brock2019large,
  title = {Large Scale {GAN} Training for High Fidelity Natural Image Synthesis},
  author = {Brock, Andrew and Donahue, Jeff and Simonyan, Karen},
  booktitle = {International Conference on Learning Representations},
  year = {2019}
}"""

HALF_LIFE_BATCHES = 6931
"""After so many batches an average with decay 0.9999 has forgotten half."""


def _both(**options: Any) -> dict[str, Any]:
    """The same for both players."""
    return {f"{player}.{name}": value for player in ("generator", "discriminator") for name, value in options.items()}


PRESETS: Presets = {
    "cifar10": {
        **_both(width=256, max_width=256, attention_at=None, init="normal"),
        "generator.latent_size": 128,
        "generator.hierarchical": False,
        "discriminator.halvings": 2,
        "discriminator.plain_blocks": 2,
        "discriminator_steps": 4,
        "penalties": [],
        "optimisers.generator.learning_rate": 2e-4,
        "optimisers.discriminator.learning_rate": 2e-4,
        "ema.half_life_images": 50 * HALF_LIFE_BATCHES,
        "batch_size": 50,
        "accumulation": 1,
        "images": 6_250_000,
    },
    "small": {
        **_both(max_width=64, attention_at=8),
        "generator.width": 16,
        "discriminator.width": 8,
        "generator.latent_size": 64,
        "generator.embedding_size": 32,
        "discriminator_steps": 1,
        "optimisers.generator.learning_rate": 5e-4,
        "optimisers.discriminator.learning_rate": 1e-3,
        "ema.half_life_images": 10_000,
        "batch_size": 64,
        "accumulation": 1,
        "images": 600_000,
        "log_images": 2_000,
        "tick_images": 20_000,
    },
}
"""What each preset changes."""


def biggan(preset: str | None = None) -> RunConfig:
    """Wide residual networks, a class embedding that all norms share, a latent split over the blocks, large batches."""
    base = RunConfig(
        recipe="biggan",
        data=DigitsConfig(),
        algorithm=AdversarialConfig(
            generator=BigganGeneratorConfig(
                width=96, max_width=1536, attention_at=64, conditional=True, spectral_norm=True
            ),
            discriminator=ResnetDiscriminatorConfig(
                width=96,
                max_width=1536,
                wide=True,
                attention_at=64,
                init="orthogonal",
                conditional=True,
                spectral_norm=True,
            ),
            loss=HingeLoss(),
            penalties=(OrthogonalPenalty(weight=1e-4, on="generator"),),
            discriminator_steps=2,
        ),
        optimisers={
            "generator": Adam(learning_rate=5e-5, betas=(0.0, 0.999)),
            "discriminator": Adam(learning_rate=2e-4, betas=(0.0, 0.999)),
        },
        ema=EMAConfig(half_life_images=2048 * HALF_LIFE_BATCHES),
        batch_size=2048,
        accumulation=8,
        images=300_000_000,
        log_images=100_000,
        tick_images=1_000_000,
    )
    return base.at_preset(PRESETS, preset)
