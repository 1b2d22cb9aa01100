"""The shell: every page can be reached, by any hand and in any light; the first page is light and quick."""

import os
import re
from collections.abc import Callable
from typing import Any

import pytest

expect = pytest.importorskip("playwright.sync_api").expect
expect.set_options(timeout=15_000)

MOST_BYTES = 250_000
MOST_SECONDS = 1.0
USABLE = """
new MutationObserver((_, observer) => {
  if (!document.querySelector(".run-card")) return;
  window.usableAt = performance.now();
  observer.disconnect();
}).observe(document, { childList: true, subtree: true });
"""
SENT = """
["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind))
  .map((one) => [one.name, one.transferSize])
"""
PAGES = {
    "Runs": "/runs",
    "New run": "/new",
    "Explore": "/explore",
    "Real or fake?": "/real-or-fake",
    "Counterfeiter": "/counterfeiter",
    "Playground": "/playground",
    "Theory": "/theory",
    "Architectures": "/architectures",
    "Lessons": "/lessons",
}


def test_the_first_page_is_light_and_asks_for_little(browser_page: Any) -> None:
    page = browser_page("/", fresh=True)
    page.wait_for_selector(".run-card")
    page.wait_for_load_state("networkidle")
    sent = page.evaluate(SENT)
    assert page.url.endswith("/runs")
    assert 20_000 < sum(size for _, size in sent) <= MOST_BYTES
    assert not [name for name, _ in sent if "uPlot" in name], "charts are fetched when one is shown"


def test_all_that_the_first_page_imports_is_asked_for_at_once(browser_page: Any) -> None:
    page = browser_page("/runs")
    page.wait_for_selector(".run-card")
    early = set(page.evaluate("[...document.querySelectorAll('link[rel=modulepreload]')].map((link) => link.href)"))
    used = {name for name, _ in page.evaluate(SENT) if name.endswith(".js")}
    assert used - early == {name for name in used if re.search(r"/(app|early)\.js$", name)}
    assert early <= used


def test_the_first_page_is_usable_within_a_second(browser: Any, address: str) -> None:
    if os.getloadavg()[0] > 0.75 * (os.cpu_count() or 1):
        pytest.skip("other work, such as a second process of tests, is what would be measured; run this file with -n 0")
    best = float("inf")
    for _ in range(5):
        context = browser.new_context()
        context.add_init_script(USABLE)
        page = context.new_page()
        page.goto(f"{address}/runs")
        page.wait_for_selector(".run-card")
        best = min(best, page.evaluate("usableAt") / 1000)
        context.close()
        if best <= MOST_SECONDS:
            break
    assert best <= MOST_SECONDS


def test_every_page_is_reached_from_the_navigation(browser_page: Any) -> None:
    page = browser_page("/runs")
    for title, path in PAGES.items():
        link = page.get_by_role("navigation").get_by_role("link", name=title, exact=True)
        link.click()
        expect(page.locator("h1")).to_have_text(title)
        assert page.url.split("?")[0].endswith(path)
        assert link.get_attribute("aria-current") == "page"
        assert page.title() == f"{title} · ganwright"
        assert title == "Runs" or page.evaluate("document.activeElement.tagName") == "H1", "focus follows to the page"
    page.go_back()
    expect(page.locator("h1")).to_have_text("Architectures")


def test_the_theme_is_chosen_and_kept(browser_page: Any) -> None:
    page = browser_page("/gallery", dark=True)
    background = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(background)
    page.get_by_role("radio", name="Light").check(force=True)
    light = page.evaluate(background)
    assert light != dark
    page.reload()
    assert page.evaluate(background) == light
    page.get_by_role("radio", name="Dark").check(force=True)
    assert page.evaluate(background) == dark
    page.get_by_role("radio", name="Auto").check(force=True)
    assert page.evaluate("localStorage.getItem('ganwright.theme')") == "auto"
    assert page.evaluate(background) == dark


def test_a_keyboard_skips_to_the_content(browser_page: Any) -> None:
    page = browser_page("/gallery")
    page.wait_for_selector("h1")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


@pytest.mark.parametrize("width", [360, 768])
def test_a_small_screen_has_a_menu(browser_page: Any, width: int) -> None:
    page = browser_page("/gallery", width=width)
    page.wait_for_selector("h1")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not page.get_by_role("navigation").is_visible()
    page.get_by_role("button", name="Open the menu").click()
    assert page.get_by_role("button", name="Close the menu").get_attribute("aria-expanded") == "true"
    page.keyboard.press("Escape")
    assert not page.get_by_role("navigation").is_visible()
    page.get_by_role("button", name="Open the menu").click()
    page.get_by_role("link", name="Runs", exact=True).first.click()
    page.wait_for_selector(".run-card")
    assert not page.get_by_role("navigation").is_visible()


def test_an_address_without_a_page_says_so(browser_page: Any) -> None:
    page = browser_page("/nowhere/at/all")
    expect(page.locator("h1")).to_have_text("There is no such page")
    page.get_by_role("link", name="To the runs", exact=True).click()
    page.wait_for_selector(".run-card")


@pytest.fixture
def gallery(browser_page: Any) -> Any:
    """Every component, in every state."""
    page = browser_page("/gallery")
    page.wait_for_selector(".u-over")
    return page


def test_components_have_no_barriers(gallery: Any, no_barriers: Callable[..., None]) -> None:
    no_barriers(gallery, both=True)


