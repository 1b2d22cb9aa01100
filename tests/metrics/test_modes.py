"""Modes counted against brute force, closed forms and simulated perfect samplers; stacked digits and their judge."""

import json
import math
from pathlib import Path

import pytest
import scipy.stats
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.data.mixtures import Gaussian1dConfig, Grid25Config, Mixture, Ring8Config
from ganwright.data.stacked import StackedConfig
from ganwright.metrics.classes import reverse_kl
from ganwright.metrics.classifiers import shipped
from ganwright.metrics.features.classifier import ClassifierFeatures
from ganwright.metrics.modes import (
    ModeSums,
    StackFeatures,
    classify_stack,
    count_classes,
    count_modes,
    expected_reverse_kl,
    perfect,
    stack_accuracy,
)

MIXTURES = {"ring8": Ring8Config(), "grid25": Grid25Config(), "gaussian1d": Gaussian1dConfig()}


def mixture(name: str) -> Mixture:
    return MIXTURES[name].build()


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def even(num: int) -> Tensor:
    return torch.full((num,), 1 / num, dtype=torch.float64)


@given(seed=st.integers(0, 999), num=st.integers(1, 300), spread=st.floats(0.01, 3))
@settings(max_examples=40, deadline=None)
def test_counts_equal_a_search_by_hand(seed: int, num: int, spread: float):
    data = mixture("ring8")
    points, _ = data.sample(num, seeded(seed))
    points = points + spread * data.std * torch.randn(points.shape, generator=seeded(seed + 1))
    found = count_modes(points, data.centres, data.std)
    own: list[list[Tensor]] = [[] for _ in data.centres]
    for point in points.double():
        distances = [float((point - centre.double()).norm()) for centre in data.centres]
        nearest = min(range(8), key=lambda k: distances[k])
        if distances[nearest] < 3 * data.std:
            own[nearest].append(point)
    assert found.counts == tuple(map(len, own))
    assert found.modes_covered == sum(map(bool, own))
    assert found.high_quality_share == pytest.approx(sum(map(len, own)) / num)
    expected = [float(torch.stack(m).var(0).mean().sqrt()) / data.std if len(m) > 1 else 0.0 for m in own]
    assert found.std_ratios == pytest.approx(expected, abs=1e-6)
    if any(own):
        assert found.reverse_kl == pytest.approx(scipy.stats.entropy(found.counts, [1 / 8] * 8), abs=1e-12)


@given(cuts=st.lists(st.integers(0, 500), max_size=5), name=st.sampled_from(sorted(MIXTURES)))
@settings(max_examples=20, deadline=None)
def test_batches_add_up_and_order_does_not_matter(cuts: list[int], name: str):
    data = mixture(name)
    points, _ = data.sample(500, seeded(0))
    sums = ModeSums(data.centres, data.std)
    for batch in points.flip(0).tensor_split(sorted(cuts)):
        sums.add(batch)
    whole, parts = count_modes(points, data.centres, data.std).plain(), sums.found().plain()
    assert parts.pop("std_ratios") == pytest.approx(whole.pop("std_ratios"))
    assert parts == whole


@pytest.mark.parametrize("name", sorted(MIXTURES))
def test_a_perfect_sampler_stands_at_the_ceiling(name: str):
    data = mixture(name)
    num, repeats = 2500, 200
    generator = seeded(5)
    found = [count_modes(data.sample(num, generator)[0], data.centres, data.std) for _ in range(repeats)]
    ceiling = perfect(len(data.centres), num, data.centres.shape[1])

    def mean(values: list[float]) -> float:
        return sum(values) / len(values)

    spread = (ceiling.high_quality_share * (1 - ceiling.high_quality_share) / (num * repeats)) ** 0.5
    assert mean([f.high_quality_share for f in found]) == pytest.approx(ceiling.high_quality_share, abs=4 * spread)
    assert mean([f.modes_covered for f in found]) == pytest.approx(ceiling.modes_covered, abs=1e-9)
    kl_spread = ((len(data.centres) - 1) / 2) ** 0.5 / num / repeats**0.5  # 2 N KL is about chi-squared, K - 1 degrees
    assert mean([f.reverse_kl for f in found]) == pytest.approx(ceiling.reverse_kl, abs=4 * kl_spread + 1e-9)
    assert mean([mean(list(f.std_ratios)) for f in found]) == pytest.approx(ceiling.std_ratio, abs=0.003)
    assert all(0.8 < ratio < 1.2 for f in found for ratio in f.std_ratios)


