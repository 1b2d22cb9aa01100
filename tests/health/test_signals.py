"""Each signal on cases where its value is known."""

import math
from dataclasses import replace

import pytest
import torch

from ganwright.health import SIGNALS
from ganwright.health.monitor import measured
from ganwright.health.scores import rank_accuracy
from ganwright.health.snapshot import Cloud, Shadows, pooled
from ganwright.metrics.diversity import pairwise_distance
from ganwright.metrics.sliced import sliced_wasserstein
from ganwright.metrics.vendi import vendi_score

from .constructed import NUM, normal, real, seen


def value(name: str, snapshot: object) -> float:
    found = measured(snapshot).values[name]  # pyright: ignore[reportArgumentType]
    assert found is not None
    return found


# -- samples ---------------------------------------------------------------------------------------------------------


def test_samples_like_the_data_look_healthy() -> None:
    values = measured(seen()).values
    for side in ("live", "averaged"):
        assert values[f"diversity_{side}"] == pytest.approx(1, abs=0.15)
        assert values[f"vendi_{side}"] == pytest.approx(1, abs=0.3)
        assert values[f"coverage_{side}"] == pytest.approx(0.97, abs=0.06)
    assert values["distinct_live"] == pytest.approx(1, abs=0.05)
    assert values["duplicates_live"] == pytest.approx(0, abs=0.05)
    assert values["distance"] == pytest.approx(1, abs=0.7)
    assert values["nearest_train_share"] == pytest.approx(0.5, abs=0.2)
    assert values["nearest_ratio"] == pytest.approx(1, abs=0.2)


def test_a_collapsed_generator_has_no_diversity_and_nothing_but_duplicates() -> None:
    values = measured(seen(torch.full((NUM, 3), 0.3))).values
    assert values["diversity_live"] == 0
    assert values["duplicates_live"] == 1
    assert values["distinct_live"] == pytest.approx(1 / NUM)
    assert values["vendi_live"] == pytest.approx(1 / float(real().effective_number), rel=1e-5)
    assert values["latent_sensitivity"] == 0
    assert values["latent_evenness"] == 0


def test_three_outputs_are_three_distinct_ones() -> None:
    corners = torch.tensor([[9.0, 0, 0], [0, 9, 0], [0, 0, 9]])
    values = measured(seen(corners[torch.arange(NUM) % 3])).values
    shares = torch.bincount(torch.arange(NUM) % 3) / NUM
    assert values["distinct_live"] == pytest.approx(1 / float(shares.square().sum()) / NUM)
    assert values["duplicates_live"] == 1


def test_one_side_of_the_generator_can_collapse_alone() -> None:
    values = measured(seen(normal(3), averaged=torch.zeros(NUM, 3))).values
    assert values["diversity_averaged"] == 0
    assert values["diversity_live"] == pytest.approx(1, abs=0.15)


def test_half_of_the_data_is_half_covered() -> None:
    train = normal(1, 4 * NUM) + 20 * torch.tensor([1.0, 0, 0]) * (torch.arange(4 * NUM) % 2)[:, None]
    values = measured(seen(normal(3), real=real(train, train + 0.1))).values
    assert values["coverage_live"] == pytest.approx(0.5, abs=0.05)


def test_distances_agree_with_the_metrics() -> None:
    rows = normal(5)
    assert float(Cloud(rows).mean_distance) == pytest.approx(pairwise_distance(rows), rel=1e-5)


def test_the_effective_number_is_a_vendi_score_of_order_two() -> None:
    """By features whose inner products are the kernel's values."""
    rows, scale = normal(6), torch.tensor(0.8)
    kernel = (-torch.cdist(rows.double(), rows.double()).square() / (2 * 0.8**2)).exp()
    features = torch.linalg.cholesky(kernel + 1e-9 * torch.eye(NUM, dtype=torch.float64))
    assert float(Cloud(rows).effective_number(scale)) == pytest.approx(vendi_score(features, order=2), rel=1e-4)


