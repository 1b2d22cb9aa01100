"""The report's picture of classes over time."""

import math
from typing import Any

import pytest

from ganwright.runs.report_classes import MOST_CLASSES, MOST_COLUMNS, class_history
from ganwright.runs.report_facts import RunFacts

from .ailing import event, put
from .page import Page


def looks(num: int, samples: Any, real: Any) -> list[dict[str, Any]]:
    shares = {"samples": samples, "real": real}
    return [event("signals", 1_000 * i, values={}, seconds=0.1, class_shares=shares) for i in range(1, num + 1)]


def drawn(make_run: Any, events: list[dict[str, Any]]) -> str:
    return class_history(RunFacts(put(make_run(), events)))


def test_a_row_a_class_and_a_column_a_tick_as_full_as_the_share_says(make_run) -> None:
    page = drawn(make_run, looks(3, [0.75, 0.25, 0.0], [0.5, 0.25, 0.25]))
    assert page.count("<rect") == 9
    for opacity in ("0.75", "0.50", "0.00"):  # of twice the class's share of the data
        assert page.count(f'opacity="{opacity}"') == 3
    assert "class 0 75% of the samples, 50% of the data; class 1 25%" in page
    assert "from 1,000 to 3,000 images" in page


def test_a_long_run_has_no_more_columns_than_can_be_told_apart(make_run) -> None:
    assert drawn(make_run, looks(500, [0.5, 0.5], [0.5, 0.5])).count("<rect") == 2 * MOST_COLUMNS


@pytest.mark.parametrize(
    ("samples", "real"),
    [
        ([0.5], [0.5, 0.5]),
        (None, [1.0]),
        ("ab", "ab"),
        ([], []),
        ([math.nan, 1.0], [0.5, 0.5]),
        ([{"x": 1}], [1.0]),
        ([1 / 100] * (MOST_CLASSES + 1), [1 / 100] * (MOST_CLASSES + 1)),
    ],
)
def test_what_is_no_histogram_is_not_drawn(samples: Any, real: Any, make_run) -> None:
    assert drawn(make_run, looks(3, samples, real)) == ""


def test_a_class_that_the_data_has_not_is_drawn_where_it_is_made(make_run) -> None:
    assert 'opacity="1.00"' in drawn(make_run, looks(2, [0.5, 0.5], [1.0, 0.0]))


def test_the_report_holds_it(make_run) -> None:
    from ganwright.runs.report import write_report

    page = Page(write_report(put(make_run(), looks(3, [0.75, 0.25], [0.5, 0.5]))))
    assert "Classes of the samples, by a classifier" in " ".join(page.text.split())