def test_the_ceiling_has_its_closed_forms():
    ceiling = perfect(8, 2500)
    assert ceiling.high_quality_share == pytest.approx(1 - math.exp(-4.5), rel=1e-12)
    assert ceiling.std_ratio == pytest.approx(math.sqrt(1 - 4.5 / (math.exp(4.5) - 1)), rel=1e-12)
    line = perfect(1, 100, 1)
    assert line.high_quality_share == pytest.approx(math.erf(3 / math.sqrt(2)), rel=1e-12)
    assert line.std_ratio == pytest.approx(scipy.stats.truncnorm(-3, 3).std(), rel=1e-9)
    assert line.reverse_kl == 0
    ball = perfect(5, 100, 7)
    assert ball.high_quality_share == pytest.approx(scipy.stats.chi(7).cdf(3), rel=1e-12)
    few = perfect(10, 3)
    assert few.modes_covered == pytest.approx(10 * (1 - (1 - few.high_quality_share / 10) ** 3))


def test_few_perfect_samples_miss_modes_as_often_as_expected():
    data = mixture("grid25")
    generator = seeded(2)
    found = [count_modes(data.sample(40, generator)[0], data.centres, data.std).modes_covered for _ in range(2000)]
    assert sum(found) / len(found) == pytest.approx(perfect(25, 40).modes_covered, abs=0.15)


@pytest.mark.parametrize(("num_modes", "num"), [(2, 1), (3, 7), (10, 200)])
def test_the_expected_divergence_is_exact(num_modes: int, num: int):
    draws = torch.randint(num_modes, (20_000, num), generator=seeded(3))
    counts = torch.nn.functional.one_hot(draws, num_modes).sum(1)
    drawn = scipy.stats.entropy(counts.numpy(), even(num_modes)[:, None].T, axis=1)
    expected = expected_reverse_kl(even(num_modes), num)
    assert expected == pytest.approx(drawn.mean(), abs=4 * drawn.std() / 20_000**0.5 + 1e-9)
    if num == 1:
        assert expected == pytest.approx(math.log(num_modes))


def test_the_expected_divergence_of_uneven_shares():
    """Against the sum over every outcome."""
    shares = torch.tensor([0.5, 0.3, 0.2, 0.0], dtype=torch.float64)
    by_hand = sum(
        scipy.stats.multinomial(4, shares[:3].numpy()).pmf(outcome) * scipy.stats.entropy(outcome, shares[:3].numpy())
        for outcome in [(a, b, 4 - a - b) for a in range(5) for b in range(5 - a)]
    )
    assert expected_reverse_kl(shares, 4) == pytest.approx(by_hand, abs=1e-12)


def test_the_floor_of_a_thousand_modes():
    """(K - 1) / 2N is its first term; at 10,000 samples the next ones show."""
    assert expected_reverse_kl(even(1000), 26_000) == pytest.approx(999 / 52_000, rel=0.01)
    assert expected_reverse_kl(even(1000), 10_000) == pytest.approx(0.0509, abs=5e-5)


def test_one_mode_alone():
    data = mixture("ring8")
    found = count_modes(data.centres[3].expand(500, 2), data.centres, data.std)
    assert (found.modes_covered, found.high_quality_share) == (1, 1)
    assert found.reverse_kl == pytest.approx(math.log(8))
    assert found.counts == (0, 0, 0, 500, 0, 0, 0, 0)
    assert found.std_ratios == (0,) * 8


