"""The list of runs: look, search, sort, compare, delete and take it back; and what an empty one says."""

import json
import re
import shutil
from collections.abc import Callable
from typing import Any

import pytest

from ganwright.core.events import EventWriter
from ganwright.studio import Studio

expect = pytest.importorskip("playwright.sync_api").expect
expect.set_options(timeout=15_000)


@pytest.fixture
def second(studio: Studio) -> str:
    """Another run in the folder: the same one, copied."""
    shutil.copytree(studio.runs_dir / "digits-tiny", studio.runs_dir / "more" / "other")
    return "more~2other"


@pytest.mark.parametrize("view", ["cards", "table"])
def test_no_barriers_and_it_fits_any_width(
    browser_page: Any, second: str, no_barriers: Callable[..., None], view: str
) -> None:
    page = browser_page(f"/runs?view={view}&select={second}")
    page.get_by_text("1 run selected").wait_for()
    no_barriers(page, both=True)
    page.keyboard.press("Escape")
    for width in (360, 2400):
        page.set_viewport_size({"width": width, "height": 800})
        page.get_by_text("2 runs").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_card_says_how_a_run_stands_and_opens_it(browser_page: Any, second: str) -> None:
    page = browser_page("/runs")
    card = page.locator(".run-card", has_text="digits-tiny")
    expect(card).to_contain_text("dcgan on digits")
    expect(card).to_contain_text("Finished")
    expect(card).to_contain_text("2.05 of 2.05 kimg")
    expect(card.locator("img")).to_have_js_property("complete", True)
    card.get_by_role("link", name="digits-tiny").click()
    expect(page.locator("h1")).to_have_text("digits-tiny")


def test_what_is_looked_at_stands_in_the_address(browser_page: Any, second: str) -> None:
    page = browser_page("/runs")
    page.get_by_placeholder("Search: name, recipe, data").fill("other")
    expect(page.locator(".run-card")).to_have_count(1)
    expect(page.locator(".runs-count")).to_have_text("1 of 2 runs")
    page.get_by_label("Which states").select_option("finished")
    page.get_by_label("Order").select_option("name")
    page.get_by_role("radio", name="Table").check(force=True)
    page.wait_for_url(re.compile(r"q=other.*state=finished|view=table"))
    expect(page.locator("tbody tr")).to_have_count(1)
    page.wait_for_timeout(300)
    page.reload()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_placeholder("Search: name, recipe, data")).to_have_value("other")
    expect(page.get_by_label("Order")).to_have_value("name")
    page.get_by_label("Which states").select_option("trouble")
    expect(page.get_by_text("No run fits")).to_be_visible()
    page.get_by_role("button", name="Show all runs").click()
    expect(page.locator("tbody tr")).to_have_count(2)


def test_a_table_sorts_by_its_heads_and_opens_by_a_click(browser_page: Any, second: str) -> None:
    page = browser_page("/runs?view=table")
    names = page.locator("tbody .runs-name")
    head = page.get_by_role("columnheader", name="Run")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    expect(names).to_have_text(["digits-tiny", "more/other"])
    head.get_by_role("button").press("Enter")
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(names).to_have_text(["more/other", "digits-tiny"])
    page.locator("tbody tr").first.locator("td").nth(3).click()
    expect(page.locator("h1")).to_have_text("more/other")


def test_several_are_compared_on_common_axes(browser_page: Any, second: str) -> None:
    page = browser_page("/runs")
    page.get_by_label("Select digits-tiny").check()
    compare = page.get_by_role("button", name="Compare")
    expect(compare).to_be_disabled()
    page.get_by_label("Select more/other").check()
    compare.click()
    expect(page.locator("h1")).to_have_text("Compare 2 runs")
    chart = page.locator(".chart").first
    expect(chart.get_by_role("button", name=re.compile("digits-tiny"))).to_be_visible()
    expect(chart.get_by_role("button", name=re.compile("other"))).to_be_visible()
    expect(page.get_by_role("heading", name="Figures")).to_be_visible()
    page.get_by_role("switch", name="Smooth").uncheck(force=True)
    page.wait_for_url("**smooth=0")
    page.go_back()
    expect(page.locator(".run-card")).to_have_count(2)


def test_what_is_deleted_comes_back(browser_page: Any, studio: Studio, second: str) -> None:
    page = browser_page("/runs")
    page.get_by_label("Select more/other").check()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator(".run-card")).to_have_count(1)
    assert not (studio.runs_dir / "more" / "other").exists()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".run-card")).to_have_count(2)
    assert (studio.runs_dir / "more" / "other" / "run.toml").is_file()
    page.get_by_label("Select more/other").check()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator(".run-card")).to_have_count(1)
    page.get_by_role("button", name="Deleted").click()
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_role("dialog")).to_contain_text("Nothing was deleted")
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.locator(".run-card")).to_have_count(2)


def test_keys_reach_the_search_and_let_go_of_what_is_selected(browser_page: Any, second: str) -> None:
    page = browser_page("/runs?select=digits-tiny")
    page.get_by_text("1 run selected").wait_for()
    page.keyboard.press("Escape")
    expect(page.get_by_text("1 run selected")).to_have_count(0)
    page.keyboard.press("/")
    expect(page.get_by_placeholder("Search: name, recipe, data")).to_be_focused()


def test_the_list_is_live(browser_page: Any, studio: Studio) -> None:
    page = browser_page("/runs")
    expect(page.locator(".run-card")).to_have_count(1)
    shutil.copytree(studio.runs_dir / "digits-tiny", studio.runs_dir / "late")
    expect(page.locator(".run-card")).to_have_count(2, timeout=20_000)
    writer = EventWriter(studio.runs_dir / "late" / "events.jsonl")
    writer.write("failed", iteration=64, num_images=2_048, reason="the disk is full")
    expect(page.locator(".run-card", has_text="late")).to_contain_text("Failed", timeout=20_000)
    shutil.rmtree(studio.runs_dir / "late")
    expect(page.locator(".run-card")).to_have_count(1, timeout=20_000)


def test_an_empty_folder_says_what_to_do(browser_page: Any, studio: Studio) -> None:
    shutil.rmtree(studio.runs_dir / "digits-tiny")
    page = browser_page("/runs")
    asked = []

    def answer(route: Any) -> None:
        asked.append(json.loads(route.request.post_data))
        route.fulfill(status=201, json={"id": "1", "page": "/run/digits-demo", "name": "digits-demo", "place": 1})

    page.route("**/api/jobs", answer)
    page.route("**/api/runs/**", lambda route: route.fulfill(json=None))
    expect(page.get_by_text("Nothing was trained here yet")).to_be_visible()
    page.get_by_role("button", name="Train the demo").click()
    page.wait_for_url("**/run/digits-demo")
    assert asked == [{"data": "digits", "recipe": "demo"}]
