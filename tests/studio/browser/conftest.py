"""What the browser tests of all pages share."""

import time
from collections.abc import Callable
from typing import Any

import pytest

Until = Callable[[Any, str], None]

MOST_SECONDS = 30.0


@pytest.fixture
def until() -> Until:
    """Wait until an expression of JavaScript is true on a page.

    Asked from here again and again: Page.wait_for_function evaluates text inside the page, which its policy forbids.
    """

    def wait(page: Any, expression: str) -> None:
        end = time.monotonic() + MOST_SECONDS
        while not page.evaluate(expression):
            assert time.monotonic() < end, f"never true: {expression}"
            page.wait_for_timeout(50)

    return wait