def test_large_pictures_are_averaged_and_points_stay() -> None:
    pictures = torch.arange(4 * 32 * 32.0).view(1, 4, 32, 32)
    assert pooled(pictures).shape == (1, 4 * 16 * 16)
    assert pooled(pictures)[0, 0] == pictures[0, 0, :2, :2].mean()
    assert pooled(torch.ones(5, 1, 8, 8)).shape == (5, 64)
    assert torch.equal(pooled(normal(0)), normal(0))


# -- the discriminator -----------------------------------------------------------------------------------------------


def test_rank_accuracy_of_pairs() -> None:
    assert float(rank_accuracy(torch.tensor([1.0, 2.0]), torch.tensor([0.0, 1.5]))) == 0.75
    assert float(rank_accuracy(torch.tensor([1.0]), torch.tensor([1.0]))) == 0.5
    assert math.isnan(float(rank_accuracy(torch.tensor([math.nan, 1.0]), torch.tensor([0.0]))))


def test_a_blind_discriminator_ranks_by_half_whatever_its_offset() -> None:
    for offset in (0.0, 500.0):
        same = torch.full((NUM,), offset)
        values = measured(seen(real_scores=same, fake_scores=same, held_out_scores=same)).values
        assert values["rank_real_fake"] == values["rank_held_out_fake"] == values["rank_train_held_out"] == 0.5
        assert values["score_real"] == values["score_fake"] == values["score_held_out"] == offset


def test_one_that_knows_its_items_by_heart_takes_held_out_ones_for_samples() -> None:
    values = measured(
        seen(real_scores=normal(1)[:, 0] + 50, fake_scores=normal(2)[:, 0], held_out_scores=normal(4)[:, 0])
    ).values
    assert values["rank_real_fake"] == values["rank_train_held_out"] == 1
    assert values["rank_held_out_fake"] == pytest.approx(0.5, abs=0.15)


def test_slopes_updates_norms_and_counts_are_told() -> None:
    spiked = torch.ones(NUM)
    spiked[0] = 65.0
    snapshot = seen(
        real_slopes=spiked, num_nonfinite={n: torch.tensor(i) for i, n in enumerate(("samples", "scores", "weights"))}
    )
    values = measured(snapshot).values
    assert (values["slope_real"], values["slope_fake"]) == (2, 1)
    assert values["slope_peak"] == pytest.approx(65 / 1.5)
    assert values["update_generator"] == pytest.approx(0.01)
    assert values["update_discriminator"] == pytest.approx(0.02)
    assert (values["gradient_generator"], values["gradient_discriminator"]) == (0.5, 0.25)
    assert [values[f"nonfinite_{n}"] for n in ("samples", "scores", "weights")] == [0, 1, 2]


# -- memory ----------------------------------------------------------------------------------------------------------


def test_copies_lie_at_training_items() -> None:
    reference = real()
    values = measured(seen(reference.train_rows[-NUM:].clone(), real=reference)).values
    assert values["nearest_train_share"] == 1
    assert values["nearest_ratio"] == pytest.approx(0, abs=1e-2)


def test_bad_samples_are_no_copies() -> None:
    """Far from all data, on every side: either kind is the nearest half of the time."""
    far = torch.nn.functional.normalize(normal(8), dim=1) * 30
    values = measured(seen(far)).values
    assert values["nearest_train_share"] == pytest.approx(0.5, abs=0.35)
    assert values["nearest_ratio"] > 20  # pyright: ignore[reportOptionalOperand]


# -- drift -----------------------------------------------------------------------------------------------------------


def test_the_sliced_distance_agrees_with_the_metric() -> None:
    one, other = normal(1, size=1), normal(2, size=1)
    assert float(Shadows(one).distance(Shadows(other))) == pytest.approx(sliced_wasserstein(one, other).value, rel=1e-5)