def test_a_slider_takes_the_mouse_the_keys_and_a_number(gallery: Any) -> None:
    slider = gallery.get_by_role("slider", name="Truncation")
    slider.press("ArrowRight")
    assert slider.input_value() == "0.71"
    number = gallery.get_by_label("Truncation, typed")
    number.fill("0.25")
    number.press("Enter")
    assert slider.input_value() == "0.25"
    number.fill("7")
    number.press("Enter")
    assert slider.input_value() == "1"
    number.fill("many")
    number.press("Enter")
    assert (slider.input_value(), number.input_value()) == ("1", "1")
    rate = gallery.get_by_role("slider", name="Learning rate")
    before = rate.get_attribute("aria-valuetext")
    rate.press("End")
    assert (before, rate.get_attribute("aria-valuetext")) == ("0.001", "0.1")


def test_a_chart_is_read_zoomed_and_thinned_out(gallery: Any) -> None:
    chart = gallery.get_by_role("group", name="Chart: Losses")
    chart.scroll_into_view_if_needed()
    chart.focus()
    chart.press("Home")
    said = gallery.locator(".chart").first.locator("[aria-live]")
    assert said.inner_text().startswith("0 kimg: D loss")
    chart.press("ArrowRight")
    assert said.inner_text().startswith("0.2 kimg")
    box = chart.locator(".u-over").bounding_box()
    y = box["y"] + 50
    gallery.mouse.move(box["x"] + box["width"] * 0.5, y)
    gallery.mouse.down()
    gallery.mouse.move(box["x"] + box["width"] * 0.75, y, steps=4)
    gallery.mouse.up()
    chart.press("Home")
    assert float(said.inner_text().split()[0]) == pytest.approx(100, abs=3)
    chart.press("Escape")
    chart.press("Home")
    assert said.inner_text().startswith("0 kimg")
    line = gallery.get_by_role("button", name=re.compile("^D loss")).first
    line.click()
    assert line.get_attribute("aria-pressed") == "false"
    chart.press("End")
    assert "D loss" not in said.inner_text()


def test_charts_of_one_group_share_their_cursor(gallery: Any) -> None:
    first = gallery.get_by_role("group", name="Chart: Losses").locator(".u-over")
    first.scroll_into_view_if_needed()
    box = first.bounding_box()
    gallery.mouse.move(box["x"] + box["width"] / 2, box["y"] + 60)
    places = gallery.locator(".chart .chart-x span:first-child").all_inner_texts()
    assert [float(place.split()[1]) for place in places[:2]] == pytest.approx([100, 100], abs=10)


def test_tabs_steps_and_the_player_follow_the_keys(gallery: Any) -> None:
    first = gallery.get_by_role("tab", name="First")
    first.focus()
    first.press("ArrowRight")
    assert gallery.get_by_role("tab", name="Second").get_attribute("aria-selected") == "true"
    assert gallery.evaluate("document.activeElement.innerText").startswith("Second")
    gallery.wait_for_url("**/gallery?tab=two")
    gallery.get_by_role("button", name="Next").click()
    assert gallery.get_by_role("button", name=re.compile("Step 4")).get_attribute("aria-current") == "step"
    gallery.get_by_role("button", name="Next").press("ArrowLeft")
    assert gallery.get_by_role("button", name=re.compile("Step 3")).get_attribute("aria-current") == "step"
    gallery.locator(".player").get_by_role("button", name="Play").click()
    expect(gallery.locator(".player output")).to_have_text(re.compile("^(1[0-9]0|[89]0) kimg$"))
    gallery.locator(".player").get_by_role("button", name="Pause").click()


def test_dialogs_notes_and_tips_come_and_go(gallery: Any) -> None:
    gallery.get_by_role("button", name="Dialog").click()
    dialog = gallery.get_by_role("dialog", name="A dialog")
    assert dialog.is_visible()
    gallery.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    gallery.get_by_role("button", name="Ask").click()
    gallery.get_by_role("button", name="Stop it").click()
    gallery.get_by_role("dialog", name="Stop the run?").wait_for(state="hidden")
    gallery.get_by_role("button", name="Toast").click()
    gallery.get_by_role("button", name="Undo").click()
    gallery.get_by_text("It is back").wait_for()
    tip = gallery.locator(".tip", has_text="FID").last
    tip.focus()
    assert gallery.locator(".bubble").inner_text().startswith("Fréchet inception distance")
    gallery.keyboard.press("Escape")
    gallery.locator(".bubble").wait_for(state="hidden")


def test_a_form_tells_what_does_not_fit_where_it_is(gallery: Any) -> None:
    form = gallery.locator(".schema-form")
    form.get_by_role("searchbox").fill("batch")
    row = form.locator("[data-option=batch_size]")
    field = row.get_by_role("textbox")
    field.fill("0")
    field.press("Enter")
    assert row.get_by_role("alert").inner_text() == "should be at least 1"
    field.fill("12.5")
    field.press("Enter")
    assert row.get_by_role("alert").inner_text() == "a whole number is needed here"
    field.fill("128")
    field.press("Enter")
    assert row.get_by_text("changed", exact=True).is_visible()
    row.get_by_role("button", name="Reset batch_size to 64").click()
    assert field.input_value() == "64"
    form.get_by_role("searchbox").fill("no such thing")
    assert form.get_by_text("No option has").is_visible()
