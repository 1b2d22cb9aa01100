"""Network families by kind."""

from ganwright.networks.base import ClassifierConfig, DiscriminatorConfig, GeneratorConfig
from ganwright.networks.biggan import BigganGeneratorConfig
from ganwright.networks.classifier import CnnClassifierConfig
from ganwright.networks.dcgan import DcganDiscriminatorConfig, DcganGeneratorConfig
from ganwright.networks.mlp import MlpDiscriminatorConfig, MlpGeneratorConfig
from ganwright.networks.progan import ProGANDiscriminatorConfig, ProGANGeneratorConfig
from ganwright.networks.r3gan import R3DiscriminatorConfig, R3GeneratorConfig
from ganwright.networks.resnet import ResnetDiscriminatorConfig, ResnetGeneratorConfig
from ganwright.networks.sncnn import SnCnnDiscriminatorConfig, SnCnnGeneratorConfig
from ganwright.networks.stylegan import StyleGANGeneratorConfig
from ganwright.networks.stylegan2 import StyleGAN2DiscriminatorConfig, StyleGAN2GeneratorConfig
from ganwright.networks.vit import ViTClassifierConfig
from ganwright.networks.vitgan import VitganDiscriminatorConfig, VitganGeneratorConfig

GENERATORS: dict[str, type[GeneratorConfig]] = {
    "mlp": MlpGeneratorConfig,
    "dcgan": DcganGeneratorConfig,
    "sn-cnn": SnCnnGeneratorConfig,
    "resnet": ResnetGeneratorConfig,
    "biggan": BigganGeneratorConfig,
    "r3gan": R3GeneratorConfig,
    "vitgan": VitganGeneratorConfig,
    "progan": ProGANGeneratorConfig,
    "stylegan": StyleGANGeneratorConfig,
    "stylegan2": StyleGAN2GeneratorConfig,
}

DISCRIMINATORS: dict[str, type[DiscriminatorConfig]] = {
    "mlp": MlpDiscriminatorConfig,
    "dcgan": DcganDiscriminatorConfig,
    "sn-cnn": SnCnnDiscriminatorConfig,
    "resnet": ResnetDiscriminatorConfig,
    "r3gan": R3DiscriminatorConfig,
    "vitgan": VitganDiscriminatorConfig,
    "progan": ProGANDiscriminatorConfig,
    "stylegan2": StyleGAN2DiscriminatorConfig,
}

CLASSIFIERS: dict[str, type[ClassifierConfig]] = {
    "cnn": CnnClassifierConfig,
    "vit": ViTClassifierConfig,
}