def test_samples_between_the_modes_are_of_no_quality():
    data = mixture("grid25")
    points, _ = data.sample(2500, seeded(0))
    found = count_modes(points + 1, data.centres, data.std)
    assert (found.modes_covered, found.high_quality_share) == (0, 0)
    assert found.reverse_kl == pytest.approx(math.log(25))


@given(scale=st.floats(0.01, 0.6), shift=st.floats(-0.5, 0.5))
@settings(max_examples=20, deadline=None)
def test_the_spread_is_around_the_samples_own_mean(scale: float, shift: float):
    """Modes drawn too narrow, and shifted: the ratio is the scale, whatever the shift."""
    data = mixture("ring8")
    generator = seeded(9)
    points = data.centres.repeat_interleave(400, 0)
    points = points + data.std * (scale * torch.randn(points.shape, generator=generator).clamp(-3, 3) + shift)
    found = count_modes(points, data.centres, data.std)
    assert sum(found.std_ratios) / 8 == pytest.approx(scale, rel=0.05)


def test_a_shift_rotation_and_scale_of_everything_change_nothing():
    data = mixture("grid25")
    points, _ = data.sample(300, seeded(1))
    turn = torch.tensor([[0.6, -0.8], [0.8, 0.6]])
    moved = count_modes(4 * points @ turn + 2, 4 * data.centres @ turn + 2, 4 * data.std)
    still = count_modes(points, data.centres, data.std)
    assert moved.counts == still.counts
    assert moved.std_ratios == pytest.approx(still.std_ratios, abs=1e-4)


def test_what_is_not_finite_is_counted_and_near_no_mode():
    data = mixture("ring8")
    points, _ = data.sample(100, seeded(0))
    bad = torch.tensor([[math.nan, 0], [math.inf, 0], [0, -math.inf]])
    found = count_modes(torch.cat([points, bad]), data.centres, data.std)
    clean = count_modes(points, data.centres, data.std)
    assert (found.num_samples, found.num_not_finite, clean.num_not_finite) == (103, 3, 0)
    assert found.counts == clean.counts
    assert found.high_quality_share == pytest.approx(clean.high_quality_share * 100 / 103)
    alone = count_modes(bad, data.centres, data.std)
    assert (alone.high_quality_share, alone.modes_covered) == (0, 0)


def test_plain_counts_survive_json():
    data = mixture("ring8")
    plain = count_modes(data.items[:50], data.centres, data.std).plain()
    assert json.loads(json.dumps(plain))["counts"] == list(plain["counts"])
    for found in (perfect(8, 2500), count_classes(torch.arange(5))):
        assert json.loads(json.dumps(found.plain())) == found.plain()


def test_bad_points_are_refused_in_one_line():
    data = mixture("ring8")
    with pytest.raises(UserError, match=r"points of shape \(3,\) do not compare with modes of shape \(2,\)"):
        count_modes(torch.zeros(5, 3), data.centres, data.std)
    with pytest.raises(UserError, match="no samples"):
        count_modes(torch.zeros(0, 2), data.centres, data.std)
    with pytest.raises(UserError, match="no samples"):
        count_classes(torch.zeros(0, dtype=torch.int64))
    with pytest.raises(UserError, match="each must be 1 or more"):
        perfect(0, 10)


