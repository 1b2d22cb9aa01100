"""Regions of the data by k-means."""

import pytest
import torch

from ganwright.health.monitor import measured
from ganwright.health.regions import centres, shares

from .constructed import NUM, normal, real, seen

CORNERS = torch.tensor([[9.0, 0, 0], [0, 9, 0], [0, 0, 9], [-9, 0, 0]])


def lumps(key: int, num: int, of: torch.Tensor = CORNERS) -> torch.Tensor:
    return of[torch.arange(num) % len(of)] + 0.1 * normal(key, num)


def test_each_lump_of_the_data_becomes_a_region() -> None:
    found = centres(lumps(1, 400), 4)
    assert torch.cdist(CORNERS, found).min(1).values.max() < 0.1
    assert shares(lumps(2, 400), found) == pytest.approx([0.25] * 4)


def test_centres_are_the_same_at_every_call_and_means_of_their_regions() -> None:
    rows = normal(5, 300)
    found = centres(rows, 6)
    assert torch.equal(found, centres(rows, 6))
    member = torch.cdist(rows, found).argmin(1)
    means = torch.stack([rows[member == k].mean(0) for k in range(6)])
    assert (means - found).norm(dim=1).max() < 0.3


def test_as_many_regions_as_asked_for_even_where_items_repeat() -> None:
    assert centres(torch.zeros(20, 2), 4).isfinite().all()


def test_a_part_of_the_data_that_is_never_made_is_left_out() -> None:
    reference = real(lumps(1, 4 * NUM), lumps(2, 4 * NUM))
    whole = measured(seen(lumps(3, NUM), real=reference)).values
    part = measured(seen(lumps(3, NUM, CORNERS[:3]), lumps(3, NUM), real=reference)).values
    assert whole["left_out_live"] == pytest.approx(0, abs=0.1)
    assert part["left_out_live"] == pytest.approx(0.25, abs=0.1)
    assert part["left_out_averaged"] == pytest.approx(0, abs=0.1)
