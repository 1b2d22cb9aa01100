"""Pixels, pairs and classes against direct computations and known values."""

import gzip
import math
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ganwright.core.errors import UserError
from ganwright.metrics.classes import (
    class_counts,
    class_entropy,
    classes_covered,
    largest_class_share,
    smallest_class_share,
)
from ganwright.metrics.diversity import cosine_similarity, pairwise_distance
from ganwright.metrics.pixels import ValueSums, value_mean, value_std


def images(num: int = 40, seed: int = 0) -> torch.Tensor:
    return torch.randint(256, (num, 1, 5, 4), generator=torch.Generator().manual_seed(seed), dtype=torch.uint8)


def test_pixels_of_images_and_points() -> None:
    items = images()
    assert value_mean(items) == pytest.approx(float((items.double() / 255).mean()), rel=1e-12)
    assert value_std(items) == pytest.approx(float((items.double() / 255).std(correction=0)), rel=1e-12)
    points = torch.tensor([[1.0, 2], [3, 4]])
    assert value_mean(points) == 2.5
    assert value_std(points) == pytest.approx(math.sqrt(1.25))


def test_pixels_gathered_in_batches_are_exact() -> None:
    whole, parts = ValueSums(), ValueSums()
    whole.add(images())
    for batch in images().split(7):
        parts.add(batch)
    assert (parts.count, parts.mean, parts.std) == pytest.approx((whole.count, whole.mean, whole.std), rel=1e-12)
    assert math.isnan(ValueSums().mean)
    assert math.isnan(ValueSums().std)


def test_mnist_has_the_known_mean_and_deviation(real_data: Path) -> None:
    packed = gzip.decompress((real_data / "mnist" / "train-images-idx3-ubyte.gz").read_bytes())[16:]
    pixels = torch.frombuffer(bytearray(packed), dtype=torch.uint8).view(-1, 1, 28, 28)
    assert value_mean(pixels) == pytest.approx(0.1307, abs=5e-5)
    assert value_std(pixels) == pytest.approx(0.3081, abs=5e-5)


@settings(max_examples=20, deadline=None)
@given(num=st.integers(2, 60), size=st.integers(1, 9), seed=st.integers(0, 99))
def test_pairs_against_a_double_loop(num: int, size: int, seed: int) -> None:
    items = torch.randn(num, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    pairs = [(a, b) for i, a in enumerate(items) for j, b in enumerate(items) if i != j]
    cosines = [float(a @ b / (a.norm() * b.norm())) for a, b in pairs]
    distances = [float((a - b).norm()) for a, b in pairs]
    assert cosine_similarity(items) == pytest.approx(sum(cosines) / len(pairs), abs=1e-9)
    assert pairwise_distance(items) == pytest.approx(sum(distances) / len(pairs), abs=1e-6)


def test_pairs_across_chunks_and_orders() -> None:
    items = torch.randn(1300, 6, generator=torch.Generator().manual_seed(1))
    double = items.double()
    rows = torch.nn.functional.normalize(double, dim=1)
    expected = float((rows @ rows.T).sum() - len(rows)) / (1300 * 1299)
    assert cosine_similarity(items) == pytest.approx(expected, abs=1e-9)
    assert pairwise_distance(items) == pytest.approx(float(torch.pdist(double).mean()), rel=1e-9)
    assert pairwise_distance(items.flip(0)) == pytest.approx(pairwise_distance(items), rel=1e-12)


def test_equal_items_are_all_alike() -> None:
    same = images(1).expand(30, 1, 5, 4)
    assert cosine_similarity(same) == pytest.approx(1)
    assert pairwise_distance(same) == pytest.approx(0, abs=1e-6)


def test_images_are_taken_between_minus_one_and_one() -> None:
    black_and_white = torch.tensor([0, 255], dtype=torch.uint8)[:, None, None, None].expand(2, 1, 5, 4)
    assert cosine_similarity(black_and_white) == pytest.approx(-1)
    assert pairwise_distance(black_and_white) == pytest.approx(2 * math.sqrt(20))


def test_pairs_of_too_few_or_bad_items_are_refused() -> None:
    for function in (cosine_similarity, pairwise_distance):
        with pytest.raises(UserError, match="at least 2 items, not 1"):
            function(images(1))
        with pytest.raises(UserError, match="not finite"):
            function(torch.tensor([[1.0], [torch.nan]]))
        with pytest.raises(UserError, match="one a row"):
            function(torch.rand(9))


def test_classes() -> None:
    winners = torch.tensor([0, 0, 0, 2, 2, 3])
    probabilities = torch.nn.functional.one_hot(winners, 5).float() * 0.6 + 0.08
    assert class_counts(probabilities).tolist() == [3, 0, 2, 1, 0]
    counts = class_counts(probabilities)
    assert classes_covered(counts) == 3
    shares = [1 / 2, 1 / 3, 1 / 6]
    assert class_entropy(counts) == pytest.approx(-sum(s * math.log(s) for s in shares))
    assert (smallest_class_share(counts), largest_class_share(counts)) == (0, 0.5)


def test_entropy_at_its_ends() -> None:
    assert class_entropy(torch.full((10,), 3)) == pytest.approx(math.log(10))
    assert class_entropy(torch.tensor([3, 0, 0])) == 0


def test_bad_probabilities_are_refused() -> None:
    with pytest.raises(UserError, match="not finite"):
        class_counts(torch.full((3, 2), torch.nan))
    with pytest.raises(UserError, match="table"):
        class_counts(torch.zeros(0, 2))
