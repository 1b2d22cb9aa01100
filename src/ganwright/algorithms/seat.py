"""One discriminator in one step: what it sees of items, how it scores them, what it remembers."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from ganwright.algorithms.phase import Step
from ganwright.data.augment import AugmentationConfig
from ganwright.data.augment.base import Scores

Judged = tuple[Tensor, Tensor | None]
"""Logits (N,), and class logits (N, K) where the discriminator has a head for them."""


def packed(items: Tensor, size: int) -> Tensor:
    """Items (N, C, ...) -> packs of consecutive ones, (N / size, size * C, ...) (Lin et al. 2018, PacGAN)."""
    return items if size == 1 else items.unflatten(0, (-1, size)).flatten(1, 2)


class Seat:
    """A discriminator at work.

    number: its place in the committee; names its part of the memory.
    separate: True where its scores depend on the whole batch, so that real and fake must go through one by one.
    """

    def __init__(
        self,
        discriminator: nn.Module,
        number: int,
        step: Step,
        augmentations: tuple[AugmentationConfig, ...],
        pack: int,
        separate: bool,
    ) -> None:
        self.discriminator: Any = discriminator
        self.number, self.step = number, step
        self.augmentations, self.pack, self.separate = augmentations, pack, separate
        self.auxiliary = self.discriminator.has_classes_head
        self._views = 0

    def with_discriminator(self, discriminator: nn.Module, remembers: bool = False) -> "Seat":
        """The same seat for another discriminator (other weights), on the same real batch.

        remembers: False where what is seen through it is to change nothing of the memory.
        """
        real = self.step.real
        step = replace(self.step, draw_real=lambda: real, updates=self.step.updates if remembers else {})
        return Seat(discriminator, self.number, step, self.augmentations, self.pack, self.separate)

    # -- memory --------------------------------------------------------------------------------------------------

    def memory(self, owner: str) -> Mapping[str, Tensor]:
        """What a penalty or an augmentation remembers, by its own names."""
        prefix = memory_prefix(self.number, owner)
        return {n.removeprefix(prefix): t for n, t in self.step.memory.items() if n.startswith(prefix)}

    def remember(self, owner: str) -> Callable[[str, Tensor], None]:
        """The function that keeps a tensor for an owner."""
        prefix = memory_prefix(self.number, owner)
        return lambda name, value: self.step.remember(prefix + name, value)

    # -- scores --------------------------------------------------------------------------------------------------

    def view(self, items: Tensor) -> Tensor:
        """What the discriminator sees of items: augmented and packed. Every view of a step is augmented anew."""
        purpose = f"view-{self.number}-{self._views}"
        self._views += 1
        for a in self.augmentations:
            items = a.apply(items, self.step.draws, purpose, self.memory(a.tag), self.step.at)
        return packed(items, self.pack)

    def features(self, items: Tensor) -> Tensor:
        """The input of the discriminator's head."""
        return self.discriminator.features(self.view(items)).float()

    def judge(self, items: Tensor, labels: Tensor | None) -> Judged:
        """Score items, and tell their classes where there is a head for it."""
        features = self.discriminator.features(self.view(items))
        classes = self.discriminator.classify(features).float() if self.auxiliary else None
        return self.discriminator.head(features, labels).float(), classes

    def judge_both(
        self, real: Tensor, fake: Tensor, real_labels: Tensor | None, fake_labels: Tensor | None
    ) -> tuple[Judged, Judged]:
        """Score real and fake: in one pass, unless the network looks at the batch as a whole."""
        if self.separate:
            return self.judge(real, real_labels), self.judge(fake, fake_labels)
        both = None if real_labels is None or fake_labels is None else torch.cat([real_labels, fake_labels])
        logits, classes = self.judge(torch.cat([real, fake]), both)
        (real_logits, fake_logits) = logits.chunk(2)
        real_classes, fake_classes = (None, None) if classes is None else classes.chunk(2)
        return (real_logits, real_classes), (fake_logits, fake_classes)

    def watch(self, scores: Scores) -> None:
        """Let the augmentations adapt."""
        for a in self.augmentations:
            for name, value in a.watch(scores, self.memory(a.tag)).items():
                self.remember(a.tag)(name, value)


def memory_prefix(number: int, owner: str) -> str:
    """Where the memory of a penalty or an augmentation of one discriminator is kept."""
    return f"discriminator-{number}/{owner}/"
