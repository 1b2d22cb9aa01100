"""Distances within classes: what they see that the whole does not, and what is said of classes with too few."""

import math

import pytest
import torch

from ganwright.core.errors import UserError
from ganwright.metrics.base import Pair, Side
from ganwright.metrics.frechet import frechet_distance
from ganwright.metrics.frechet_classes import frechet_by_class, frechet_classes_of


def draw(classes: torch.Tensor, seed: int) -> torch.Tensor:
    """Class k about (6k, 0, 0)."""
    rows = torch.randn(len(classes), 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    rows[:, 0] += 6 * classes
    return rows


CLASSES = torch.arange(120) % 3


def test_each_class_by_itself() -> None:
    real, fake = draw(CLASSES, 0), draw(CLASSES, 1)
    found = frechet_by_class(real, fake, real_classes=CLASSES, fake_classes=CLASSES)
    expected = {k: frechet_distance(real[CLASSES.eq(k)], fake[CLASSES.eq(k)]) for k in range(3)}
    assert dict(found.distances) == pytest.approx(expected, rel=1e-9)
    assert found.mean == pytest.approx(sum(expected.values()) / 3)
    assert (found.too_few_fake, found.too_few_real) == ((), ())


def test_exchanged_classes_are_seen_though_the_mixture_is_right() -> None:
    real, fake = draw(CLASSES, 0), draw(CLASSES, 1)
    swapped = frechet_by_class(real, fake, real_classes=CLASSES, fake_classes=(CLASSES + 1) % 3)
    assert swapped.mean > 10 * frechet_by_class(real, fake, real_classes=CLASSES, fake_classes=CLASSES).mean
    assert frechet_distance(real, fake) < 1


def test_a_dropped_class_is_infinitely_far_and_named() -> None:
    without = CLASSES % 2  # classes 0 and 1 only
    found = frechet_by_class(draw(CLASSES, 0), draw(without, 1), real_classes=CLASSES, fake_classes=without)
    assert found.too_few_fake == (2,)
    assert found.mean == math.inf
    assert math.isfinite(found.mean_of_measured)


def test_a_class_without_real_items_is_named_and_left_out() -> None:
    more = torch.arange(120) % 4
    found = frechet_by_class(draw(CLASSES, 0), draw(more, 1), real_classes=CLASSES, fake_classes=more)
    assert found.too_few_real == (3,)
    assert math.isfinite(found.mean)


def side(rows: torch.Tensor, labels: torch.Tensor | None, predicted: torch.Tensor) -> Side:
    one = Side(0)
    one.add(
        torch.zeros(len(rows), 1),
        features=rows,
        probabilities=torch.nn.functional.one_hot(predicted, 3).float(),
        labels=labels,
    )
    return one


def test_a_pair_takes_asked_classes_or_the_classifier_on_both_sides() -> None:
    real, fake, wrong = draw(CLASSES, 0), draw(CLASSES, 1), (CLASSES + 1) % 3
    calls: list[tuple[int, int]] = []
    asked = frechet_classes_of(
        Pair(side(real, CLASSES, wrong), side(fake, CLASSES, wrong), lambda *call: calls.append(call))
    )
    assert (asked.protocol["real_classes"], asked.protocol["fake_classes"]) == ("labels", "labels")
    assert calls[-1] == (3, 3)
    predicted = frechet_classes_of(Pair(side(real, CLASSES, wrong), side(fake, None, wrong)))
    assert (predicted.protocol["real_classes"], predicted.protocol["fake_classes"]) == ("predicted", "predicted")
    assert predicted.value == pytest.approx(asked.value)
    mixed = frechet_classes_of(Pair(side(real, None, wrong), side(fake, CLASSES, wrong)))
    assert mixed.value > 10 * asked.value
    assert asked.error is not None
    assert 0 < asked.error < asked.value
    assert list(asked.details["by_class"]) == ["0", "1", "2"]


def test_a_pair_that_dropped_a_class_has_no_error() -> None:
    without = CLASSES % 2
    found = frechet_classes_of(Pair(side(draw(CLASSES, 0), None, CLASSES), side(draw(without, 1), None, without)))
    assert (found.value, found.error, found.details["too_few_samples"]) == (math.inf, None, [2])
    assert found.details["mean_of_measured"] > 0


def test_bad_classes_are_refused_in_one_line() -> None:
    rows, few = draw(CLASSES, 0), torch.arange(120)
    for real_classes, least, says in (
        (CLASSES[:5], 10, "120 real rows need as many whole-number classes"),
        (CLASSES.float(), 10, "whole-number"),
        (CLASSES, 1, "2 items a side or more"),
        (few, 10, "no class has 10 real items"),
    ):
        with pytest.raises(UserError, match=says) as caught:
            frechet_by_class(rows, rows, real_classes=real_classes, fake_classes=CLASSES, least=least)
        assert "\n" not in str(caught.value)