def test_nothing_moved_is_no_drift_and_a_jump_is_much() -> None:
    still = measured(seen()).values
    assert still["drift"] == still["movement"] == 0
    there, reference = seen(normal(3)), real()
    jumped = seen(normal(3) + torch.tensor([40.0, 0, 0]))
    values = measured(replace(jumped, last=there.shadows)).values
    assert values["drift"] > 20  # pyright: ignore[reportOptionalOperand]
    assert values["distance"] == pytest.approx(values["drift"], rel=0.2)
    assert values["movement"] > 5  # pyright: ignore[reportOptionalOperand]
    assert float(reference.shadows.distance(reference.project(reference.other)) / reference.floor) == 1


# -- latents ---------------------------------------------------------------------------------------------------------


def test_a_straight_way_is_even_and_stored_pictures_are_plateaus() -> None:
    assert value("latent_evenness", seen()) == pytest.approx(1, rel=1e-4)
    samples = normal(3)
    assert value("latent_evenness", seen(samples, stepped=samples)) == 0
    assert value("latent_sensitivity", seen(samples, stepped=samples)) == 0


# -- classes ---------------------------------------------------------------------------------------------------------


def shares(*numbers: float) -> torch.Tensor:
    return torch.tensor(numbers)


def test_classes_that_are_hardly_made_count_by_their_share_of_the_data() -> None:
    reference = real(class_shares=shares(0.4, 0.3, 0.2, 0.1))
    found = measured(seen(real=reference, class_shares=shares(0.6, 0.36, 0.04, 0.0)))
    assert found.values["classes_left_out"] == pytest.approx(0.3)  # 0.2 and 0.1: made less than a quarter as often
    assert found.values["class_gap"] == pytest.approx(0.26)
    assert found.class_shares == {
        "samples": pytest.approx([0.6, 0.36, 0.04, 0.0]),
        "real": pytest.approx([0.4, 0.3, 0.2, 0.1]),
    }


def test_equal_shares_have_no_gap_and_without_a_classifier_there_is_none() -> None:
    same = measured(seen())
    assert same.values["class_gap"] == same.values["classes_left_out"] == 0
    alone = measured(seen(class_shares=None))
    assert alone.class_shares is None
    assert alone.values["class_gap"] is None


# -- the table -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SIGNALS)
def test_a_signal_says_what_it_is_and_keeps_its_range(name: str) -> None:
    signal = SIGNALS[name]
    assert min(map(len, (signal.description, signal.unit, signal.healthy))) > 0
    low, high = signal.range
    for snapshot in (seen(), seen(torch.zeros(NUM, 3)), seen(50 * normal(9)), seen(real_scores=normal(1)[:, 0] + 5)):
        assert snapshot.has.issuperset(signal.needs), "the constructed snapshot has everything"
        found = value(name, snapshot)
        assert low is None or found >= low - 1e-5
        assert high is None or found <= high + 1e-5


def test_what_is_not_there_is_null_and_needs_say_so() -> None:
    least = seen(held_out_scores=None, last=None, updates={}, gradient_norms={}, class_shares=None)
    values = measured(least).values
    assert list(values) == list(SIGNALS)
    assert {name for name, v in values.items() if v is None} == {n for n, s in SIGNALS.items() if s.needs}


def test_samples_that_are_not_finite_are_never_healthy() -> None:
    samples = normal(3)
    samples[0, 0] = math.nan
    values = measured(seen(samples)).values
    for name in (
        "diversity_live",
        "vendi_live",
        "distinct_live",
        "duplicates_live",
        "coverage_live",
        "distance",
        "drift",
    ):
        assert math.isnan(values[name] or 0.0), name


def test_copies_of_any_known_training_item_are_found_though_few_are_compared_with_held_out_ones() -> None:
    known = normal(1, 40 * NUM)
    few = replace(real(), train_rows=known[:NUM], held_out_rows=normal(2, NUM), known_rows=known)
    copies = known[20 * NUM : 21 * NUM] + 0.001
    assert value("nearest_ratio", seen(copies, real=few)) < 0.1
    assert value("nearest_train_share", seen(copies, real=few)) == pytest.approx(0.5, abs=0.2)
