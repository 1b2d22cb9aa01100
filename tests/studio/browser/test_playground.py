"""The playground in a browser: every control, both themes, a narrow screen, no barrier."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

OpenPage = Callable[..., Page]
PATIENCE = 60_000  # of the first game: its process has to start


def iterations(page: Page) -> int:
    return int(page.locator(".pg-rate b").inner_text().replace(",", ""))


def opened(browser_page: OpenPage, query: str = "", **more: Any) -> Page:
    page = browser_page(f"/playground?batch=32&width=16{query}", **more)
    page.locator(".pg-rate b").wait_for(timeout=PATIENCE)
    return page


def test_a_game_is_run_stepped_told_and_begun_again(browser_page: OpenPage, no_barriers: Callable[[Any], None]):
    page = opened(browser_page)
    assert iterations(page) == 0
    page.get_by_role("button", name="Step", exact=True).click()
    expect(page.locator(".pg-rate b")).to_have_text("1")
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("s")
    expect(page.locator(".pg-rate b")).to_have_text("2")
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.locator(".pg-rate")).to_contain_text("pictures a second")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_visible()

    page.get_by_role("button", name="Slow motion").click()
    expect(page.locator(".pg-story")).to_contain_text("1 of 8")
    page.get_by_role("button", name="Hold").click()
    told = [page.locator(".pg-story-text").inner_text()]
    for scene in range(2, 9):
        page.get_by_role("button", name="Next", exact=True).click()
        expect(page.locator(".pg-story-title")).to_contain_text(f"{scene} of 8")
        told.append(page.locator(".pg-story-text").inner_text())
    assert len(set(told)) == 8
    assert re.search(r"moves? by [\d.]+ %", told[5])
    assert not re.search("undefined|NaN|null", "".join(told))
    no_barriers(page)
    before = iterations(page)
    page.get_by_role("button", name="Next step of the game").click()
    expect(page.locator(".pg-rate b")).to_have_text(str(before + 1))
    page.get_by_role("button", name="Leave slow motion").click()
    expect(page.locator(".pg-story")).to_have_count(0)
    page.get_by_role("button", name="Reset").click()
    expect(page.locator(".pg-rate b")).to_have_text("0")


def test_every_rule_and_switch_changes_the_running_game(browser_page: OpenPage):
    page = opened(browser_page)
    page.get_by_role("button", name="Run", exact=True).click()
    for label in ("D off", "D ×10", "No noise", "G ×5"):  # noqa: RUF001
        switch = page.get_by_role("switch", name=label)
        switch.focus()
        page.keyboard.press(" ")
        expect(switch).to_be_checked()
        expect(page.locator(".pg-breaks li", has=switch).locator(".hint")).to_be_visible()
        if label.startswith("D"):
            expect(page.locator(".pg-health")).to_contain_text("the discriminator takes")
        page.keyboard.press(" ")
        expect(switch).not_to_be_checked()
    page.get_by_label("Loss", exact=True).select_option("wasserstein")
    page.get_by_label("Penalty on D", exact=True).select_option("gp")
    for label in ("Strength of the penalty", "D's learning rate", "G's learning rate", "D's steps to one of G"):
        page.get_by_role("slider", name=label, exact=True).press("ArrowRight")
    page.get_by_role("slider", name="Noise on what D sees").press("ArrowRight")
    page.get_by_role("slider", name="Speed").press("ArrowRight")
    page.get_by_role("radio", name="Uniform").check()
    expect(page).to_have_url(re.compile("loss=wasserstein.*"))
    for part in ("penalty=gp", "latent=uniform", "dsteps=2", "inoise=0.01"):
        expect(page).to_have_url(re.compile(re.escape(part)))
    before = iterations(page)
    expect(page.locator(".pg-rate b")).not_to_have_text(str(before))
    expect(page.locator(".problem")).to_have_count(0)

    layers = page.get_by_role("list", name="Layers of the plane").get_by_role("button")
    assert layers.count() == 7
    for layer in layers.all():
        pressed = layer.get_attribute("aria-pressed")
        layer.click()
        expect(layer).to_have_attribute("aria-pressed", "false" if pressed == "true" else "true")


def test_data_are_chosen_and_drawn(browser_page: OpenPage, no_barriers: Callable[[Any], None]):
    page = opened(browser_page, dark=True, width=360, height=740)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("radio", name="Grid").check()
    expect(page.locator(".pg-modes h2")).to_contain_text("of 25 modes")
    page.get_by_role("radio", name="Drawing").check()
    expect(page.locator(".pg-modes h2")).to_contain_text("of 12 regions")
    page.get_by_label("Shape", exact=True).select_option("text")
    page.get_by_label("Letters", exact=True).fill("Q")
    expect(page).to_have_url(re.compile("drawing=text-Q"))
    pad = page.locator(".pg-pad-canvas canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 150, box["y"] + 120, steps=6)
    page.mouse.up()
    expect(page).to_have_url(re.compile("drawing=own-"))
    page.get_by_role("slider", name="Spread").press("ArrowRight")
    page.get_by_role("button", name="Other random numbers").click()
    expect(page.get_by_text("seed 1")).to_be_visible()
    no_barriers(page)
    page.get_by_role("button", name="Clear the drawing").click()
    expect(page).to_have_url(re.compile("^((?!own-).)*$"))
    page.reload()
    page.locator(".pg-rate b").wait_for(timeout=PATIENCE)
    expect(page.locator(".pg-modes h2")).to_contain_text("of 12 regions")


def test_a_game_is_saved_as_a_config(browser_page: OpenPage):
    page = opened(browser_page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as a config").click()
    assert download.value.suggested_filename == "game.toml"
    assert 'kind = "ring8"' in download.value.path().read_text()


def test_a_trained_state_is_made_in_sight_and_then_the_game_is_the_player_s(
    browser_page: OpenPage,
):
    page = opened(browser_page, "&start=trained")
    expect(page.locator(".pg-making, .pg-rate")).not_to_have_count(0)
    expect(page.locator(".pg-making")).to_have_count(0, timeout=3 * PATIENCE)
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_enabled()
    expect(page.locator(".pg-rate b")).to_have_text("0")
