"""What a discriminator's inputs go through, real and fake alike, by kind."""

from ganwright.data.augment.ada import AdaptiveAugmentation
from ganwright.data.augment.base import AugmentationConfig
from ganwright.data.augment.diffaugment import DiffAugment
from ganwright.data.augment.noise import InstanceNoise

AUGMENTATIONS: dict[str, type[AugmentationConfig]] = {
    "noise": InstanceNoise,
    "diffaugment": DiffAugment,
    "ada": AdaptiveAugmentation,
}

__all__ = ["AUGMENTATIONS", "AugmentationConfig"]
