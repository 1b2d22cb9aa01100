"""The compact classifier: size, features, refusals, and what it reaches on MNIST."""

import gzip
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn import functional as F

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.networks.classifier import CnnClassifierConfig


@pytest.mark.parametrize("shape", [(1, 8, 8), (1, 28, 28), (3, 32, 32), (3, 64, 64), (1, 16, 32), (3, 5, 64)])
def test_weights_stay_under_1_mb(shape):
    network = CnnClassifierConfig().build(DataSpec(shape, 10))
    assert sum(p.numel() for p in network.parameters()) <= 240_000
    assert sum(t.numel() * t.element_size() for t in network.state_dict().values()) < 1_000_000
    items = torch.randn(4, *shape)
    assert network(items).shape == (4, 10)
    assert network.features(items).shape == (4, network.num_features)
    assert 64 <= network.num_features <= 128


def test_large_images_are_halved_at_once():
    strides = []
    for side in (32, 64):
        network = CnnClassifierConfig().build(DataSpec((1, side, side), 10))
        strides.append(next(m for m in network.modules() if isinstance(m, nn.Conv2d)).stride)
    assert strides == [(1, 1), (2, 2)]


def test_head_takes_features():
    network = CnnClassifierConfig(width=4).build(DataSpec((1, 8, 8), 10)).eval()
    items = torch.randn(4, 1, 8, 8)
    features = network.features(items)
    torch.testing.assert_close(features, network.layers(items).flatten(2).mean(2))
    assert torch.equal(network.head(features), network(items))


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (DataSpec((2,), 8, False), "images, not on points of 2 numbers"),
        (DataSpec((1, 8, 8)), "no labels"),
        (DataSpec((1, 3, 8), 10), "4 pixels and more, not 3x8"),
    ],
)
def test_what_it_cannot_learn_is_refused(spec, message):
    with pytest.raises(UserError, match=message):
        CnnClassifierConfig().build(spec)


def accuracy(
    train: tuple[Tensor, Tensor], test: tuple[Tensor, Tensor], num_epochs: int, learning_rate: float = 4e-3
) -> float:
    """Train with AdamW, one cycle and label smoothing, and return the share of test items that are right."""
    torch.manual_seed(0)
    (items, labels), (test_items, test_labels) = train, test
    network = CnnClassifierConfig().build(DataSpec(tuple(items.shape[1:]), 10)).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    num_steps = num_epochs * (len(items) // 128)
    optimiser = torch.optim.AdamW(network.parameters(), learning_rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, learning_rate, total_steps=num_steps, pct_start=0.2)
    order = torch.cat([torch.randperm(len(items)) for _ in range(num_epochs)])
    for step in range(num_steps):
        rows = order[step * 128 : step * 128 + 128]
        loss = F.cross_entropy(network(items[rows]), labels[rows], label_smoothing=0.05)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    network.eval()
    with torch.no_grad():
        guesses = torch.cat([network(i).argmax(1) for i in test_items.split(500)])
    return (guesses == test_labels).float().mean().item()


def test_it_learns_the_digits():
    pixels, labels = load_digits(return_X_y=True)
    items = torch.from_numpy(np.asarray(pixels, np.float32)).view(-1, 1, 8, 8) / 8 - 1
    order = torch.randperm(len(items), generator=torch.Generator().manual_seed(1))
    items, targets = items[order], torch.from_numpy(np.asarray(labels, np.int64))[order]
    assert accuracy((items[:1500], targets[:1500]), (items[1500:], targets[1500:]), 6) > 0.95


@pytest.mark.slow
def test_it_reaches_99_3_percent_on_mnist(real_data: Path):
    def read(name: str, header: int) -> np.ndarray:
        return np.frombuffer(gzip.open(real_data / "mnist" / name).read(), np.uint8, offset=header)

    def split(name: str) -> tuple[Tensor, Tensor]:
        items = torch.from_numpy(read(f"{name}-images-idx3-ubyte.gz", 16).astype(np.float32)).view(-1, 1, 28, 28)
        return items / 127.5 - 1, torch.from_numpy(read(f"{name}-labels-idx1-ubyte.gz", 8).astype(np.int64))

    assert accuracy(split("train"), split("t10k"), 3) >= 0.993
