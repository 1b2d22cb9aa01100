"""Changes of options that cells share: rates, sizes, schedules."""

from typing import Any


def rates(generator: float, discriminator: float | None = None) -> dict[str, Any]:
    """The players' learning rates; the discriminator's is the generator's where it is not given."""
    other = generator if discriminator is None else discriminator
    return {"optimisers.generator.learning_rate": generator, "optimisers.discriminator.learning_rate": other}


def perceptrons(generator: list[int], discriminator: list[int], latent_size: int) -> dict[str, Any]:
    """Perceptrons instead of a recipe's convolutions."""
    return {
        "generator": {"kind": "mlp", "latent_size": latent_size, "hidden": generator},
        "discriminator": {"kind": "mlp", "hidden": discriminator},
    }


def narrow(width: int) -> dict[str, Any]:
    """Convolutions of this width, with latents of 32."""
    return {"generator.width": width, "discriminator.width": width, "generator.latent_size": 32}


def hidden(generator: list[int], discriminator: list[int], latent_size: int) -> dict[str, Any]:
    """Sizes of a recipe's own perceptrons."""
    return {
        "generator.latent_size": latent_size,
        "generator.hidden": generator,
        "discriminator.hidden": discriminator,
    }


def scaled_reference(images: int) -> dict[str, Any]:
    """The schedules of rpgan-r1r2, in the proportions that they have there, for another length."""
    gamma = {"kind": "cosine", "start": 0.5, "end": 0.00015, "ramp_images": images // 2}
    rate = {"kind": "cosine", "ramp_images": int(0.9 * images)}
    return {
        "penalties": [{"kind": "r1", "gamma": gamma}, {"kind": "r2", "gamma": gamma}],
        "optimisers.generator.learning_rate": {**rate, "start": 5e-3, "end": 5e-5},
        "optimisers.discriminator.learning_rate": {**rate, "start": 3e-3, "end": 9e-4},
        "ema.half_life_images": images // 30,
    }


def falling(images: int) -> dict[str, Any]:
    """A generator's rate that is usual beside other losses, for another length."""
    return {"kind": "cosine", "start": 3e-3, "end": 5e-5, "ramp_images": int(0.9 * images)}


ON_GRID = {
    "generator": {"kind": "mlp", "latent_size": 8, "hidden": [64] * 4, "activation": "tanh", "skip_latent": True},
    "discriminator": {"kind": "mlp", "hidden": [64] * 3, "octaves": list(range(-1, 7))},
    "optimisers.generator.betas": [0.0, 0.99],
    "optimisers.discriminator.betas": [0.0, 0.99],
}
"""The networks and optimisers of rpgan-r1r2."""

SHARP = hidden([128, 128], [128, 128], 16)

DCGAN12 = {**narrow(12), **rates(1e-3)}
