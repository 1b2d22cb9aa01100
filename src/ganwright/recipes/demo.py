"""What `ganwright demo` trains: a modern small GAN on the embedded digits, in about two minutes on two cores.

Relativistic pairing with R1 and R2 (Huang et al., "The GAN is dead; long live the GAN!", 2024, arXiv:2501.05441) on
DCGAN's convolutions without normalisation in the discriminator.
"""

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.data.digits import DigitsConfig
from ganwright.losses.adversarial import RelativisticPairingLoss
from ganwright.networks.dcgan import DcganDiscriminatorConfig, DcganGeneratorConfig
from ganwright.penalties.gradient import R1Penalty, R2Penalty
from ganwright.recipes.run_config import RunConfig
from ganwright.training.optimisers import Adam

CITATION = """@inproceedings{huang2024gan,
  title = {The {GAN} is dead; long live the {GAN}! A Modern {GAN} Baseline},
  author = {Huang, Yiwen and Gokaslan, Aaron and Kuleshov, Volodymyr and Tompkin, James},
  booktitle = {Advances in Neural Information Processing Systems},
  year = {2024}
}"""


def demo() -> RunConfig:
    """A small modern GAN for the embedded digits: relativistic loss, R1 and R2, no normalisation in D."""
    adam = Adam(learning_rate=1e-3, betas=(0.0, 0.99))
    return RunConfig(
        recipe="demo",
        data=DigitsConfig(size=16),
        algorithm=AdversarialConfig(
            generator=DcganGeneratorConfig(latent_size=64, width=32, norm="batch"),
            discriminator=DcganDiscriminatorConfig(width=32, norm="none", init="he"),
            loss=RelativisticPairingLoss(),
            penalties=(R1Penalty(gamma=1.0), R2Penalty(gamma=1.0)),
        ),
        optimisers={"generator": adam, "discriminator": adam},
        batch_size=64,
        images=200_000,
        tick_images=10_000,
        log_images=1_000,
    )
