"""The healthy setting that several lessons spoil, each in its own way: small perceptrons on small digits.

At a rate of 1e-3 for both, the samples are as varied as they will be after 2,000 steps, although FID goes on falling:
short enough for every lesson to train its own healthy run beside the sick one. On MNIST the recipe's own networks play,
which are wider.
"""

from collections.abc import Mapping
from typing import Any

from ganwright.lessons.base import Stage

RATES: Mapping[str, Any] = {
    "optimisers.generator.learning_rate": 1e-3,
    "optimisers.discriminator.learning_rate": 1e-3,
}

SMALL: Mapping[str, Any] = {
    "generator.latent_size": 16,
    "generator.hidden": [128, 128],
    "discriminator.hidden": [128, 128],
    **RATES,
}

SLOW_DISCRIMINATOR: Mapping[str, Any] = {"optimisers.discriminator.learning_rate": 1e-4}
"""A tenth of the generator's rate."""

GRADIENT_PENALTY: Mapping[str, Any] = {
    "loss": {"kind": "wasserstein"},
    "penalties": [{"kind": "gp", "weight": 10.0}],
    "discriminator_steps": 5,
    "optimisers.generator.betas": [0.0, 0.9],
    "optimisers.discriminator.betas": [0.0, 0.9],
}
"""The game of WGAN-GP, on whatever networks."""

MEASURES = (
    "diversity",
    "classes_covered",
    "class_shares",
    "real_class_shares",
    "fid",
    "rank_accuracy",
    "discriminator_loss",
    "generator_loss",
)
"""What is looked at in the healthy run and in the sick ones."""


def stages(images: int = 128_000, mnist_images: int = 640_000, moments: int = 20) -> Mapping[str, Stage]:
    """The setting on the embedded digits, and on MNIST.

    images, mnist_images: length of a run. moments: how often measures are taken in it.
    """
    return {
        "digits": Stage("digits", "mlp", images, {**SMALL, "tick_images": images // moments}),
        "mnist": Stage(
            "mnist", "mlp", mnist_images, {**RATES, "tick_images": mnist_images // moments}, num_threads=None
        ),
    }
