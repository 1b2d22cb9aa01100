"""The Inception of FID: the network of TensorFlow's archive of 2015-12-05, block by block as data.

Architecture: Szegedy et al. 2016, "Rethinking the Inception Architecture for Computer Vision" (figures 5 to 7, 10), in
the variant whose weights Heusel et al. 2017 took for the Frechet Inception distance. It differs from the usual
Inception-v3 in what it pools (means leave the padding out; the last block takes the maximum) and in its 1,008 logits.

Parameters are named and shaped as in pt_inception-2015-12-05-6726825d.pth, the file that PyTorch programs share.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganwright.networks.base import Classifier

SIDE = 299
NUM_FEATURES = 2048
NUM_LOGITS = 1008
NORM_EPSILON = 0.001


@dataclass(frozen=True)
class Conv:
    """A convolution without bias, batch norm and ReLU: its name, channels, kernel (height, width), stride and padding.

    padding: "same" keeps the size at stride 1; "valid" has none.
    """

    name: str
    channels: int
    kernel: tuple[int, int] = (1, 1)
    stride: int = 1
    padding: Literal["same", "valid"] = "same"


@dataclass(frozen=True)
class Pool:
    """3x3 pooling: "mean" (padding left out) and "max" keep the size; "halve" is the maximum at stride 2, unpadded."""

    kind: Literal["mean", "max", "halve"]


@dataclass(frozen=True)
class Fork:
    """Two convolutions of the same input, joined along channels."""

    left: Conv
    right: Conv


Step = Conv | Pool | Fork
Branch = tuple[Step, ...]
Block = tuple[Branch, ...]
THREE, FIVE, WIDE, TALL = (3, 3), (5, 5), (1, 7), (7, 1)


def _fine(pooled: int) -> Block:
    """35x35 pixels: 1x1, 5x5, two 3x3 in a row, and the mean brought to `pooled` channels."""
    return (
        (Conv("branch1x1", 64),),
        (Conv("branch5x5_1", 48), Conv("branch5x5_2", 64, FIVE)),
        (Conv("branch3x3dbl_1", 64), Conv("branch3x3dbl_2", 96, THREE), Conv("branch3x3dbl_3", 96, THREE)),
        (Pool("mean"), Conv("branch_pool", pooled)),
    )


def _middle(inner: int) -> Block:
    """17x17 pixels: 7x7 convolutions taken apart into rows and columns, once and twice, `inner` channels inside."""
    return (
        (Conv("branch1x1", 192),),
        (Conv("branch7x7_1", inner), Conv("branch7x7_2", inner, WIDE), Conv("branch7x7_3", 192, TALL)),
        (
            Conv("branch7x7dbl_1", inner),
            Conv("branch7x7dbl_2", inner, TALL),
            Conv("branch7x7dbl_3", inner, WIDE),
            Conv("branch7x7dbl_4", inner, TALL),
            Conv("branch7x7dbl_5", 192, WIDE),
        ),
        (Pool("mean"), Conv("branch_pool", 192)),
    )


def _coarse(pooling: Pool) -> Block:
    """8x8 pixels: 3x3 convolutions that end in a row and a column side by side."""
    return (
        (Conv("branch1x1", 320),),
        (Conv("branch3x3_1", 384), _cross("branch3x3_2")),
        (Conv("branch3x3dbl_1", 448), Conv("branch3x3dbl_2", 384, THREE), _cross("branch3x3dbl_3")),
        (pooling, Conv("branch_pool", 192)),
    )


def _cross(name: str) -> Fork:
    return Fork(Conv(f"{name}a", 384, (1, 3)), Conv(f"{name}b", 384, (3, 1)))


def _halving(name: str, channels: int) -> Conv:
    return Conv(name, channels, THREE, stride=2, padding="valid")


STEM: Branch = (
    _halving("Conv2d_1a_3x3", 32),
    Conv("Conv2d_2a_3x3", 32, THREE, padding="valid"),
    Conv("Conv2d_2b_3x3", 64, THREE),
    Pool("halve"),
    Conv("Conv2d_3b_1x1", 80),
    Conv("Conv2d_4a_3x3", 192, THREE, padding="valid"),
    Pool("halve"),
)

BLOCKS: dict[str, Block] = {
    "Mixed_5b": _fine(32),
    "Mixed_5c": _fine(64),
    "Mixed_5d": _fine(64),
    "Mixed_6a": (
        (_halving("branch3x3", 384),),
        (Conv("branch3x3dbl_1", 64), Conv("branch3x3dbl_2", 96, THREE), _halving("branch3x3dbl_3", 96)),
        (Pool("halve"),),
    ),
    "Mixed_6b": _middle(128),
    "Mixed_6c": _middle(160),
    "Mixed_6d": _middle(160),
    "Mixed_6e": _middle(192),
    "Mixed_7a": (
        (Conv("branch3x3_1", 192), _halving("branch3x3_2", 320)),
        (
            Conv("branch7x7x3_1", 192),
            Conv("branch7x7x3_2", 192, WIDE),
            Conv("branch7x7x3_3", 192, TALL),
            _halving("branch7x7x3_4", 192),
        ),
        (Pool("halve"),),
    ),
    "Mixed_7b": _coarse(Pool("mean")),
    "Mixed_7c": _coarse(Pool("max")),
}


class FidInception(Classifier):
    """Images (N, 3, 299, 299), float, about -1 to 1 -> features (N, 2048) and logits (N, 1008).

    Use it in evaluation mode; weights are random until a file is loaded. Sides of 75 pixels and more work too, but are
    not what FID is measured on.
    """

    num_classes = NUM_LOGITS
    num_features = NUM_FEATURES

    def __init__(self) -> None:
        super().__init__()
        channels = _add(self, STEM, 3)
        for name, block in BLOCKS.items():
            mixed = Mixed(block, channels)
            self.add_module(name, mixed)
            channels = mixed.channels
        assert channels == NUM_FEATURES
        self.fc = nn.Linear(NUM_FEATURES, NUM_LOGITS)

    def features(self, items: Tensor) -> Tensor:
        """Images -> mean of the last block over its pixels (N, 2048), all at least 0; known as pool3."""
        x = _run(self, STEM, items)
        for name in BLOCKS:
            x = self.get_submodule(name)(x)
        return x.mean((2, 3))

    def head(self, features: Tensor) -> Tensor:
        return self.fc(features)

    def unbiased_head(self, features: Tensor) -> Tensor:
        """Features -> logits (N, 1008) without the bias, which is what the Inception Score takes its softmax of.

        Salimans et al. 2016 multiply pool3 by the weights of the last layer and leave its bias out; published scores
        follow them.
        """
        return F.linear(features, self.fc.weight)


class Unit(nn.Module):
    """Convolution, batch norm with TensorFlow's epsilon, ReLU."""

    def __init__(self, channels: int, plan: Conv) -> None:
        super().__init__()
        height, width = plan.kernel
        padding = (height // 2, width // 2) if plan.padding == "same" else (0, 0)
        self.conv = nn.Conv2d(channels, plan.channels, plan.kernel, plan.stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(plan.channels, eps=NORM_EPSILON)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.bn(self.conv(x)))


class Mixed(nn.Module):
    """Branches of the same input, joined along channels.

    channels: of the output.
    """

    def __init__(self, block: Block, channels: int) -> None:
        super().__init__()
        self.block = block
        self.channels = sum(_add(self, branch, channels) for branch in block)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([_run(self, branch, x) for branch in self.block], 1)


def _add(home: nn.Module, branch: Branch, channels: int) -> int:
    """Give `home` the units of a branch that takes `channels`; return the channels it makes."""
    for step in branch:
        parts = [] if isinstance(step, Pool) else [step] if isinstance(step, Conv) else [step.left, step.right]
        for part in parts:
            home.add_module(part.name, Unit(channels, part))
        channels = sum(part.channels for part in parts) or channels
    return channels


def _run(home: nn.Module, branch: Branch, x: Tensor) -> Tensor:
    for step in branch:
        if isinstance(step, Pool):
            x = pooled(x, step)
        elif isinstance(step, Conv):
            x = home.get_submodule(step.name)(x)
        else:
            x = torch.cat([home.get_submodule(part.name)(x) for part in (step.left, step.right)], 1)
    return x


def pooled(x: Tensor, pool: Pool) -> Tensor:
    """Pool (N, C, H, W) over 3x3 pixels: see `Pool`."""
    if pool.kind == "mean":
        return F.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)
    if pool.kind == "max":
        return F.max_pool2d(x, 3, stride=1, padding=1)
    return F.max_pool2d(x, 3, stride=2)
