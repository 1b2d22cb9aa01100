"""A long tail: class sizes fall evenly on a log scale, the same items every time, training data only."""

import pytest
import torch

from ganwright.core.errors import UserError
from ganwright.data.digits import DigitsConfig
from ganwright.data.mixtures import Ring8Config


def test_class_sizes_fall_geometrically_from_the_first_class_to_the_last() -> None:
    config = DigitsConfig(imbalance=0.1)
    full, tail = config.build(), config.load()
    assert full.labels is not None
    assert tail.labels is not None
    counts = tail.labels.bincount()
    smallest = int(full.labels.bincount().min())
    assert counts.tolist() == [round(smallest * 0.1 ** (k / 9)) for k in range(10)]
    assert tail.content_hash != full.content_hash
    assert torch.equal(tail.items, config.load().items)
    rows = {bytes(i.numpy().tobytes()) for i in full.items}
    assert all(bytes(i.numpy().tobytes()) in rows for i in tail.items)


def test_the_test_split_and_plain_data_stay_whole() -> None:
    config = DigitsConfig(imbalance=0.1)
    assert len(config.load("test")) == len(config.build("test"))
    assert len(DigitsConfig().load()) == len(DigitsConfig().build())


def test_every_class_keeps_an_item() -> None:
    tail = DigitsConfig(imbalance=1e-6).load()
    assert tail.labels is not None
    assert int(tail.labels.bincount(minlength=10).min()) == 1


def test_data_without_labelled_items_is_refused() -> None:
    for labelled in (False, True):
        with pytest.raises(UserError, match="imbalance: ring8 has no labelled items"):
            Ring8Config(imbalance=0.5, labelled=labelled).load()
