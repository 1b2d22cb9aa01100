"""Network families by kind."""

from ganwright.networks.base import ClassifierConfig, DiscriminatorConfig, GeneratorConfig
from ganwright.networks.classifier import CnnClassifierConfig
from ganwright.networks.dcgan import DcganDiscriminatorConfig, DcganGeneratorConfig
from ganwright.networks.mlp import MlpDiscriminatorConfig, MlpGeneratorConfig
from ganwright.networks.vit import ViTClassifierConfig

GENERATORS: dict[str, type[GeneratorConfig]] = {
    "mlp": MlpGeneratorConfig,
    "dcgan": DcganGeneratorConfig,
}

DISCRIMINATORS: dict[str, type[DiscriminatorConfig]] = {
    "mlp": MlpDiscriminatorConfig,
    "dcgan": DcganDiscriminatorConfig,
}

CLASSIFIERS: dict[str, type[ClassifierConfig]] = {
    "cnn": CnnClassifierConfig,
    "vit": ViTClassifierConfig,
}
