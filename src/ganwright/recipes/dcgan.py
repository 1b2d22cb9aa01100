"""DCGAN: convolutions, batch normalisation and the settings that made GANs train.

Paper: Radford, Metz and Chintala, "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial
Networks", 2015, arXiv:1511.06434, section 3. `dcgan_paper` has its channels, initialisation, batch and optimiser; the
others are the smaller versions that lessons use, built from the same two networks.
Command: ganwright train mnist --recipe dcgan-28 --epochs 20.
Reported score: none in the paper; DCGANs on CIFAR-10 are reported at FID 48.3 (StudioGAN) and 28.95 (mimicry).
Ours: docs/recipes/; the CIFAR-10 figures are not reproduced.
"""

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.data.digits import DigitsConfig
from ganwright.losses.adversarial import NonSaturatingLoss
from ganwright.networks.dcgan import DcganDiscriminatorConfig, DcganGeneratorConfig
from ganwright.recipes.run_config import RunConfig
from ganwright.training.optimisers import Adam

CITATION = """@inproceedings{radford2016unsupervised,
  title = {Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks},
  author = {Radford, Alec and Metz, Luke and Chintala, Soumith},
  booktitle = {International Conference on Learning Representations},
  year = {2016}
}"""


def dcgan() -> RunConfig:
    """DCGAN at whatever size the data has: the generator's last and the discriminator's first layer 64 wide."""
    return _dcgan("dcgan", latent_size=100, generator_width=64, real_label=0.9)


def dcgan_28() -> RunConfig:
    """The lesson's DCGAN for 28x28: 7x7x256, 14x14x128, image; the discriminator 64 and 128 wide."""
    return _dcgan("dcgan-28", latent_size=100, generator_width=128, real_label=0.9, images=1_200_000)


def dcgan_32() -> RunConfig:
    """DCGAN for 32x32 (CIFAR-10): 4x4x512, 8x8x256, 16x16x128, image; the discriminator 128, 256 and 512 wide."""
    return _dcgan("dcgan-32", latent_size=100, generator_width=128, discriminator_width=128, batch_size=128)


def dcgan_64() -> RunConfig:
    """DCGAN for 64x64 photographs: z of 128, 4x4x512 to 32x32x64, image; the discriminator its mirror."""
    return _dcgan("dcgan-64", latent_size=128, generator_width=64)


def dcgan_paper() -> RunConfig:
    """The paper's own: 4x4x1024 to 32x32x128 and a 64x64 image, batches of 128, no label smoothing."""
    return _dcgan("dcgan-paper", latent_size=100, generator_width=128, discriminator_width=128, batch_size=128)


def _dcgan(
    name: str,
    latent_size: int,
    generator_width: int,
    discriminator_width: int = 64,
    real_label: float = 1.0,
    batch_size: int = 64,
    images: int = 1_000_000,
) -> RunConfig:
    adam = Adam(learning_rate=2e-4, betas=(0.5, 0.999))
    return RunConfig(
        recipe=name,
        data=DigitsConfig(),
        algorithm=AdversarialConfig(
            generator=DcganGeneratorConfig(latent_size=latent_size, width=generator_width),
            discriminator=DcganDiscriminatorConfig(width=discriminator_width),
            loss=NonSaturatingLoss(real_label=real_label),
        ),
        optimisers={"generator": adam, "discriminator": adam},
        batch_size=batch_size,
        images=images,
    )
