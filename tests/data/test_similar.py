"""Near duplicates are found wherever they lie, by the same rule as comparing all pairs."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from ganwright.data import similar
from ganwright.data.similar import LEVELS, fingerprints, near_duplicates


def noise(num: int, seed: int = 0) -> Tensor:
    return torch.randint(0, 256, (num, 192), generator=torch.Generator().manual_seed(seed)).to(torch.uint8)


def linked(prints: Tensor, limit: float) -> set[frozenset[int]]:
    """Connected components by looking at all pairs."""
    near = (prints.float()[:, None] - prints.float()).square().mean(2).sqrt() <= limit
    for _ in range(len(prints)):
        near = (near.float() @ near.float()) > 0
    return {frozenset(torch.nonzero(row).flatten().tolist()) for row in near if row.sum() > 1}


@given(seed=st.integers(0, 1000), copies=st.lists(st.integers(0, 79), max_size=20), spread=st.integers(0, 8))
@settings(max_examples=30, deadline=None)
def test_it_finds_what_comparing_all_pairs_finds(seed: int, copies: list[int], spread: int):
    generator = torch.Generator().manual_seed(seed)
    prints = noise(80, seed).float()
    changed = prints[copies] + torch.randint(-spread, spread + 1, (len(copies), 192), generator=generator)
    prints = torch.cat([prints, changed.clamp(0, 255)])
    groups = near_duplicates(prints)
    assert {frozenset(g) for g in groups} == linked(prints, similar._limit(prints, 0))
    assert groups == sorted(groups, key=lambda g: (-len(g), g))


def test_blocks_and_many_copies(monkeypatch):
    monkeypatch.setattr(similar, "_BLOCK", 16)
    monkeypatch.setattr(similar, "_MOST_LINKS", 2)
    prints = torch.cat([noise(100), noise(1, 5).repeat(70, 1), noise(100)[50:52]])
    assert [len(g) for g in near_duplicates(prints)] == [70, 2, 2]


def test_few_flat_and_equal_ones():
    assert near_duplicates(noise(1)) == []
    assert near_duplicates(noise(0)) == []
    assert near_duplicates(torch.zeros(5, 192, dtype=torch.uint8)) == [[0, 1, 2, 3, 4]]


def test_pictures_of_low_contrast_are_not_all_alike():
    assert near_duplicates(noise(50) // 64) == []  # values 0 to 3: all within LEVELS of each other
    assert LEVELS > 2


def test_fingerprints():
    images = torch.randint(0, 256, (3, 3, 64, 32), dtype=torch.uint8)
    assert fingerprints(images).shape == (3, 768)
    assert abs(fingerprints(images).float().mean() - images.float().mean()) < 1
    assert torch.equal(fingerprints(images[:, :1, :8, :8]), images[:, :1, :8, :8].reshape(3, 64))
