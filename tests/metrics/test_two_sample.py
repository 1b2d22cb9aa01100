"""The classifier two-sample test: conventions, the normal law of its null, and what it says gives the fakes away."""

import numpy as np
import pytest
import torch
from scipy import stats

from ganwright.core.errors import UserError
from ganwright.metrics.base import Pair, Side
from ganwright.metrics.two_sample import two_sample, two_sample_of, wilson_interval


def normal(num: int, size: int = 6, seed: int = 0) -> torch.Tensor:
    return torch.randn(num, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_equal_sets_are_told_by_chance_only_and_far_ones_always() -> None:
    rows = normal(200)
    same = two_sample(rows, rows[torch.randperm(200, generator=torch.Generator().manual_seed(9))])
    assert same.accuracy == pytest.approx(0.5)
    assert same.p_value == pytest.approx(0.5)
    apart = two_sample(rows, normal(200, seed=1) + 20)
    assert apart.accuracy == 1
    assert apart.p_value < 1e-40
    assert apart.low < 1 == apart.high


def test_the_null_holds_its_level() -> None:
    found = [two_sample(normal(100, 3, s), normal(100, 3, 1000 + s)) for s in range(100)]
    accuracies, p_values = (np.array([getattr(f, name) for f in found]) for name in ("accuracy", "p_value"))
    assert abs(accuracies.mean() - 0.5) < 3 * accuracies.std() / 100**0.5
    assert accuracies.std() < (1 / (4 * 100)) ** 0.5  # counting one half's verdicts is enough ...
    assert accuracies.std() > 1.05 * (1 / (4 * 200)) ** 0.5  # ... and counting all of them is not
    assert (p_values < 0.05).mean() < 0.08
    assert (p_values < 0.5).mean() > 0.3


def test_shifted_gaussians_reach_the_best_accuracy_there_is() -> None:
    found = two_sample(normal(3000, 2), normal(3000, 2, 1) + torch.tensor([1.0, 0]))
    best = stats.norm.cdf(0.5)  # Bayes: Phi(|shift| / 2)
    assert abs(found.accuracy - best) < 0.02
    assert found.low < found.accuracy < found.high
    assert found.p_value == pytest.approx(
        stats.norm.sf(found.accuracy, 0.5, (2 * found.num_judged) ** -0.5), rel=1e-6, abs=1e-300
    )


def test_neither_order_nor_sides_matter() -> None:
    a, b = normal(300), normal(260, seed=1) + 0.2
    here = two_sample(a, b, seed=3)
    shuffle = torch.randperm(260, generator=torch.Generator().manual_seed(2))
    mixed, swapped = two_sample(a.flip(0), b[shuffle], seed=3), two_sample(b, a, seed=3)
    assert mixed.accuracy == here.accuracy
    assert mixed.fake_logits.numpy() == pytest.approx(here.fake_logits[shuffle].numpy(), abs=1e-9)
    assert swapped.accuracy == pytest.approx(here.accuracy, abs=1e-9)
    assert swapped.differences.numpy() == pytest.approx(-here.differences.numpy(), abs=1e-12)
    assert here.num_judged == 520  # balanced
    assert not torch.equal(two_sample(a, b, seed=4).fake_logits, here.fake_logits)
    assert two_sample(a, b, most=101).num_judged == 200


def test_wilson_is_scipys() -> None:
    for right, num in (0, 7), (5, 7), (7, 7), (512, 1000):
        known = stats.binomtest(right, num).proportion_ci(0.95, "wilson")
        assert wilson_interval(right / num, num) == pytest.approx((known.low, known.high), rel=1e-9, abs=1e-12)


def test_it_names_the_features_and_draws_the_fakes_that_give_away() -> None:
    real, fake = normal(80, 12), normal(80, 12, 1)
    fake[:, 7] += 3
    fake[:, 2] = real[:, 2] = 4.0  # constant: tells nothing
    fake[5, 7] += 10
    images = torch.zeros(80, 1, 8, 8, dtype=torch.uint8)
    images[5] = 255
    sides = [Side(num_pairs=50), Side(num_pairs=50)]
    for side, rows in zip(sides, (real, fake), strict=True):
        side.add(images, features=rows)
    done: list[tuple[int, int]] = []
    found = two_sample_of(Pair(*sides, progress=lambda n, m: done.append((n, m))))
    top = found.details["telling_features"][0]
    pooled = (float(real[:, 7].var(correction=0) + fake[:, 7].var(correction=0)) / 2) ** 0.5
    assert top["feature"] == 7
    assert top["difference"] == pytest.approx(float((fake[:, 7].mean() - real[:, 7].mean()) / pooled), rel=1e-5)
    assert top["coefficient"] > 0
    assert found.details["most_obvious"][0]["index"] == 5
    assert len(found.details["most_real_looking"]) == 10
    picture = found.pictures["most obvious fakes"]
    assert picture.dtype == torch.uint8
    assert int(picture[0, 5, 5]) == 255  # the most obvious one is the first cell
    assert int(found.pictures["most real-looking fakes"][0, 5, 5]) == 0
    assert found.error is not None
    assert 0 < found.error < 0.1
    assert done == [(1, 2), (2, 2)]
    assert not any(d["feature"] == 2 and d["difference"] for d in found.details["telling_features"])


def test_samples_that_take_no_part_are_judged_too() -> None:
    found = two_sample(normal(20), torch.cat([normal(20, seed=1), normal(60, seed=2) + 30]), most=20)
    assert found.fake_logits.shape == (80,)
    assert bool(found.fake_logits.isfinite().all())


@pytest.mark.parametrize(
    ("real", "fake", "message"),
    [
        (normal(4), normal(50), "needs 10 items a side, not 4"),
        (normal(50), normal(50, 5), "6 dimensions cannot be compared with .* of 5"),
        (normal(50), normal(50) * torch.nan, "not finite"),
        (torch.ones(50, 3), torch.ones(50, 3), "features are constant"),
        (torch.zeros(0, 3), torch.ones(50, 3), "must be a table"),
    ],
)
def test_bad_input(real: torch.Tensor, fake: torch.Tensor, message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        two_sample(real, fake)
    assert "\n" not in str(caught.value)
