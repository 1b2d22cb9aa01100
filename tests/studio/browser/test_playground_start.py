"""The playground in a browser: games that go on from a run of the folder, and the pen by keyboard."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ganwright import recipes, runs
from ganwright.studio import Studio

expect.set_options(timeout=15_000)
OpenPage = Callable[..., Page]
PATIENCE = 120_000  # of the first game: its process has to start
SMALL = {
    "seed": 100,
    "data.std": 0.05,
    "batch_size": 32,
    "generator.hidden": [16, 16],
    "discriminator.hidden": [16, 16],
    "generator.latent_size": 8,
    "loss.kind": "hinge",
    "log_images": 320,
    "tick_images": 640,
    "panel_size": 16,
}


@pytest.fixture(scope="session")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small run of relativistic pairing's recipe on the ring, under hinge; not to be changed."""
    folder = tmp_path_factory.mktemp("rings") / "ring"
    runs.train(recipes.rpgan_r1r2().override(SMALL), out=folder, images=640)
    return folder


@pytest.fixture
def there(studio: Studio, ring: Path) -> Path:
    recipes.rpgan_r1r2().override({**SMALL, "pack": 2}).write(studio.runs_dir / "packed" / "run.toml")
    return Path(shutil.copytree(ring, studio.runs_dir / "group" / "ring"))


def begun(page: Page) -> None:
    page.locator(".pg-rate b").wait_for(timeout=PATIENCE)


def test_a_game_goes_on_from_a_run(there: Path, browser_page: OpenPage, no_barriers: Callable[[Any], None]):
    page = browser_page("/run/group~2ring")
    page.get_by_role("link", name="Play with this run").click()
    expect(page).to_have_url(re.compile(r"/playground\?run=group~2ring$"))
    begun(page)
    expect(page.locator(".pg-rate b")).to_have_text("20")
    expect(page.get_by_label("Loss", exact=True)).to_have_value("hinge")
    expect(page.get_by_label("Penalty on D", exact=True)).to_have_value("r1-r2")
    expect(page.locator(".pg-facts")).to_contain_text("ring8, spread 0.05")
    expect(page.locator(".pg-origin")).to_contain_text("stays at its last value")
    page.locator(".pg-unfit summary").click()
    expect(page.locator(".pg-unfit")).to_contain_text("packed: its points are judged in packs.")
    no_barriers(page)
    page.get_by_role("button", name="Step", exact=True).click()
    expect(page.locator(".pg-rate b")).to_have_text("21")
    page.get_by_label("Loss", exact=True).select_option("wasserstein")
    expect(page).to_have_url(re.compile(r"loss=wasserstein"))
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(".pg-rate b")).not_to_have_text("21")
    expect(page.locator(".problem")).to_have_count(0)

    page.reload()  # the address opens the same start
    begun(page)
    expect(page.locator(".pg-rate b")).to_have_text("20")
    expect(page.get_by_label("Loss", exact=True)).to_have_value("wasserstein")

    page.get_by_role("radio", name="From scratch").check()
    expect(page).to_have_url(re.compile(r"/playground$"))
    expect(page.locator(".pg-rate b")).to_have_text("0")
    expect(page.get_by_label("Loss", exact=True)).to_have_value("non-saturating")
    page.get_by_role("radio", name="From a run").check()  # takes the one that fits
    expect(page).to_have_url(re.compile(r"run=group~2ring"))
    expect(page.locator(".pg-rate b")).to_have_text("20")


def test_a_run_that_does_not_fit_is_told(browser_page: OpenPage):
    page = browser_page("/playground?run=digits-tiny")
    expect(page.locator(".problem")).to_contain_text("not a distribution in the plane", timeout=PATIENCE)
    page.get_by_role("radio", name="From scratch").check()
    begun(page)
    expect(page.locator(".problem")).to_have_count(0)


def test_a_drawing_is_made_by_keyboard(browser_page: OpenPage, no_barriers: Callable[[Any], None]):
    page = browser_page("/playground?batch=32&width=16&data=drawing")
    begun(page)
    pad, said = page.locator(".pg-pad-canvas canvas"), page.locator(".pg-pad [role=status]")
    assert pad.get_attribute("tabindex") == "0"
    help = page.locator(f"#{pad.get_attribute('aria-describedby')}")
    expect(help).to_contain_text("arrow keys move the pen")
    page.get_by_role("radio", name="Drawing").focus()
    page.keyboard.press("Tab")
    expect(pad).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(said).to_have_text("-0.05, 0")
    for _ in range(2):
        page.keyboard.press("Shift+ArrowUp")
    expect(said).to_have_text("-0.05, 0.5")
    page.keyboard.press(" ")
    expect(said).to_have_text("Pen down at -0.05, 0.5.")
    expect(page).to_have_url(re.compile("^((?!own-).)*$"))
    for _ in range(4):
        page.keyboard.press("Shift+ArrowRight")
    expect(said).to_have_text("0.95, 0.5, drawing, 21 points")
    page.keyboard.press("ArrowDown")
    expect(said).to_contain_text("22 points")
    page.keyboard.press("Enter")
    expect(said).to_have_text("Pen up. The drawing has 22 points.")
    expect(page).to_have_url(re.compile("drawing=own-.{88}$"))
    expect(pad).to_have_attribute("aria-label", "Drawing pad with 22 points")
    page.keyboard.press("Backspace")
    expect(said).to_have_text(re.compile(r"^4 points erased; 18 left\.$"))
    expect(page).to_have_url(re.compile("drawing=own-.{72}$"))
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_visible()  # Space was the pen's
    no_barriers(page)


def test_after_a_stroke_with_the_mouse_the_keys_are_the_page_s(browser_page: OpenPage):
    page = browser_page("/playground?batch=32&width=16&data=drawing")
    begun(page)
    pad = page.locator(".pg-pad-canvas canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 100, box["y"] + 20, steps=4)
    page.mouse.up()
    expect(page).to_have_url(re.compile("drawing=own-.{40,}$"))
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
