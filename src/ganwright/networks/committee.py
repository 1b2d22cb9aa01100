"""Several discriminators that judge side by side (Durugkar, Gemp and Mahadevan 2017, "Generative multi-adversarial
networks")."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ganwright.networks.base import Discriminator


class Committee(Discriminator):
    """Discriminators of one design with weights of their own. Each is trained on its own scores.

    members: the discriminators, at least one. As a whole it scores with the mean of their logits.
    """

    members: nn.ModuleList

    def __init__(self, members: Sequence[Discriminator]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)
        self.num_classes = members[0].num_classes

    def forward(self, items: Tensor, labels: Tensor | None = None) -> Tensor:
        return torch.stack([member(items, labels) for member in self.members]).mean(0)


def members_of(discriminator: nn.Module) -> list[nn.Module]:
    """The members of a committee, or the discriminator alone."""
    return list(discriminator.members) if isinstance(discriminator, Committee) else [discriminator]
