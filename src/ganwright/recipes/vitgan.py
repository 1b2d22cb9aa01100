"""ViTGAN: transformers as both players.

Paper: Lee et al., "ViTGAN: Training GANs with Vision Transformers", 2022, arXiv:2107.04589 (2021): section 3 and the
settings of its CIFAR-10 runs: 4 blocks of 384 with 6 heads on patches of 4, L2 attention and spectral norms that keep
the first scale in D, self-modulated norms in G, non-saturating loss, DiffAugment and balanced consistency of weight 10,
Adam 2e-3 with betas 0 and 0.99, batches of 128. bCR's own changes (flip, shift) stand where the paper's consistency is
between an image and its augmented version; length, average and the width of the first sines are ours.
Preset small (ours, for a CPU): 28x28 and 32x32.
Command: ganwright train cifar10 --recipe vitgan.
Hardware and time: a GPU; the paper names none for CIFAR-10. small: minutes on two cores.
Reported score: FID on CIFAR-10 6.66 in the first version of the paper, 4.92 in the last. Ours: not reproduced.
"""

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.data.augment.diffaugment import DiffAugment
from ganwright.data.digits import DigitsConfig
from ganwright.losses.adversarial import NonSaturatingLoss
from ganwright.networks.vitgan import VitganDiscriminatorConfig, VitganGeneratorConfig
from ganwright.penalties.consistency import BalancedConsistencyPenalty
from ganwright.recipes.run_config import Presets, RunConfig
from ganwright.training.optimisers import Adam

CITATION = """@inproceedings{lee2022vitgan,
  title = {{ViTGAN}: Training {GANs} with Vision Transformers},
  author = {Lee, Kwonjoon and Chang, Huiwen and Jiang, Lu and Zhang, Han and Tu, Zhuowen and Liu, Ce},
  booktitle = {International Conference on Learning Representations},
  year = {2022}
}"""

PRESETS: Presets = {
    "small": {
        **{f"{player}.width": 64 for player in ("generator", "discriminator")},
        **{f"{player}.heads": 4 for player in ("generator", "discriminator")},
        **{f"{player}.layers": 2 for player in ("generator", "discriminator")},
        **{f"{player}.mlp_ratio": 2 for player in ("generator", "discriminator")},
        **{f"optimisers.{player}.learning_rate": 1e-3 for player in ("generator", "discriminator")},
        "generator.latent_size": 64,
        "precision.dtype": "bfloat16",
        "batch_size": 64,
        "images": 600_000,
        "log_images": 2_000,
        "tick_images": 20_000,
    },
}


def vitgan(preset: str | None = None) -> RunConfig:
    """Transformers on both sides, for images cut into patches of 4 pixels."""
    adam = Adam(learning_rate=2e-3, betas=(0.0, 0.99))
    base = RunConfig(
        recipe="vitgan",
        data=DigitsConfig(),
        algorithm=AdversarialConfig(
            generator=VitganGeneratorConfig(latent_size=384, width=384, heads=6),
            discriminator=VitganDiscriminatorConfig(width=384, heads=6),
            loss=NonSaturatingLoss(),
            penalties=(BalancedConsistencyPenalty(),),
            augmentations=(DiffAugment(),),
        ),
        optimisers={"generator": adam, "discriminator": adam},
        batch_size=128,
        images=50_000_000,
        log_images=10_000,
        tick_images=200_000,
    )
    return base.at_preset(PRESETS, preset)
