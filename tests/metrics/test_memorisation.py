"""Memorisation against scipy's Mann-Whitney test and plain distances."""

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.spatial.distance import cdist

from ganwright.core.errors import UserError
from ganwright.metrics.base import Pair, Side
from ganwright.metrics.memorisation import Closest, closest_picture, memorisation, memorisation_of


def normal(num: int, size: int = 5, seed: int = 0) -> torch.Tensor:
    return torch.randn(num, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_a_copying_generator_is_told_from_a_fair_and_from_an_underfitted_one() -> None:
    train, held_out = normal(300), normal(200, seed=1)
    copies = memorisation(train, held_out, train[:150] + 1e-3 * normal(150, seed=2))
    assert copies.closer_share == 1
    assert copies.z < -10
    assert copies.p_value < 1e-20
    assert copies.median_ratio is not None
    assert copies.median_ratio < 0.01
    assert copies.neighbours.tolist() == list(range(150))
    fair = memorisation(train, held_out, normal(200, seed=3))
    assert abs(fair.z) < 3
    assert abs(fair.closer_share - 0.5) < 3 * fair.error
    poor = memorisation(train, held_out, normal(200, seed=3) * 3)
    assert poor.closer_share < 0.2
    assert poor.p_value > 0.999


@pytest.mark.parametrize("kind", ["gaussian", "clustered", "duplicated"])
def test_u_z_and_p_are_scipys(kind: str) -> None:
    train, held_out, fake = normal(120), normal(60, seed=1), normal(90, seed=2)
    if kind == "clustered":
        train, held_out, fake = (t + 50 * (torch.arange(len(t)) % 3)[:, None] for t in (train, held_out, fake))
    if kind == "duplicated":  # whole numbers: most distances tie
        train, held_out, fake = (t.round() for t in (train, held_out, fake))
        fake[:40] = train[:40]
    found = memorisation(train, held_out, fake)
    a, b = (cdist(t.numpy(), train.numpy()).min(1) for t in (fake, held_out))
    known = stats.mannwhitneyu(a, b, alternative="less", method="asymptotic", use_continuity=False)
    both = stats.mannwhitneyu(a, b, method="asymptotic", use_continuity=False)
    assert found.fake_distances.numpy() == pytest.approx(a, rel=1e-9, abs=1e-12)
    assert found.u == pytest.approx(known.statistic, rel=1e-9)
    assert found.p_value == pytest.approx(known.pvalue, rel=1e-6)
    assert abs(found.z) == pytest.approx(stats.norm.isf(both.pvalue / 2), rel=1e-6)
    assert found.closer_share == pytest.approx(1 - known.statistic / (60 * 90))
    if np.median(b) > 0:
        assert found.median_ratio == pytest.approx(np.median(a) / np.median(b))


def test_the_error_is_the_spread_of_repeated_draws() -> None:
    train = normal(100, 3)
    found = [memorisation(train, normal(80, 3, 10 + s), normal(80, 3, 500 + s)) for s in range(60)]
    spread = float(np.std([f.closer_share for f in found]))
    assert np.mean([f.error for f in found]) == pytest.approx(spread, rel=0.3)


def test_order_does_not_matter_and_ties_of_all_are_no_evidence() -> None:
    train, held_out, fake = normal(50), normal(20, seed=1), normal(30, seed=2)
    a, b = memorisation(train, held_out, fake), memorisation(train.flip(0), held_out.flip(0), fake.flip(0))
    assert (a.u, a.z, a.error) == pytest.approx((b.u, b.z, b.error), rel=1e-12)
    circle = memorisation(torch.zeros(1, 2), torch.tensor([[1.0, 0]] * 10), torch.tensor([[0.0, 1]] * 12))
    assert (circle.closer_share, circle.z, circle.p_value) == (0.5, 0, 0.5)


def test_closest_pairs_are_told_and_drawn() -> None:
    train, fake = normal(40), normal(30, seed=2)
    fake[7], fake[3] = train[11], train[20] + 1e-4
    train_items = torch.zeros(40, 1, 8, 8, dtype=torch.uint8)
    train_items[11], train_items[20] = 110, 200
    items = torch.zeros(30, 1, 8, 8, dtype=torch.uint8)
    items[7] = 70
    real, side = Side(num_pairs=20), Side(num_pairs=20)
    real.add(items, features=normal(30, seed=1))
    side.add(items, features=fake)
    done: list[tuple[int, int]] = []
    estimate = memorisation_of(
        Pair(real, side, progress=lambda n, m: done.append((n, m))), train.float(), train_items=train_items
    )
    assert estimate.details["pairs"][0] == {"sample": 7, "train": 11, "distance": 0.0}
    assert estimate.details["num_copies"] == 1
    assert (estimate.details["pairs"][1]["sample"], estimate.details["pairs"][1]["train"]) == (3, 20)
    picture = estimate.pictures["closest pairs"]
    height = picture.shape[1]
    assert picture.dtype == torch.uint8
    assert (int(picture[0, 4, 4]), int(picture[0, height - 4, 4])) == (70, 110)  # the sample above its training item
    assert done[-1] == (60 * 40, 60 * 40)
    assert done == sorted(done)


def test_bad_input() -> None:
    rows = normal(30)
    for parts, message in [
        ((rows, rows[:3], rows), "needs 10 samples and held-out items, not 30 and 3"),
        ((rows, rows, rows), "held-out items or more are training items"),
        ((rows, normal(30, 4), rows), "5 dimensions cannot be compared with .* of 4"),
        ((rows, normal(30, seed=1), rows * torch.inf), "not finite"),
        ((rows[:0], rows, rows), "must be a table"),
    ]:
        with pytest.raises(UserError, match=message) as caught:
            memorisation(*parts)
        assert "\n" not in str(caught.value)
    images = torch.zeros(2, 1, 4, 4, dtype=torch.uint8)
    for pairs, message in [((), "no pairs"), ((Closest(5, 0, 0.0),), "sample 5")]:
        with pytest.raises(UserError, match=message):
            closest_picture(images, images, pairs)
    with pytest.raises(UserError, match="differ"):
        closest_picture(images, images[:, :, :2], (Closest(0, 0, 0.0),))
