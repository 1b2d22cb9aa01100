"""Stacked MNIST: three random digits as the red, green and blue of one image, hence 1000 modes that can be counted.

Metz et al., "Unrolled Generative Adversarial Networks" (2017), section 3.3; judged as in Lin et al., "PacGAN" (2018),
section 4.2.
"""

import hashlib
from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from ganwright.core.seeding import generator_for
from ganwright.data.dataset import DataConfig, Endless, hash_content
from ganwright.data.digits import DigitsConfig
from ganwright.data.idx import MnistConfig

NUM_REFERENCE = 52_000
"""Published figures judge 26,000 samples. An evaluation compares with half of the items."""

NUM_CLASSES = 10
NUM_CHANNELS = 3
CLASS_NAMES = tuple(f"{stack:03}" for stack in range(NUM_CLASSES**NUM_CHANNELS))


@dataclass(frozen=True, eq=False, kw_only=True)
class StackedDigits(Endless):
    """Stacks of three digits, each drawn with replacement from the same images.

    digits: where the images come from, "mnist" or "digits": the classifier shipped for it can judge each channel.
    images: uint8 (M, 1, H, W), the digits that are stacked.
    digit_labels: int64 (M,), 0 to 9.
    weights: float64 (M,), how often each image is drawn, up to a factor.
    """

    digits: str
    images: Tensor
    digit_labels: Tensor
    weights: Tensor

    def sample(self, num: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Draw stacks (num, 3, H, W) and their classes (num,): 100 times the red digit + 10 times green + blue."""
        return sample_stacks(self.images, self.digit_labels, self.weights, num, generator)

    @property
    def class_shares(self) -> Tensor:
        """How likely each of the 1000 classes is, float64 (1000,): the product of its three digits' shares."""
        one = torch.bincount(self.digit_labels, self.weights, minlength=NUM_CLASSES) / self.weights.sum()
        return torch.einsum("r,g,b->rgb", one, one, one).flatten()


def sample_stacks(
    images: Tensor, labels: Tensor, weights: Tensor, num: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Draw stacks (num, 3, H, W) of images (M, 1, H, W) with the given weights (M,), and their classes (num,)."""
    rows = torch.multinomial(weights, num * NUM_CHANNELS, replacement=True, generator=generator)
    stacks = images.index_select(0, rows).view(num, NUM_CHANNELS, *images.shape[2:])
    return stacks, stack_class(labels[rows].view(num, NUM_CHANNELS))


def stack_class(digits: Tensor) -> Tensor:
    """Digits 0 to 9 (N, 3) of red, green and blue -> classes 0 to 999 (N,), read as a number of three figures."""
    red, green, blue = digits.unbind(1)
    return (red * NUM_CLASSES + green) * NUM_CLASSES + blue


class StackedConfig(DataConfig):
    """Three random digits as the colours of one image, 28x28 RGB, composed as they are drawn: 1000 classes."""

    kind: Literal["stacked-mnist"] = "stacked-mnist"

    licence: ClassVar[str] = f"mnist: {MnistConfig.licence}; digits: {DigitsConfig.licence}"

    digits: Literal["mnist", "digits"] = "mnist"
    """What is stacked: mnist, or the embedded 8x8 digits, which need no download."""

    size: int | None = Field(default=None, ge=4, le=1024)
    """Pixels a side to resize the digits to; none keeps 28, or 8."""

    labelled: bool = False
    """Give each stack its class as a label: 100 times the red digit + 10 times the green + the blue."""

    def build(self, split: str = "train", data_dir: str | None = None) -> StackedDigits:
        """Return stacks of the split's digits; `items` are 52,000 of them.

        The files of mnist are looked for as its own source does: in `data_dir`/mnist/ first.
        With `balanced` every digit, and so every class, is equally likely; else as likely as among the images.
        """
        source = (MnistConfig if self.digits == "mnist" else DigitsConfig)(size=self.size)
        single = source.build(split, data_dir)
        labels = single.labels
        assert labels is not None
        counts = torch.bincount(labels, minlength=NUM_CLASSES).double()
        weights = counts.reciprocal()[labels] if self.balanced else torch.ones(len(single), dtype=torch.float64)
        generator = generator_for(self.tag, "reference", split)
        stacks, classes = sample_stacks(single.items, labels, weights, NUM_REFERENCE, generator)
        own = classes if self.labelled else None
        # the reference alone does not show every image
        content = hashlib.sha256(f"{single.content_hash} {hash_content(stacks, own)}".encode()).hexdigest()
        return StackedDigits(
            self.tag,
            stacks,
            own,
            CLASS_NAMES if self.labelled else (),
            content,
            single.note,
            digits=self.digits,
            images=single.items,
            digit_labels=labels,
            weights=weights,
        )
