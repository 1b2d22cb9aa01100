"""Conversions are exact, hashes notice every change, and wrong labels are one line."""

import pytest
import torch

from ganwright.core.errors import UserError
from ganwright.data.dataset import Dataset, hash_content, to_float, to_uint8


def test_every_byte_survives_the_round_trip_and_stays_in_range():
    values = torch.arange(256, dtype=torch.uint8)
    floats = to_float(values)
    assert floats.dtype == torch.float32
    assert (floats.min(), floats.max()) == (-1, 1)
    assert torch.equal(to_uint8(floats), values)


def test_points_are_not_scaled():
    points = torch.randn(4, 2)
    assert torch.equal(to_float(points), points)


def test_to_uint8_clips_and_rounds():
    assert to_uint8(torch.tensor([-3.0, -1.0, 0.0, 0.999, 7.0])).tolist() == [0, 0, 128, 255, 255]


def test_hash_depends_on_bytes_shape_and_labels():
    items = torch.arange(32, dtype=torch.uint8).reshape(2, 1, 4, 4)
    labels = torch.tensor([0, 1])
    hashes = {
        hash_content(items, None),
        hash_content(items, labels),
        hash_content(items, labels.flip(0)),
        hash_content(items.flip(0), labels),
        hash_content(items.reshape(1, 2, 4, 4), None),
    }
    assert len(hashes) == 5
    assert hash_content(items.clone(), labels.clone()) == hash_content(items, labels)


def test_hash_of_many_rows_equals_that_of_views_of_them():
    items = torch.randint(0, 256, (300, 3, 256, 256), dtype=torch.uint8)  # more than one piece of 16 MiB
    assert hash_content(items, None) == hash_content(items.clone(), None)
    assert hash_content(items[1:], None) != hash_content(items, None)


def dataset(items: torch.Tensor, labels: torch.Tensor | None, names: tuple[str, ...] = ("a", "b")) -> Dataset:
    return Dataset("toy", items, labels, names if labels is not None else (), "hash")


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (torch.tensor([0, 1]), r"3 items need as many labels, not \(2,\)"),
        (torch.tensor([0, 1, 2]), "label 2 is outside 0 to 1, the range of its 2 classes"),
        (torch.tensor([0, -1, 1]), "label -1 is outside 0 to 1"),
    ],
)
def test_labels_of_the_wrong_number_or_range(labels, message):
    with pytest.raises(UserError, match=message):
        dataset(torch.zeros(3, 1, 2, 2, dtype=torch.uint8), labels)


@pytest.mark.parametrize(
    "items",
    [
        torch.zeros(3, 2, 2, dtype=torch.uint8),
        torch.zeros(3, 1, 2, 2),
        torch.zeros(0, 1, 2, 2, dtype=torch.uint8),
        torch.zeros(3, 2, dtype=torch.float64),
    ],
)
def test_items_of_another_form(items):
    with pytest.raises(UserError, match=r"toy: items must be uint8 \(N, C, H, W\) or float32 \(N, D\)"):
        dataset(items, None)


def test_spec():
    images = dataset(torch.zeros(3, 1, 2, 5, dtype=torch.uint8), torch.tensor([0, 1, 1]))
    assert (images.spec.shape, images.spec.num_classes, images.spec.bounded) == ((1, 2, 5), 2, True)
    points = dataset(torch.zeros(3, 2), None)
    assert (points.spec.shape, points.spec.num_classes, points.spec.bounded) == ((2,), 0, False)


def test_subset_and_the_rest_share_no_item_and_lose_none():
    items = torch.arange(10, dtype=torch.uint8).reshape(10, 1, 1, 1)
    whole = dataset(items, torch.arange(10) % 2)
    part, rest = whole.subset(slice(0, None, 3)), whole.without(slice(0, None, 3))
    assert part.items.flatten().tolist() == [0, 3, 6, 9]
    assert rest.items.flatten().tolist() == [1, 2, 4, 5, 7, 8]
    assert part.labels is not None
    assert part.labels.tolist() == [0, 1, 0, 1]
    assert len({d.content_hash for d in (whole, part, rest, whole.subset(slice(0, 3)))}) == 4
    assert part.content_hash == whole.subset(slice(0, None, 3)).content_hash
    assert part.class_names == whole.class_names
