"""Precision, recall, density and coverage: what they must say of known failures, and parity with prdc."""

import contextlib
import io

import numpy as np
import pytest
import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.metrics import manifolds as m
from ganwright.metrics.base import Pair, Side
from ganwright.metrics.manifolds import Manifolds, manifolds


def draw(num: int, size: int, seed: int, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(num, size, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def clusters(num: int, seed: int, kept: int = 8) -> Tensor:
    return 6 * draw(8, 12, 50)[torch.arange(num) % kept] + draw(num, 12, seed)


def lattice(num: int, seed: int) -> Tensor:
    """Whole numbers, whose products are precise in any order, so that the oracle sees ties as ties too."""
    return torch.randint(0, 3, (num, 5), generator=torch.Generator().manual_seed(seed)).double()


def figures(found: Manifolds) -> dict[str, float]:
    return {name: getattr(found, name) for name in ("precision", "recall", "density", "coverage")}


def oracle(real: Tensor, fake: Tensor, neighbours: int) -> dict[str, float]:
    from prdc import compute_prdc

    with contextlib.redirect_stdout(io.StringIO()):
        found = compute_prdc(real.numpy(), fake.numpy(), neighbours)
    return {name: float(value) for name, value in found.items()}


REAL = draw(300, 8, 1)
CASES = {
    "Gaussian": (REAL, 0.8 * draw(250, 8, 2) + 0.2),
    "clustered": (clusters(400, 3), clusters(300, 4, kept=5)),
    "real twice": (REAL.repeat(2, 1), draw(200, 8, 5)),
    "fake twice": (REAL, draw(150, 8, 6).repeat(2, 1)),
    "both seven times": (draw(40, 8, 7).repeat(7, 1), draw(30, 8, 8).repeat(7, 1)),
    "collapsed": (REAL, REAL.mean(0).expand(100, 8) + 0.01 * draw(100, 8, 9)),
    "far from 0": (REAL + 100, draw(200, 8, 10) + 100),
    "ties": (lattice(300, 11), lattice(200, 12)),
    "ties and copies": (lattice(300, 11), lattice(300, 11)[:200]),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("neighbours", [1, 3, 5])
def test_agrees_with_prdc(name: str, neighbours: int) -> None:
    real, fake = CASES[name]
    found = figures(manifolds(real, fake, neighbours=neighbours, memory=2**18))
    assert found == pytest.approx(oracle(real, fake, neighbours), rel=1e-9)


@pytest.mark.parametrize("name", ["Gaussian", "clustered", "both seven times", "ties"])
def test_float32_says_the_same_as_float64(name: str) -> None:
    real, fake = (side.float() for side in CASES[name])
    assert figures(manifolds(real, fake)) == figures(manifolds(real.double(), fake.double()))


def test_neither_order_nor_memory_matters() -> None:
    real, fake = CASES["clustered"]
    expected = figures(manifolds(real, fake))
    shuffle = torch.randperm(len(real), generator=torch.Generator().manual_seed(0))
    assert figures(manifolds(real[shuffle], fake.flip(0), memory=2**16)) == pytest.approx(expected, abs=1e-12)


def test_equal_sets_of_distinct_rows_give_one() -> None:
    """Density too: each ball holds its own item and the k - 1 nearer ones, the k-th being at the radius."""
    for rows in (REAL, REAL.float(), clusters(200, 3)):
        assert figures(manifolds(rows, rows.clone())) == dict.fromkeys(figures(manifolds(rows, rows)), 1.0)


def test_equal_distributions_give_the_expected_coverage() -> None:
    """No sample is among a real item's k nearest of both sets with chance 2^-k."""
    found = manifolds(draw(2000, 4, 1), draw(2000, 4, 2), neighbours=3)
    assert found.coverage == pytest.approx(1 - 2**-3, abs=0.02)
    assert found.density == pytest.approx(1, abs=0.05)


def test_a_collapsed_generator_lowers_recall_and_coverage_not_precision() -> None:
    real = clusters(800, 1)
    healthy, collapsed = manifolds(real, clusters(800, 2)), manifolds(real, clusters(800, 2, kept=2))
    assert abs(collapsed.precision - healthy.precision) < 0.05
    assert collapsed.recall < healthy.recall / 2
    assert collapsed.coverage < healthy.coverage / 2


def test_a_generator_of_outliers_lowers_precision_and_density_not_recall() -> None:
    real, fake = draw(500, 4, 1), draw(500, 4, 2)
    wild = fake.clone()
    wild[::2] += 40 * torch.nn.functional.normalize(draw(250, 4, 3), dim=1)
    healthy, outliers = manifolds(real, fake), manifolds(real, wild)
    assert outliers.precision == pytest.approx(healthy.precision / 2, abs=0.05)
    assert outliers.density == pytest.approx(healthy.density / 2, abs=0.1)
    assert outliers.recall > healthy.recall - 0.1


def test_one_real_outlier_fools_precision_but_not_density() -> None:
    """Naeem et al., figure 2: its ball is large enough for any sample."""
    real = torch.cat([draw(300, 4, 1), torch.full((1, 4), 30.0).double()])
    fake = 0.1 * draw(100, 4, 2) + 15
    found = manifolds(real, fake)
    assert found.precision == 1
    assert found.density == pytest.approx(1 / 5)


def test_density_exceeds_one_where_samples_keep_to_the_middle() -> None:
    assert manifolds(draw(500, 16, 1), 0.1 * draw(500, 16, 2)).density > 2


def test_identical_samples_recall_nothing() -> None:
    found = manifolds(REAL, REAL[:1].expand(100, 8))
    assert found.recall == 0
    assert found.precision == 1
    assert 0 < found.coverage < 0.1


def test_siblings_share_what_was_found() -> None:
    real, fake = CASES["Gaussian"]
    found = manifolds(real, fake, neighbours=3)
    each = {name: getattr(m, name)(real, fake, neighbours=3) for name in figures(found)}
    assert each == figures(found)
    for name in figures(found):
        estimate = getattr(m, f"{name}_of")(found)
        assert estimate.value == getattr(found, name)
        assert estimate.protocol == {"neighbours": 3}
        assert (estimate.error, estimate.error_from) == (None, "")


@pytest.mark.parametrize("shift", [0.0, 0.7])
def test_errors_are_the_spread_over_redraws_of_both_sides(shift: float) -> None:
    """Other items have other balls: judging the same balls by other items only is less than half of the truth."""
    names = list(figures(manifolds(REAL, REAL)))
    found = []
    for seed in range(30):
        pair = Pair(side(draw(500, 6, 100 + seed), None), side(draw(500, 6, 200 + seed) + shift, None))
        whole = m.manifolds_of(pair)
        found.append([getattr(m, f"{name}_of")(whole) for name in names])
    for name, estimates in zip(names, zip(*found, strict=True), strict=True):
        truth = float(np.std([e.value for e in estimates], ddof=1))
        error = float(np.mean([e.error for e in estimates]))
        assert 0.55 * truth < error < 1.6 * truth, name
        assert estimates[0].error_from == "10 splits of both sides"


def test_errors_depend_on_no_order_and_are_none_for_too_few() -> None:
    real, fake = CASES["Gaussian"]
    labels, order = torch.arange(300) % 3, torch.randperm(300, generator=torch.Generator().manual_seed(0))
    errors = []
    for pair in (
        Pair(side(real, labels), side(fake, None)),
        Pair(side(real[order], labels[order]), side(fake.flip(0), None)),
    ):
        found = m.manifolds_of(pair)
        each = [getattr(m, f"{name}_of")(found) for name in figures(found)]
        errors.append([e.error for e in (*each, m.class_recall_of(found, pair.real))])
    assert errors[0] == pytest.approx(errors[1], rel=1e-9)
    few = m.manifolds_of(Pair(side(real[:59], None), side(fake, None)))
    assert m.recall_of(few).error is None


def side(rows: Tensor, labels: Tensor | None, probabilities: Tensor | None = None) -> Side:
    filled = Side(num_pairs=0)
    filled.add(torch.zeros(len(rows), 1, 1, 1, dtype=torch.uint8), None, rows, probabilities, labels)
    return filled


def test_recall_by_class_shows_the_class_that_is_not_made() -> None:
    real, labels = clusters(800, 1), torch.arange(800) % 8
    fake = clusters(800, 2, kept=7)
    by_class = m.class_recall(real, fake, labels=labels)
    whole = manifolds(real, fake)
    recalls = [value for value in by_class if value is not None]
    assert by_class[7] == 0
    assert min(recalls[:7]) > 0.3
    assert sum(recalls) / 8 == pytest.approx(whole.recall)
    pair = Pair(side(real, labels), side(fake, None))
    estimate = m.class_recall_of(m.manifolds_of(pair), pair.real)
    assert estimate.value == 0
    assert estimate.details == {"recall": by_class, "num_real": [100] * 8, "smallest_class": 7}
    assert estimate.protocol == {"neighbours": 5, "classes_by": "labels"}
    guessed = side(real, None, torch.eye(9)[labels])
    estimate = m.class_recall_of(m.manifolds_of(pair), guessed)
    assert (estimate.value, estimate.protocol["classes_by"]) == (0, "classifier")


def test_a_class_without_real_items_has_no_recall() -> None:
    found = manifolds(REAL, REAL)
    assert m.recall_by_class(found, torch.full((300,), 2)) == [None, None, 1.0]


def test_progress_covers_all_three_products() -> None:
    told: list[tuple[int, int]] = []
    manifolds(*CASES["Gaussian"], memory=2**18, progress=lambda *now: told.append(now))
    in_all = 300**2 + 250**2 + 300 * 250
    assert told[-1] == (in_all, in_all)
    assert [done for done, _ in told] == sorted({done for done, _ in told})


@pytest.mark.parametrize(
    ("real", "fake", "says"),
    [
        (torch.full((9, 3), torch.nan), torch.rand(9, 3), "27 of 27 values of the real features are not finite"),
        (torch.rand(9, 3), torch.full((9, 3), torch.inf), "values of the fake features are not finite"),
        (torch.ones(9, 3), torch.rand(9, 3), "constant"),
        (torch.rand(5, 3), torch.rand(9, 3), "5 neighbours need 6 real items, not 5"),
        (torch.rand(9, 3), torch.rand(5, 3), "5 neighbours need 6 samples, not 5"),
        (torch.rand(9, 3), torch.rand(9, 4), "3 dimensions cannot be compared with fake features of 4"),
        (torch.rand(0, 3), torch.rand(9, 3), "real features must be a table"),
        (torch.rand(9), torch.rand(9), "real features must be a table"),
    ],
)
def test_bad_features_are_refused_in_one_line(real: Tensor, fake: Tensor, says: str) -> None:
    with pytest.raises(UserError, match=says) as caught:
        manifolds(real, fake)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("labels", [torch.zeros(7, dtype=torch.long), torch.zeros(300), -torch.ones(300).long()])
def test_bad_labels_are_refused(labels: Tensor) -> None:
    with pytest.raises(UserError, match="label"):
        m.class_recall(REAL, REAL, labels=labels)
