"""Each item comes once an epoch, batches are pure functions of the position, and ranks share them without overlap."""

from collections import Counter

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.data.dataset import Dataset
from ganwright.data.digits import DigitsConfig
from ganwright.data.loader import ENDLESS_EPOCH, Loader, check_batch
from ganwright.data.mixtures import Ring8Config
from ganwright.data.order import Balanced, Shuffled


def numbered(num: int, labels: list[int] | None = None, num_classes: int = 0, streamed: bool = False) -> Dataset:
    """Images of one row whose first pixel is the item's number; its last pixel is 255, to tell a mirrored one."""
    items = torch.zeros(num, 1, 1, 3, dtype=torch.uint8)
    items[:, 0, 0, 0] = torch.arange(num)
    items[:, 0, 0, 2] = 255
    names = tuple(f"class {c}" for c in range(num_classes))
    return Dataset("toy", items, None if labels is None else torch.tensor(labels), names, "hash", streamed=streamed)


def numbers(items: Tensor) -> list[int]:
    pixels = ((items + 1) * 127.5).round().long()[:, 0, 0]
    return torch.minimum(pixels[:, 0], pixels[:, 2]).tolist()


def kinds() -> list[tuple[str, Loader]]:
    labels = [0] * 20 + [1] * 5 + [2] * 2
    labelled = numbered(27, labels, 3)
    streamed = numbered(27, labels, 3, streamed=True)
    return [
        ("resident", Loader(labelled, 3, "cpu")),
        ("resident, flip", Loader(labelled, 3, "cpu", flip=True)),
        ("resident, balanced", Loader(labelled, 3, "cpu", flip=True, balanced=True)),
        ("streamed", Loader(streamed, 3, "cpu", flip=True)),
        ("streamed, balanced", Loader(streamed, 3, "cpu", flip=True, balanced=True)),
        ("endless", Loader(Ring8Config(labelled=True).build(), 3, "cpu")),
    ]


@pytest.mark.parametrize(("name", "loader"), kinds())
@given(position=st.integers(0, 200), size=st.integers(1, 13))
@settings(max_examples=40, deadline=None)
def test_a_batch_is_its_two_halves(name: str, loader: Loader, position: int, size: int):
    whole, labels = loader.batch(position, 2 * size)
    halves = [loader.batch(position, size), loader.batch(position + size, size)]
    assert torch.equal(whole, torch.cat([h[0] for h in halves]))
    assert labels is not None
    assert torch.equal(labels, torch.cat([h[1] for h in halves if h[1] is not None]))


