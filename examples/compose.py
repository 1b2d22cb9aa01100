"""Build a config by hand from parts, with no recipe: a WGAN-GP on the ring of eight Gaussians.

python examples/compose.py          (about two minutes; EXAMPLES_FAST=1 shortens it to a few seconds)
"""

import os
from pathlib import Path

from ganwright import train
from ganwright.algorithms import AdversarialConfig
from ganwright.data.mixtures import Ring8Config
from ganwright.losses.adversarial import WassersteinLoss
from ganwright.networks.mlp import MlpDiscriminatorConfig, MlpGeneratorConfig
from ganwright.penalties.gradient import GradientPenalty
from ganwright.recipes import RunConfig
from ganwright.training.optimisers import Adam

adam = Adam(learning_rate=1e-4, betas=(0.5, 0.9))
config = RunConfig(
    data=Ring8Config(std=0.02),
    algorithm=AdversarialConfig(
        generator=MlpGeneratorConfig(latent_size=2, hidden=(128, 128)),
        discriminator=MlpDiscriminatorConfig(hidden=(128, 128)),
        loss=WassersteinLoss(),
        penalties=(GradientPenalty(weight=0.1),),  # 10, as for images, makes points oscillate
        discriminator_steps=5,
    ),
    optimisers={"generator": adam, "discriminator": adam},
    batch_size=256,
    images=5_120 if os.environ.get("EXAMPLES_FAST") else 1_000_000,
)
config.write(Path("wgan-gp.toml"))  # ganwright train --config wgan-gp.toml does the same
run = train(config, out="runs/ring")
points = run.sample(1_000)
print(f"points: {tuple(points.shape)}, mean distance from the centre {points.norm(dim=1).mean():.3f} (real: 1.000)")
