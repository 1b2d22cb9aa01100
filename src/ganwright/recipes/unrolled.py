"""Unrolled GAN: the generator is trained against the discriminator that its own step would meet later.

Paper: Metz et al., "Unrolled Generative Adversarial Networks", 2017, arXiv:1611.02163, appendix A: on the ring of eight
Gaussians, a generator of two layers of 128 rectifiers, z of 256, batches of 512, five steps ahead, Adam with beta1 0.5.
The paper looks ahead through Adam's steps at 1e-4; here through gradient descent, its equation 7.
Command: ganwright train ring8 --recipe unrolled.
Reported score: pictures only. Ours: `ganwright bench modes --recipes unrolled`, see docs/modes.md.
"""

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.data.mixtures import Ring8Config
from ganwright.losses.adversarial import NonSaturatingLoss
from ganwright.networks.mlp import MlpDiscriminatorConfig, MlpGeneratorConfig
from ganwright.recipes.run_config import RunConfig
from ganwright.training.optimisers import Adam

CITATION = """@inproceedings{metz2017unrolled,
  title = {Unrolled Generative Adversarial Networks},
  author = {Metz, Luke and Poole, Ben and Pfau, David and Sohl-Dickstein, Jascha},
  booktitle = {International Conference on Learning Representations},
  year = {2017}
}"""


def unrolled() -> RunConfig:
    """Perceptrons on points; the generator looks five discriminator steps ahead."""
    return RunConfig(
        recipe="unrolled",
        data=Ring8Config(),
        algorithm=AdversarialConfig(
            generator=MlpGeneratorConfig(latent_size=256, hidden=(128, 128)),
            discriminator=MlpDiscriminatorConfig(hidden=(128, 128), activation="relu"),
            loss=NonSaturatingLoss(),
            unrolled_steps=5,
        ),
        optimisers={
            "generator": Adam(learning_rate=1e-3, betas=(0.5, 0.999)),
            "discriminator": Adam(learning_rate=1e-4, betas=(0.5, 0.999)),
        },
        batch_size=512,
        images=5_000_000,
        log_images=20_000,
        tick_images=250_000,
    )