@pytest.mark.parametrize("streamed", [False, True])
@given(num=st.integers(1, 40), size=st.integers(1, 40), seed=st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_every_item_comes_once_an_epoch(streamed: bool, num: int, size: int, seed: int):
    size = min(size, num)
    loader = Loader(numbered(num, streamed=streamed), seed, "cpu")
    drawn = [n for i in range(3 * num // size + 1) for n in numbers(loader.batch(i * size, size)[0])]
    for epoch in range(3):
        assert sorted(drawn[epoch * num : (epoch + 1) * num]) == list(range(num))


def test_epochs_and_seeds_differ_and_repeat():
    def order(seed: int, epoch: int) -> list[int]:
        return numbers(Loader(numbered(50), seed, "cpu").batch(50 * epoch, 50)[0])

    assert order(1, 0) == order(1, 0)
    assert len({tuple(order(s, e)) for s in range(3) for e in range(3)}) == 9


def test_every_order_of_three_items_is_equally_likely():
    orders = Counter(tuple(Shuffled(3, seed=7).epoch(e).tolist()) for e in range(6000))
    assert len(orders) == 6
    assert sum((n - 1000) ** 2 / 1000 for n in orders.values()) < 20.5  # chi-squared, 5 degrees: p = 0.001


@pytest.mark.parametrize("streamed", [False, True])
def test_ranks_share_a_global_batch_in_order(streamed: bool):
    dataset = numbered(24, streamed=streamed)
    alone = Loader(dataset, 0, "cpu")
    ranks = [Loader(dataset, 0, "cpu", rank=r, world_size=3) for r in range(3)]
    for position in (0, 12, 24):
        together = [n for rank in ranks for n in numbers(rank.batch(position, 4)[0])]
        assert together == numbers(alone.batch(position, 12)[0])


def test_labels_belong_to_their_items():
    labels = [n % 3 for n in range(30)]
    for flip in (False, True):
        items, drawn = Loader(numbered(30, labels, 3), 0, "cpu", flip=flip).batch(17, 30)
        assert drawn is not None
        assert [n % 3 for n in numbers(items)] == drawn.tolist()


@pytest.mark.parametrize("streamed", [False, True])
def test_half_of_the_draws_are_mirrored_and_the_others_are_not(streamed: bool):
    dataset = numbered(200, streamed=streamed)
    plain, flipping = Loader(dataset, 0, "cpu"), Loader(dataset, 0, "cpu", flip=True)
    share = []
    for epoch in range(20):
        before, after = plain.batch(200 * epoch, 200)[0], flipping.batch(200 * epoch, 200)[0]
        mirrored = (before != after).flatten(1).any(1)
        assert torch.equal(after[mirrored], before[mirrored].flip(-1))
        share.append(mirrored.float().mean())
    assert torch.stack(share).mean() == pytest.approx(0.5, abs=0.03)
    assert len(set(share)) > 1


def test_mirroring_as_drawn_equals_mirroring_ahead():
    dataset = DigitsConfig().build()
    loader = Loader(dataset, 5, "cpu", flip=True)
    streamed = Loader(
        Dataset("s", dataset.items, dataset.labels, dataset.class_names, "", streamed=True), 5, "cpu", flip=True
    )
    assert loader.resident
    assert not streamed.resident
    for position in range(0, 4000, 64):
        assert torch.equal(loader.batch(position, 64)[0], streamed.batch(position, 64)[0])


def test_balanced_draws_every_class_equally_often_and_every_item_of_a_class_too():
    labels = [0] * 20 + [1] * 5 + [2] * 2
    loader = Loader(numbered(27, labels, 3), 0, "cpu", balanced=True)
    classes, items = Counter(), Counter()
    for position in range(0, 6000, 24):
        drawn, labels_drawn = loader.batch(position, 24)
        assert labels_drawn is not None
        counts = torch.bincount(labels_drawn, minlength=3)
        assert counts.tolist() == [8, 8, 8]
        classes.update(labels_drawn.tolist())
        items.update(numbers(drawn))
    assert classes == {0: 2000, 1: 2000, 2: 2000}
    assert {items[n] for n in range(20)} == {100}
    assert {items[n] for n in range(20, 25)} == {400}
    assert {items[n] for n in range(25, 27)} == {1000}


@given(counts=st.lists(st.integers(1, 30), min_size=1, max_size=6), seed=st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_balanced_classes_cycle_through_permutations(counts: list[int], seed: int):
    labels = torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts))
    order = Balanced(labels, len(counts), seed)
    draws = torch.cat([order.epoch(e) for e in range(6)])
    for label, count in enumerate(counts):
        own = draws[labels[draws] == label]
        assert len(own) == len(draws) // len(counts)
        for cycle in own.split(count):
            assert len(set(cycle.tolist())) == len(cycle)


def test_balanced_with_a_tiny_class_among_many_items_is_quick():
    labels = torch.zeros(300_000, dtype=torch.int64)
    labels[:2] = 1
    assert len(Balanced(labels, 2, 0).epoch(1)) == 300_000


def test_endless_points_are_new_each_epoch_and_have_labels_only_where_asked():
    loader = Loader(Ring8Config().build(), 0, "cpu")
    first, labels = loader.batch(0, 100)
    assert labels is None
    assert not torch.equal(first, loader.batch(ENDLESS_EPOCH, 100)[0])
    assert torch.equal(first, Loader(Ring8Config().build(), 0, "cpu").batch(0, 100)[0])
    first.zero_()  # a batch is the caller's own
    assert not torch.equal(first, loader.batch(0, 100)[0])
    mixture = Ring8Config(labelled=True).build()
    points, components = Loader(mixture, 0, "cpu").batch(ENDLESS_EPOCH - 500, 1000)
    assert components is not None
    assert (points - mixture.centres[components]).norm(dim=1).max() < 0.06


def test_a_batch_may_be_changed_by_its_owner():
    loader = Loader(numbered(9), 0, "cpu")
    loader.batch(0, 9)[0].zero_()
    assert numbers(loader.batch(0, 9)[0]) != [127] * 9


@pytest.mark.parametrize("streamed", [False, True])
def test_a_batch_larger_than_the_data_set(streamed: bool):
    dataset = numbered(9, streamed=streamed)
    with pytest.raises(
        UserError, match="a batch of 10 is larger than toy, which has 9 items; set batch_size to 9 or less"
    ):
        Loader(dataset, 0, "cpu").batch(0, 10)
    with pytest.raises(UserError, match="a batch of 10"):
        Loader(dataset, 0, "cpu", world_size=2).batch(0, 5)
    with pytest.raises(UserError, match="a batch of 10"):
        check_batch(dataset, 10)
    check_batch(dataset, 9)
    check_batch(Ring8Config().build(), 10**6)


def test_balanced_needs_labels_of_every_class():
    with pytest.raises(UserError, match="balanced draws need labels, and toy has none"):
        Loader(numbered(9), 0, "cpu", balanced=True)
    with pytest.raises(UserError, match="toy has none of 'class 1'"):
        Loader(numbered(3, [0, 0, 2], 3), 0, "cpu", balanced=True)
    with pytest.raises(UserError, match="balanced draws need labels, and ring8 has none"):
        Loader(Ring8Config().build(), 0, "cpu", balanced=True)
