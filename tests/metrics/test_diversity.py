"""Spread of pairs against a plain loop over all of them, and its errors against repeated draws."""

import numpy as np
import pytest
import torch

from ganwright.core.errors import UserError
from ganwright.metrics import diversity as module
from ganwright.metrics.base import Side
from ganwright.metrics.diversity import (
    cosine_similarity,
    cosine_similarity_of,
    cosine_similarity_std,
    cosine_similarity_std_of,
    diversity,
    diversity_of,
    pairwise_distance,
    pairwise_distance_of,
    pairwise_distance_std,
    pairwise_distance_std_of,
)


def normal(num: int, size: int = 5, seed: int = 0) -> torch.Tensor:
    return torch.randn(num, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def plain(items: torch.Tensor) -> tuple[float, float, float, float]:
    pairs = [(a, b) for i, a in enumerate(items) for b in items[i + 1 :]]
    cosines = np.array([float(a @ b / (a.norm() * b.norm())) for a, b in pairs])
    distances = np.array([float((a - b).norm()) for a, b in pairs])
    return float(cosines.mean()), float(cosines.std()), float(distances.mean()), float(distances.std())


@pytest.mark.parametrize("kind", ["gaussian", "clustered", "duplicated", "far"])
@pytest.mark.parametrize("chunk", [7, 512])
def test_all_four_figures_are_those_of_a_plain_loop(kind: str, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CHUNK_ROWS", chunk)
    items = normal(40)
    if kind == "clustered":
        items = items * 0.01 + 3 * (torch.arange(40) % 3)[:, None] + 1
    if kind == "duplicated":
        items = items[:13].repeat(3, 1)
    if kind == "far":
        items = items + 1000
    found = diversity(items)
    values = found.cosine.mean, found.cosine.std, found.distance.mean, found.distance.std
    assert values == pytest.approx(plain(items), rel=1e-7, abs=1e-9)
    assert found.cosine.mean == pytest.approx(cosine_similarity(items), abs=1e-9)
    assert found.distance.mean == pytest.approx(pairwise_distance(items), rel=1e-6)
    assert (found.cosine.std, found.distance.std) == (cosine_similarity_std(items), pairwise_distance_std(items))


def test_the_jackknife_is_that_of_leaving_items_out() -> None:
    items = normal(12)
    leaves = np.array([plain(torch.cat([items[:i], items[i + 1 :]])) for i in range(12)])
    errors = np.sqrt(11 / 12 * ((leaves - leaves.mean(0)) ** 2).sum(0))
    found = diversity(items)
    assert found.cosine.mean_error == pytest.approx(errors[0], rel=1e-9)
    assert found.cosine.std_error == pytest.approx(errors[1], rel=1e-9)
    assert found.distance.mean_error == pytest.approx(errors[2], rel=1e-9)
    assert found.distance.std_error == pytest.approx(errors[3], rel=1e-9)


def test_errors_are_the_spread_of_repeated_draws() -> None:
    found = [diversity(normal(60, seed=s)).distance for s in range(80)]
    assert np.mean([f.mean_error or 0.0 for f in found]) == pytest.approx(np.std([f.mean for f in found]), rel=0.25)


def test_equal_items_orders_and_images() -> None:
    same = diversity(normal(1).expand(30, 5))
    assert (same.cosine.mean, same.cosine.std) == pytest.approx((1, 0), abs=1e-9)
    assert (same.distance.mean, same.distance.std) == pytest.approx((0, 0), abs=1e-12)
    assert same.distance.mean >= 0
    corners = diversity(torch.eye(6))  # all pairs alike
    assert corners.distance.mean == pytest.approx(2**0.5)
    assert corners.distance.std == pytest.approx(0, abs=1e-12)
    items = normal(50)
    assert diversity(items.flip(0)).distance.std == pytest.approx(diversity(items).distance.std, rel=1e-9)
    side = Side(num_pairs=20)
    images = torch.randint(256, (30, 1, 4, 4), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    side.add(images)
    found = diversity_of(side)
    assert found.num_items == 20
    estimates = [
        f(found)
        for f in (cosine_similarity_of, cosine_similarity_std_of, pairwise_distance_of, pairwise_distance_std_of)
    ]
    known = plain(images[:20].double().flatten(1) / 127.5 - 1)
    assert [e.value for e in estimates] == pytest.approx(known, rel=1e-5)
    assert all(e.error_from == "jackknife over 20 items" for e in estimates)


def test_few_and_bad_items() -> None:
    two = diversity(normal(2))
    assert (two.distance.std, two.distance.mean_error, two.distance.std_error) == (pytest.approx(0), None, None)
    for items, message in [(normal(1), "at least 2 items, not 1"), (normal(4) * torch.inf, "not finite")]:
        with pytest.raises(UserError, match=message):
            diversity(items)
