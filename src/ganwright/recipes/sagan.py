"""SAGAN: SNGAN's ResNet with self-attention, spectral normalisation in both players and two learning rates.

Paper: Zhang et al., "Self-Attention Generative Adversarial Networks", 2019, arXiv:1805.08318, sections 3 and 4: hinge
loss, Adam with betas 0 and 0.9, 4e-4 for D and 1e-4 for G, one step each, attention at 32x32, conditional batch
normalisation in G and a projection in D, z of 128. Widths, batches of 256 and a million steps are those of the authors'
code, and so is the pooling of keys and values.
Presets: small (ours, for a CPU; 28x28 to 64x64). Without labels: --generator.conditional false
--discriminator.conditional false.
Command: ganwright train npz:imagenet-128.npz --recipe sagan.
Hardware and time: several GPUs, weeks. small: minutes on two cores.
Reported score: FID 18.65 on ImageNet at 128x128; on CIFAR-10 10.4 (StudioGAN). Ours: not reproduced.
"""

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.data.digits import DigitsConfig
from ganwright.losses.adversarial import HingeLoss
from ganwright.networks.resnet import ResnetDiscriminatorConfig, ResnetGeneratorConfig
from ganwright.recipes.run_config import Presets, RunConfig
from ganwright.training.ema import EMAConfig
from ganwright.training.optimisers import Adam

CITATION = """@inproceedings{zhang2019self,
  title = {Self-Attention Generative Adversarial Networks},
  author = {Zhang, Han and Goodfellow, Ian and Metaxas, Dimitris and Odena, Augustus},
  booktitle = {International Conference on Machine Learning},
  year = {2019}
}"""

PRESETS: Presets = {
    "small": {
        "generator.width": 16,
        "generator.max_width": 64,
        "generator.latent_size": 64,
        "generator.attention_at": 8,
        "discriminator.width": 8,
        "discriminator.max_width": 64,
        "discriminator.attention_at": 8,
        "optimisers.generator.learning_rate": 5e-4,
        "optimisers.discriminator.learning_rate": 1e-3,
        "batch_size": 64,
        "images": 600_000,
        "ema.half_life_images": 10_000,
        "log_images": 2_000,
        "tick_images": 20_000,
    },
}
"""What each preset changes."""


def sagan(preset: str | None = None) -> RunConfig:
    """SNGAN's ResNet with self-attention, spectral normalisation in both players and two learning rates."""
    base = RunConfig(
        recipe="sagan",
        data=DigitsConfig(),
        algorithm=AdversarialConfig(
            generator=ResnetGeneratorConfig(
                width=64, max_width=1024, attention_at=32, conditional=True, spectral_norm=True
            ),
            discriminator=ResnetDiscriminatorConfig(
                width=64, max_width=1024, attention_at=32, conditional=True, spectral_norm=True
            ),
            loss=HingeLoss(),
        ),
        optimisers={
            "generator": Adam(learning_rate=1e-4, betas=(0.0, 0.9)),
            "discriminator": Adam(learning_rate=4e-4, betas=(0.0, 0.9)),
        },
        ema=EMAConfig(half_life_images=0),
        batch_size=256,
        images=256_000_000,
        log_images=20_000,
        tick_images=500_000,
    )
    return base.at_preset(PRESETS, preset)
