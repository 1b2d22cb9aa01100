"""A compact convolutional classifier whose features serve as a metric's eyes."""

from typing import Literal

from pydantic import Field
from torch import Tensor, nn

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.networks.base import Classifier, ClassifierConfig
from ganwright.networks.layers.initialise import initialise

SMALLEST_SIDE = 4
LARGEST_FULL_SIDE = 32


class CnnClassifier(Classifier):
    """Four 3x3 convolutions with batch norm and ReLU, the first two with pooling; then the mean over the image.

    Images larger than 32 pixels are halved by the first convolution, so that their cost stays close to that of smaller
    ones. At the default width it has under 240,000 parameters, less than 1 MB.
    """

    def __init__(self, config: "CnnClassifierConfig", spec: DataSpec) -> None:
        super().__init__()
        if not spec.is_image:
            raise UserError(f"classifier: cnn works on images, not on points of {spec.num_values} numbers")
        if spec.num_classes < 2:
            raise UserError("classifier: this data has no labels; a classifier needs data of at least 2 classes")
        channels, height, width = spec.shape
        if min(height, width) < SMALLEST_SIDE:
            raise UserError(f"classifier: cnn needs sides of {SMALLEST_SIDE} pixels and more, not {height}x{width}")
        stride = 2 if min(height, width) > LARGEST_FULL_SIDE else 1
        first, second, last = config.width, 2 * config.width, 3 * config.width
        self.num_classes, self.num_features = spec.num_classes, last
        self.layers = nn.Sequential(
            *_block(channels, first, stride, pool=True),
            *_block(first, second, pool=True),
            *_block(second, last),
            *_block(last, last),
        )
        self.score = nn.Linear(last, spec.num_classes)
        initialise(self.layers, "he")

    def features(self, items: Tensor) -> Tensor:
        """Images -> mean of the last activations over the image (N, num_features), all at least 0."""
        return self.layers(items).mean((2, 3))

    def head(self, features: Tensor) -> Tensor:
        return self.score(features)


def _block(channels: int, width: int, stride: int = 1, pool: bool = False) -> list[nn.Module]:
    """Pooling comes before the norm, which then has a quarter of the work."""
    return [
        nn.Conv2d(channels, width, 3, stride=stride, padding=1, bias=False),
        *([nn.MaxPool2d(2)] if pool else []),
        nn.BatchNorm2d(width),
        nn.ReLU(inplace=True),
    ]


class CnnClassifierConfig(ClassifierConfig):
    """A small convolutional network for images of 8 to 64 pixels a side, gray or RGB."""

    kind: Literal["cnn"] = "cnn"

    width: int = Field(default=32, ge=1, le=1024)
    """Channels of the first convolution; the others have two and three times as many, and features three times."""

    def build(self, spec: DataSpec) -> CnnClassifier:
        """Make a classifier. Raises UserError for points, unlabelled data and sides under 4 pixels."""
        return CnnClassifier(self, spec)
