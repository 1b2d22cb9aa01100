"""Stacked MNIST: what a stack is made of, how likely its classes are, and that draws repeat and know their class."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.seeding import generator_for
from ganwright.data import Loader, parse_data
from ganwright.data.dataset import to_uint8
from ganwright.data.digits import DigitsConfig
from ganwright.data.loader import ENDLESS_BYTES, ENDLESS_EPOCH, endless_length
from ganwright.data.mixtures import Gaussian1dConfig, Ring8Config
from ganwright.data.stacked import StackedConfig, sample_stacks, stack_class

from .writers import idx_bytes, write_mnist


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """MNIST of 30 images, each a single tone: item i is 8 * i bright and of class i % 10."""
    write_mnist(tmp_path / "mnist", packed=False)
    images = np.repeat(np.arange(30, dtype=np.uint8) * 8, 28 * 28).reshape(30, 28, 28)
    for stem in ("train", "t10k"):
        (tmp_path / "mnist" / f"{stem}-images-idx3-ubyte").write_bytes(idx_bytes(images))
    return str(tmp_path)


def digits_of(stacks: Tensor) -> Tensor:
    """The digits (N, 3) that the tones of the fixture stand for."""
    return stacks[:, :, 0, 0].long() // 8 % 10


def test_a_stack_is_three_whole_digits_and_its_class_reads_them(folder: str):
    dataset = StackedConfig(labelled=True).build("train", folder)
    assert dataset.items.shape == (52_000, 3, 28, 28)
    assert dataset.items.dtype == torch.uint8
    assert dataset.spec.num_classes == 1000
    assert dataset.labels is not None
    red, green, blue = digits_of(dataset.items).T
    assert torch.equal(dataset.labels, 100 * red + 10 * green + blue)
    assert torch.equal(dataset.items, dataset.items[:, :, :1, :1].expand_as(dataset.items))
    assert dataset.class_names[407] == "407"
    assert stack_class(torch.tensor([[4, 0, 7]])).tolist() == [407]


def test_every_image_comes_equally_often_in_every_channel(folder: str):
    dataset = StackedConfig().build("train", folder)
    for channel in dataset.items[:, :, 0, 0].T:
        counts = torch.bincount(channel.long() // 8, minlength=30).double()
        expected = len(dataset) / 30
        assert ((counts - expected) ** 2 / expected).sum() < 58.3  # chi-squared, 29 degrees: p = 0.001
    red, green, _ = dataset.items[:, :, 0, 0].T.float()
    assert torch.corrcoef(torch.stack([red, green]))[0, 1].abs() < 4 / len(dataset) ** 0.5


def test_labels_only_where_asked_for(folder: str):
    plain, labelled = StackedConfig().build("train", folder), StackedConfig(labelled=True).build("train", folder)
    assert plain.labels is None
    assert plain.class_names == ()
    assert torch.equal(plain.items, labelled.items)
    assert plain.content_hash != labelled.content_hash


def test_splits_differ_and_a_changed_image_is_noticed(folder: str):
    train, test = (StackedConfig().build(split, folder) for split in ("train", "test"))
    assert not torch.equal(train.items, test.items)
    path = Path(folder) / "mnist" / "train-labels-idx1-ubyte"
    path.write_bytes(path.read_bytes()[:-1] + b"\5")  # no stack of the unlabelled set shows it
    assert StackedConfig().build("train", folder).content_hash != train.content_hash


def test_batches_are_fresh_stacks_with_their_classes(folder: str):
    dataset = StackedConfig(labelled=True).build("train", folder)
    loader, again = (Loader(dataset, 3, "cpu") for _ in range(2))
    length = endless_length(dataset)
    items, labels = loader.batch(length - 50, 100)
    assert labels is not None
    assert torch.equal(stack_class(digits_of(to_uint8(items))), labels)
    assert torch.equal(again.batch(length - 50, 50)[0], items[:50])
    assert not torch.equal(loader.batch(0, 100)[0], loader.batch(length, 100)[0])
    assert loader.batch(0, 3 * length)[0].shape == (3 * length, 3, 28, 28)


def test_epochs_are_as_long_as_the_memory_allows():
    mixture, line = Ring8Config().build(), Gaussian1dConfig().build()
    assert endless_length(mixture) == endless_length(line) == ENDLESS_EPOCH == 65_536
    for size, length in ((None, 65_536), (28, 4096), (64, 1024)):
        stacks = StackedConfig(digits="digits", size=size).build()
        assert endless_length(stacks) == length
        assert length * stacks.items[:1].nbytes <= ENDLESS_BYTES


def test_flip_mirrors_half_of_the_stacks():
    dataset = StackedConfig(digits="digits").build()
    plain, flipped = (Loader(dataset, 0, "cpu", flip=flip).batch(0, 1000)[0] for flip in (False, True))
    mirrored = (plain != flipped).flatten(1).any(1)
    assert mirrored.float().mean() == pytest.approx(0.5, abs=0.05)
    assert torch.equal(flipped[mirrored], plain[mirrored].flip(-1))


def test_shares_of_the_classes_are_those_of_the_digits():
    plain = StackedConfig(digits="digits", labelled=True).build()
    assert plain.class_shares.sum() == pytest.approx(1)
    single = DigitsConfig().build()
    assert single.labels is not None
    share = torch.bincount(single.labels).double() / len(single)
    assert plain.class_shares[407] == pytest.approx(float(share[4] * share[0] * share[7]))
    even = StackedConfig(digits="digits", labelled=True, balanced=True).build()
    assert torch.allclose(even.class_shares, torch.full((1000,), 1e-3, dtype=torch.float64))
    Loader(even, 0, "cpu", balanced=True).batch(0, 8)


def test_balanced_stacks_have_every_digit_equally_often():
    labels = torch.tensor([0] * 900 + [1] * 100)
    images = labels.to(torch.uint8).view(-1, 1, 1, 1)
    weights = torch.bincount(labels).double().reciprocal()[labels]
    stacks, classes = sample_stacks(images, labels, weights, 20_000, generator_for("test"))
    assert stacks.float().mean() == pytest.approx(0.5, abs=0.01)
    assert torch.equal(stack_class(stacks.flatten(1).long()), classes)


def test_embedded_digits_need_no_files():
    dataset = StackedConfig(digits="digits", size=16).build("test")
    assert dataset.spec.shape == (3, 16, 16)
    assert dataset.digits == "digits"
    single = {image.numpy().tobytes() for image in DigitsConfig(size=16).build("test").items}
    assert all(channel.numpy().tobytes() in single for channel in dataset.items[:50].flatten(0, 1))


def test_the_options_are_checked():
    assert isinstance(parse_data("stacked-mnist"), StackedConfig)
    with pytest.raises(UserError, match="digits"):
        StackedConfig.parse({"digits": "fashion"}, "data")
    with pytest.raises(UserError, match="unknown split 'valid'"):
        StackedConfig(digits="digits").build("valid")


def test_real_digits(real_data: Path):
    dataset = StackedConfig(labelled=True).build("train", str(real_data))
    assert dataset.labels is not None
    counts = torch.bincount(dataset.labels, minlength=1000)
    expected = dataset.class_shares * len(dataset)
    assert ((counts - expected) ** 2 / expected).sum() < 1143  # chi-squared, 999 degrees: p = 0.001
    assert int((counts > 0).sum()) == 1000