@given(counts=st.lists(st.integers(0, 50), min_size=1, max_size=30), seed=st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_reverse_kl_against_scipy(counts: list[int], seed: int):
    table = torch.tensor(counts)
    target = torch.rand(len(counts), generator=seeded(seed), dtype=torch.float64) + 0.01
    target = target / target.sum()
    if sum(counts):
        assert reverse_kl(table) == pytest.approx(scipy.stats.entropy(counts, [1] * len(counts)), abs=1e-12)
        assert reverse_kl(table, target) == pytest.approx(scipy.stats.entropy(counts, target.numpy()), abs=1e-12)
    else:
        assert reverse_kl(table) == pytest.approx(math.log(len(counts)))
        assert reverse_kl(table, target) == pytest.approx(-math.log(float(target.min())))


def test_reverse_kl_at_its_ends():
    assert reverse_kl(torch.tensor([5, 0]), torch.tensor([0.0, 1])) == math.inf
    assert reverse_kl(torch.tensor([0, 5]), torch.tensor([0.0, 1])) == 0
    with pytest.raises(UserError, match="counts of 2 classes do not compare with shares of 3"):
        reverse_kl(torch.tensor([1, 1]), even(3))


def test_classes_are_counted():
    found = count_classes(torch.tensor([0, 0, 999, 5]))
    assert (found.num_samples, found.num_modes, found.modes_covered) == (4, 1000, 3)
    assert found.reverse_kl == pytest.approx(math.log(1000) - math.log(4) + 0.5 * math.log(2))
    all_alike = count_classes(torch.arange(1000).repeat(26))
    assert (all_alike.modes_covered, all_alike.reverse_kl) == (1000, 0)
    assert all_alike.floor == pytest.approx(0.01934, abs=1e-5)
    shares = torch.tensor([0.75, 0.25])
    assert count_classes(torch.tensor([0, 0, 0, 1]), 2, shares).reverse_kl == pytest.approx(0, abs=1e-12)


@pytest.fixture(scope="module")
def eyes() -> ClassifierFeatures:
    """The judge of the embedded digits."""
    fitted = shipped("digits")
    assert fitted is not None
    return ClassifierFeatures(fitted)


def test_channels_are_judged_alone_and_read_in_order(eyes: ClassifierFeatures):
    stacks = StackedConfig(digits="digits", labelled=True).build("test")
    images = stacks.items[:300]
    modes = classify_stack(images, eyes, batch_size=64)
    singles = [eyes.classify(images[:, [c]])[1].argmax(1) for c in range(3)]
    assert torch.equal(modes, 100 * singles[0] + 10 * singles[1] + singles[2])
    swapped = classify_stack(images.flip(1), eyes)
    assert torch.equal(swapped, 100 * singles[2] + 10 * singles[1] + singles[0])
    assert stacks.labels is not None
    assert stack_accuracy(images, stacks.labels[:300], eyes) > 0.9
    assert stack_accuracy(images, (stacks.labels[:300] + 1) % 1000, eyes) < 0.05


def test_eyes_for_stacks_tell_the_same_modes(eyes: ClassifierFeatures):
    images = StackedConfig(digits="digits").build("test").items[:50]
    stacked = StackFeatures(eyes)
    features, probabilities = stacked.classify(images)
    assert probabilities.shape == (50, 1000)
    assert torch.allclose(probabilities.sum(1), torch.ones(50), atol=1e-5)
    assert torch.equal(probabilities.argmax(1), classify_stack(images, eyes))
    assert torch.equal(features, torch.cat([eyes(images[:, [c]]) for c in range(3)], 1))
    assert torch.equal(stacked(images), features)
    assert stacked.hash == eyes.hash
    assert stacked.name.endswith("each channel alone")


def test_the_judge_of_real_stacks(real_data: Path):
    """Its error on real stacks is small beside the floor of what it judges."""
    fitted = shipped("mnist")
    assert fitted is not None
    stacks = StackedConfig(labelled=True).build("test", str(real_data))
    assert stacks.labels is not None
    images, labels = stacks.items[:300], stacks.labels[:300]
    assert stack_accuracy(images, labels, ClassifierFeatures(fitted)) > 0.96
    found = count_classes(stacks.labels[:26_000], target=stacks.class_shares)
    assert found.modes_covered == 1000
    assert found.reverse_kl == pytest.approx(found.floor, abs=0.003)
