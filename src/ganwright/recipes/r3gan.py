"""R3GAN: a relativistic loss with both gradient penalties, and networks without a trick.

Paper: Huang et al., "The GAN is dead; long live the GAN! A modern GAN baseline", 2024, arXiv:2501.05441: sections 2
and 3, and the settings of its presets. L_D = softplus(-(D(x) - D(G(z)))) + gamma/2 (|grad D|^2 at real and at fake
items), on the pixels before augmentation; rate, second decay, gamma, average and augmentation follow half a cosine and
stay at its end. Without a preset: those of CIFAR-10, without classes.
Presets: cifar10, imagenet-32 and imagenet-64 (with classes), ffhq-64, ffhq-256, as the authors trained them;
stacked-mnist (the paper's figure has no public settings, these are ours) and small (ours, for a CPU; 28x28 to 64x64).
The length is ours as well: five ramps, since the authors' runs are stopped by hand. They mirror photographs:
--data.flip.
Command: ganwright train cifar10 --recipe r3gan --preset cifar10 --data.flip.
Hardware and time: a GPU of 40 GB and more; days. small: minutes on two cores.
Reported score: FID 1.96 on CIFAR-10, 1.95 on FFHQ 64x64, 2.75 on FFHQ 256x256, 1.27 on ImageNet 32x32, 2.09 on
ImageNet 64x64; stacked MNIST 1000 modes, KL 0.029. Ours: not reproduced.
"""

from typing import Any

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.core.schedules import Cosine
from ganwright.data.augment.ada import AdaptiveAugmentation
from ganwright.data.digits import DigitsConfig
from ganwright.losses.adversarial import RelativisticPairingLoss
from ganwright.networks.r3gan import R3DiscriminatorConfig, R3GeneratorConfig
from ganwright.penalties.gradient import R1Penalty, R2Penalty
from ganwright.recipes.demo import CITATION
from ganwright.recipes.run_config import Presets, RunConfig
from ganwright.training.ema import EMAConfig
from ganwright.training.optimisers import Adam
from ganwright.training.precision import PrecisionConfig

__all__ = ["CITATION", "PRESETS", "r3gan"]

RAMPS = 5
"""Length of a run, in ramps."""


def _sizes(width: int, max_width: int, group_width: int = 16) -> dict[str, Any]:
    own = {"width": width, "max_width": max_width, "group_width": group_width}
    return {f"{player}.{name}": value for player in ("generator", "discriminator") for name, value in own.items()}


def _classes() -> dict[str, Any]:
    return {"generator.conditional": True, "discriminator.conditional": True}


def schedules(
    ramp_images: int | None, gamma: tuple[float, float], p: float, half_life_images: int, rate: tuple[float, float]
) -> dict[str, Any]:
    """Everything that changes over the run, each by half a cosine from the first number (0 if alone) to the last.

    ramp_images: of the cosines, the run being RAMPS times as long; None: the whole run, whatever its length.
    """

    def cosine(start: float, end: float) -> dict[str, Any]:
        return Cosine(start=start, end=end, ramp_images=ramp_images).plain()

    changes: dict[str, Any] = {
        **({} if ramp_images is None else {"images": RAMPS * ramp_images}),
        "ema.half_life_images": cosine(0, half_life_images),
        "augmentations.0.p": cosine(0, p) if p else 0.0,
    }
    for player in ("generator", "discriminator"):
        changes[f"optimisers.{player}.learning_rate"] = cosine(*rate)
        changes[f"optimisers.{player}.beta2"] = cosine(0.9, 0.99)
    return changes | {f"penalties.{index}.gamma": cosine(*gamma) for index in (0, 1)}


RATE = (2e-4, 5e-5)
CIFAR10 = {**_sizes(768, 768), **schedules(20_000_000, (0.05, 0.005), 0.55, 5_000_000, RATE), "batch_size": 512}

PRESETS: Presets = {
    "cifar10": {**CIFAR10, **_classes()},
    "ffhq-64": {
        **_sizes(384, 768),
        **schedules(20_000_000, (2.0, 0.2), 0.3, 500_000, RATE),
        "batch_size": 256,
    },
    "ffhq-256": {
        **_sizes(96, 768),
        **schedules(20_000_000, (150.0, 15.0), 0.3, 500_000, RATE),
        "batch_size": 256,
    },
    "imagenet-32": {
        **_sizes(1536, 1536, 32),
        **_classes(),
        **schedules(200_000_000, (0.5, 0.05), 0.5, 50_000_000, RATE),
        "batch_size": 4096,
    },
    "imagenet-64": {
        **_sizes(1536, 1536, 32),
        **_classes(),
        **schedules(200_000_000, (1.0, 0.1), 0.4, 50_000_000, RATE),
        "batch_size": 4096,
    },
    "stacked-mnist": {
        **_sizes(256, 256),
        **schedules(2_000_000, (1.0, 0.1), 0.0, 100_000, RATE),
        "batch_size": 256,
    },
    "small": {
        **_sizes(8, 64),
        **{f"{player}.blocks": 1 for player in ("generator", "discriminator")},
        **schedules(200_000, (1.0, 0.1), 0.0, 10_000, (2e-3, 2e-4)),
        "batch_size": 64,
        "images": 600_000,
        "precision.dtype": "float32",
        "log_images": 2_000,
        "tick_images": 20_000,
    },
}
"""What each preset changes; a ramp of schedules, gamma, chance of augmentation, half-life of the average, rate."""


def r3gan(preset: str | None = None) -> RunConfig:
    """The modern baseline: residual networks without normalisation under a relativistic loss, R1 and R2."""
    adam = Adam(betas=(0.0, 0.99))
    base = RunConfig(
        recipe="r3gan",
        data=DigitsConfig(),
        algorithm=AdversarialConfig(
            generator=R3GeneratorConfig(),
            discriminator=R3DiscriminatorConfig(),
            loss=RelativisticPairingLoss(),
            penalties=(R1Penalty(), R2Penalty()),
            augmentations=(AdaptiveAugmentation(target=None, color=0.5, cutout=1.0),),
        ),
        optimisers={"generator": adam, "discriminator": adam},
        ema=EMAConfig(warm_up=0),
        precision=PrecisionConfig(dtype="bfloat16"),
        log_images=20_000,
        tick_images=500_000,
    )
    return base.override(CIFAR10).at_preset(PRESETS, preset)
