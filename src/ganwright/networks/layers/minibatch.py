"""Features that look at the batch as a whole, so that a discriminator can see a generator repeat itself.

They stand just before the head and add to the features (N, F) of each item. Real and fake items must go through them
separately. The scores stay differentiable in every item, so gradient penalties work: they take the gradient of the sum
of a batch's scores, as StyleGAN2 does with R1.
"""

from typing import Literal

import torch
from torch import Tensor, nn

Minibatch = Literal["none", "stddev", "discrimination"]

TINY = 1e-8


class EachAlone(nn.Identity):
    """No more features: every item stays by itself. size: F."""

    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.size = num_features


def spread_of_groups(features: Tensor, group_size: int) -> Tensor:
    """How much the items of each item's group differ (N,), for features (N, ...).

    Of N items, i, i + N/G, i + 2N/G, ... are a group of G: the largest divisor of N up to `group_size`. It is the
    standard deviation of each feature over the group, averaged over the features; 1e-4 for a group of one.
    """
    num = len(features)
    group = next(g for g in range(min(group_size, num), 0, -1) if num % g == 0)
    grouped = features.reshape(group, num // group, -1)
    variance = (grouped - grouped.mean(0)).square().mean(0)
    return (variance + TINY).sqrt().mean(1).repeat(group)


class MinibatchStddevMap(nn.Module):
    """One more channel, the same everywhere: how much the items of a group differ (Karras et al. 2018, section 3).

    Features (N, C, H, W) -> (N, C + 1, H, W); see `spread_of_groups`.
    """

    uses_batch_statistics = True

    def __init__(self, group_size: int) -> None:
        super().__init__()
        self.group_size = group_size

    def forward(self, features: Tensor) -> Tensor:
        spread = spread_of_groups(features.float() if features.dtype == torch.bfloat16 else features, self.group_size)
        channel = spread.to(features.dtype)[:, None, None, None].expand(-1, 1, *features.shape[2:])
        return torch.cat((features, channel), 1)


class MinibatchStddev(nn.Module):
    """One more feature: how much the items of a group differ (Karras et al. 2018, section 3).

    See `spread_of_groups`. A group of one has none to speak of, so batches should be a multiple of the group's size.
    The paper appends a map of the same number; flattened and into a linear head that is one feature, repeated.

    size: of the output, F + 1.
    """

    uses_batch_statistics = True

    def __init__(self, num_features: int, group_size: int) -> None:
        super().__init__()
        self.size = num_features + 1
        self.group_size = group_size

    def forward(self, features: Tensor) -> Tensor:
        spread = spread_of_groups(features, self.group_size)
        return torch.cat((features, spread.unsqueeze(1).to(features.dtype)), 1)


class MinibatchDiscrimination(nn.Module):
    """More features: how close an item lies to the others in each of several learned views (Salimans et al. 2016,
    section 3.2).

    A linear map gives each item one vector M_b of `kernel_size` numbers for each kernel b; its new features are
    o_b(i) = sum over j of exp(-|M_b(i) - M_b(j)|_1), over all items of the batch. The item itself adds 1.
    Takes memory for N^2 * num_kernels * kernel_size numbers.

    size: of the output, F + num_kernels.
    """

    uses_batch_statistics = True

    def __init__(self, num_features: int, num_kernels: int, kernel_size: int) -> None:
        super().__init__()
        self.size = num_features + num_kernels
        self.num_kernels = num_kernels
        self.project = nn.Linear(num_features, num_kernels * kernel_size, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        views = self.project(features).unflatten(1, (self.num_kernels, -1))
        distances = (views.unsqueeze(0) - views.unsqueeze(1)).abs().sum(3)
        closeness = (-distances).exp().sum(1)
        return torch.cat((features, closeness.to(features.dtype)), 1)


def minibatch_of(
    minibatch: Minibatch, num_features: int, group_size: int, num_kernels: int, kernel_size: int
) -> EachAlone | MinibatchStddev | MinibatchDiscrimination:
    """Make what stands before the head; its `size` is how many features reach the head.

    group_size: for "stddev". num_kernels, kernel_size: for "discrimination".
    """
    match minibatch:
        case "stddev":
            return MinibatchStddev(num_features, group_size)
        case "discrimination":
            return MinibatchDiscrimination(num_features, num_kernels, kernel_size)
        case "none":
            return EachAlone(num_features)
