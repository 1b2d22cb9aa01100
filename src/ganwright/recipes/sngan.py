"""Spectral normalisation and projection: on the papers' own networks, and on DCGAN's.

Papers: Miyato et al., "Spectral Normalization for Generative Adversarial Networks", 2018, arXiv:1802.05957; Miyato and
Koyama, "cGANs with Projection Discriminator", 2018, arXiv:1802.05637: hinge loss, five discriminator steps, Adam 2e-4
with betas 0 and 0.9, batches of 64; in the second conditional batch normalisation in G and a projection in D.
`sngan` is the ResNet for CIFAR-10 (50,000 steps of G, with a rate that falls to 0, as in the authors' code, whose G
steps take 128 fakes and ours 64), `sngan-cnn` the plain network; `sn-dcgan` and `projection` stand on DCGAN's.
Presets of sngan: cifar10 (its default), imagenet-128 (the second paper's, with classes; its rate does not fall here)
and small (ours, for a CPU; 28x28 to 64x64).
Commands: ganwright train cifar10 --recipe sngan; ganwright train cifar10 --recipe projection.
Hardware and time: one GPU, hours to days (imagenet-128: four, weeks). small: minutes on two cores.
Reported score: FID on CIFAR-10 21.7 (ResNet; 16.8 in StudioGAN) and 25.5 (CNN); on ImageNet at 128x128 with classes
27.62. Ours: not reproduced.
"""

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.core.schedules import Linear
from ganwright.data.digits import DigitsConfig
from ganwright.losses.adversarial import HingeLoss
from ganwright.networks.base import DiscriminatorConfig, GeneratorConfig
from ganwright.networks.resnet import ResnetDiscriminatorConfig, ResnetGeneratorConfig
from ganwright.networks.sncnn import SnCnnDiscriminatorConfig, SnCnnGeneratorConfig
from ganwright.recipes.dcgan import dcgan
from ganwright.recipes.run_config import Presets, RunConfig
from ganwright.training.ema import EMAConfig
from ganwright.training.optimisers import Adam

CITATION = """@inproceedings{miyato2018spectral,
  title = {Spectral Normalization for Generative Adversarial Networks},
  author = {Miyato, Takeru and Kataoka, Toshiki and Koyama, Masanori and Yoshida, Yuichi},
  booktitle = {International Conference on Learning Representations},
  year = {2018}
}
@inproceedings{miyato2018cgans,
  title = {c{GANs} with Projection Discriminator},
  author = {Miyato, Takeru and Koyama, Masanori},
  booktitle = {International Conference on Learning Representations},
  year = {2018}
}"""

PRESETS: Presets = {
    "cifar10": {},
    "imagenet-128": {
        "generator.width": 64,
        "generator.max_width": 1024,
        "generator.conditional": True,
        "discriminator.width": 64,
        "discriminator.max_width": 1024,
        "discriminator.halvings": None,
        "discriminator.plain_blocks": 1,
        "discriminator.conditional": True,
        "optimisers.generator.learning_rate": 2e-4,
        "optimisers.discriminator.learning_rate": 2e-4,
        "images": 450_000 * 64,
        "log_images": 20_000,
        "tick_images": 500_000,
    },
    "small": {
        "generator.width": 16,
        "generator.max_width": 64,
        "generator.latent_size": 64,
        "discriminator.width": 16,
        "discriminator.max_width": 64,
        "discriminator.plain_blocks": 1,
        "discriminator_steps": 1,
        "optimisers.generator.learning_rate": 5e-4,
        "optimisers.discriminator.learning_rate": 1e-3,
        "ema.half_life_images": 10_000,
        "images": 600_000,
    },
}
"""What each preset of sngan changes."""


def sngan(preset: str | None = None) -> RunConfig:
    """SNGAN's residual networks: spectral normalisation in D, the hinge loss and five discriminator steps."""
    generator = ResnetGeneratorConfig(width=256, max_width=256)
    discriminator = ResnetDiscriminatorConfig(width=128, max_width=128, halvings=2, plain_blocks=2, spectral_norm=True)
    return _sngan("sngan", generator, discriminator).at_preset(PRESETS, preset)


def sngan_cnn() -> RunConfig:
    """SNGAN's plain convolutional networks: spectral normalisation in D, the hinge loss, five discriminator steps."""
    generator = SnCnnGeneratorConfig(width=64, max_width=512)
    discriminator = SnCnnDiscriminatorConfig(width=64, max_width=512, spectral_norm=True)
    return _sngan("sngan-cnn", generator, discriminator)


def _sngan(name: str, generator: GeneratorConfig, discriminator: DiscriminatorConfig) -> RunConfig:
    images = 50_000 * 64
    adam = Adam(learning_rate=Linear(start=2e-4, end=0.0, ramp_images=images), betas=(0.0, 0.9))
    return RunConfig(
        recipe=name,
        data=DigitsConfig(),
        algorithm=AdversarialConfig(
            generator=generator, discriminator=discriminator, loss=HingeLoss(), discriminator_steps=5
        ),
        optimisers={"generator": adam, "discriminator": adam},
        ema=EMAConfig(half_life_images=0),
        batch_size=64,
        images=images,
    )


def sn_dcgan() -> RunConfig:
    """DCGAN with spectral normalisation, the hinge loss and five discriminator steps."""
    adam = Adam(learning_rate=2e-4, betas=(0.0, 0.9)).plain()
    return dcgan().override(
        {
            "recipe": "sn-dcgan",
            "loss": HingeLoss().plain(),
            "discriminator.norm": "none",
            "discriminator.spectral_norm": True,
            "discriminator_steps": 5,
            "optimisers": {"generator": adam, "discriminator": adam},
        }
    )


def projection() -> RunConfig:
    """sn-dcgan that makes the class it is asked for: conditional batch normalisation in G, a projection in D."""
    return sn_dcgan().override(
        {
            "recipe": "projection",
            "generator.conditional": True,
            "generator.conditioning": "batch-norm",
            "discriminator.conditional": True,
            "discriminator.conditioning": "projection",
        }
    )
