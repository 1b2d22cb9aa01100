"""A classifier, as one phase of the same engine."""

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional as F

from ganwright.algorithms.base import AlgorithmConfig
from ganwright.algorithms.phase import Algorithm, Logs, Networks, Phase, Step
from ganwright.core.config import Tagged
from ganwright.core.errors import UserError
from ganwright.core.seeding import Draws
from ganwright.core.spec import DataSpec
from ganwright.networks import CLASSIFIERS
from ganwright.networks.base import ClassifierConfig


class ClassificationConfig(AlgorithmConfig):
    """A network that tells the classes of the data apart."""

    kind: Literal["classification"] = "classification"

    classifier: Annotated[ClassifierConfig, Tagged(CLASSIFIERS)]
    """The network."""

    label_smoothing: float = Field(default=0.0, ge=0, lt=1)
    """Share of the target spread evenly over all classes (Szegedy et al., 2016)."""

    shift: int = Field(default=0, ge=0, le=64)
    """Random crop: move each training image by up to this many pixels in each direction; the border repeats."""

    def build(self, spec: DataSpec, networks: Networks | None = None) -> Algorithm:
        """Make the network and its one phase. Raises UserError where the data has no labels."""
        if spec.num_classes < 2:
            raise UserError("a classifier needs labels of at least 2 classes; this data has none")

        def loss(step: Step) -> tuple[Tensor, Logs]:
            items, labels = step.real.items, step.real.labels
            assert labels is not None
            if self.shift:
                items = shifted(items, self.shift, step.draws)
            logits = step.networks["classifier"](items).float()
            value = F.cross_entropy(logits, labels, label_smoothing=self.label_smoothing)
            accuracy = (logits.detach().argmax(1) == labels).float().mean()
            return value, {"loss": value.detach(), "accuracy": accuracy}

        return Algorithm(
            networks={**(networks or {"classifier": self.classifier.build(spec)})},
            phases=(Phase("classifier", ("classifier",), loss),),
            averaged=("classifier",),
            num_classes=spec.num_classes,
        )


def shifted(images: Tensor, most: int, draws: Draws) -> Tensor:
    """Move each image (N, C, H, W) by its own random whole offset of up to `most` pixels; the border repeats."""
    num, _, height, width = images.shape
    offsets = draws.integers("shift", 2 * most + 1, 2, num, 1) - most
    rows = (torch.arange(height, device=images.device) + offsets[0]).clamp_(0, height - 1)
    columns = (torch.arange(width, device=images.device) + offsets[1]).clamp_(0, width - 1)
    index = torch.arange(num, device=images.device)[:, None, None]
    return images.permute(0, 2, 3, 1)[index, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
