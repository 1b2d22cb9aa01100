"""The embedded digits: sizes of the splits, classes, range, determinism, resizing."""

import pytest
import torch

from ganwright.core.errors import UserError
from ganwright.data.digits import DigitsConfig


def test_splits_have_the_stated_sizes_and_share_no_row():
    train, test = DigitsConfig().build("train"), DigitsConfig().build("test")
    assert (len(train), len(test)) == (1500, 297)
    assert train.spec.shape == (1, 8, 8)
    assert train.spec.num_classes == 10
    seen = {row.numpy().tobytes() for row in train.items}
    assert not any(row.numpy().tobytes() in seen for row in test.items)


def test_the_split_is_stratified():
    train, test = DigitsConfig().build("train"), DigitsConfig().build("test")
    assert train.labels is not None
    assert test.labels is not None
    in_test = torch.bincount(test.labels, minlength=10)
    share = in_test / (in_test + torch.bincount(train.labels, minlength=10))
    assert (share - 297 / 1797).abs().max() < 1 / 170  # within one item of a class


def test_values_are_the_sixteenths_scaled_to_bytes():
    from sklearn.datasets import load_digits

    values = DigitsConfig().build().items
    assert (values.min(), values.max()) == (0, 255)
    assert set(values.unique().tolist()) == {round(k * 255 / 16) for k in range(17)}
    total = sum(DigitsConfig().build(s).items.long().sum() for s in ("train", "test"))
    assert int(total) == pytest.approx(load_digits(return_X_y=True)[0].sum() * 255 / 16, rel=1e-3)


def test_two_builds_are_equal_and_sizes_differ():
    first, second = DigitsConfig().build(), DigitsConfig().build()
    assert torch.equal(first.items, second.items)
    assert first.content_hash == second.content_hash
    assert DigitsConfig(size=16).build().content_hash != first.content_hash


@pytest.mark.parametrize("size", [4, 16, 28])
def test_resizing_keeps_brightness(size):
    small, resized = DigitsConfig().build().items.float(), DigitsConfig(size=size).build().items
    assert resized.shape == (1500, 1, size, size)
    assert resized.dtype == torch.uint8
    assert abs(small.mean() - resized.float().mean()) < 3


def test_an_unknown_split_is_one_line():
    with pytest.raises(UserError, match="unknown split 'valid'; known: test, train"):
        DigitsConfig().build("valid")
