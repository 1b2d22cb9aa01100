"""The GAN of 2014 as it is taught: two multilayer perceptrons.

Paper: Goodfellow et al., "Generative Adversarial Nets", 2014, arXiv:1406.2661.
Settings: the common lesson's (Adam, one-sided label smoothing), not the paper's maxout networks.
Command: ganwright train mnist --recipe mlp --epochs 50.
Reported score: none at these settings. Ours: see docs/recipes/.
"""

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.data.digits import DigitsConfig
from ganwright.losses.adversarial import NonSaturatingLoss
from ganwright.networks.mlp import MlpDiscriminatorConfig, MlpGeneratorConfig
from ganwright.recipes.run_config import RunConfig
from ganwright.training.optimisers import Adam

CITATION = """@inproceedings{goodfellow2014generative,
  title = {Generative Adversarial Nets},
  author = {Goodfellow, Ian and Pouget-Abadie, Jean and Mirza, Mehdi and Xu, Bing and Warde-Farley, David and
            Ozair, Sherjil and Courville, Aaron and Bengio, Yoshua},
  booktitle = {Advances in Neural Information Processing Systems},
  year = {2014}
}"""


def mlp() -> RunConfig:
    """Two multilayer perceptrons: the first GAN of most lessons."""
    return RunConfig(
        recipe="mlp",
        data=DigitsConfig(),
        algorithm=AdversarialConfig(
            generator=MlpGeneratorConfig(latent_size=64, hidden=(256, 512)),
            discriminator=MlpDiscriminatorConfig(hidden=(512, 256)),
            loss=NonSaturatingLoss(real_label=0.9),
        ),
        optimisers={"generator": Adam(learning_rate=2e-4), "discriminator": Adam(learning_rate=2e-4)},
        batch_size=64,
        images=3_000_000,
    )


def mlp_batchnorm() -> RunConfig:
    """The same with batch normalisation and LeakyReLU in the generator, as the Fashion-MNIST lessons have it."""
    config = mlp()
    return config.override(
        {
            "recipe": "mlp-batchnorm",
            "generator.norm": "batch",
            "generator.activation": "leaky-relu",
            "generator.hidden": (256, 512, 1024),
        }
    )
