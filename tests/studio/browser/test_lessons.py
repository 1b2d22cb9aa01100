"""The page Lessons: the contents, a chapter, running it with a click, and the question at its end."""

import io
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ganwright.lessons import LESSONS
from ganwright.lessons.base import Panels
from ganwright.studio.jobs import job

from ..test_jobs import TRAINER


def test_a_chapter_and_its_question(browser_page, until) -> None:
    page = browser_page("/lessons")
    page.wait_for_selector(".lessons-card")
    assert page.locator(".lessons-card").count() == len(LESSONS)
    page.get_by_text("The loss that falls silent").click()
    page.get_by_role("heading", name="4. The loss that falls silent").wait_for()
    answer = page.get_by_role("button", name="Answer", exact=True)
    assert answer.is_disabled()
    page.get_by_label("Both derivatives").check()
    answer.click()
    page.get_by_text("Not quite.").wait_for()
    page.get_by_role("button", name="Ask me again").click()
    page.get_by_label("Its derivative with respect to D's logit").check()
    answer.click()
    page.get_by_text("Right.").wait_for()
    page.reload()
    page.get_by_text("Right.").wait_for()  # kept in this browser
    page.get_by_role("combobox", name="On").select_option("mnist")
    until(page, "location.search.includes('data=mnist')")
    page.get_by_role("textbox", name="Seed").fill("12")
    page.get_by_role("textbox", name="Seed").press("Enter")
    until(page, "document.body.innerText.includes('--seed 12')")
    page.get_by_role("navigation", name="Chapters").get_by_text("Spectral normalisation").click()
    page.get_by_role("heading", name="5. Spectral normalisation").wait_for()
    page.get_by_role("link", name="All lessons").click()
    page.get_by_text("question answered", exact=False).first.wait_for()


def test_a_lesson_runs_with_a_click_and_stops(browser_page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "trainer.py").write_text(TRAINER)
    monkeypatch.setattr(job, "PROGRAM", (sys.executable, str(tmp_path / "trainer.py")))
    page = browser_page("/lessons/first-gan?seed=9")
    page.get_by_role("button", name="Run it", exact=True).click()
    stop = page.get_by_role("button", name="Stop", exact=True)
    stop.wait_for()
    page.get_by_role("progressbar").first.wait_for()
    stop.click()
    again = page.get_by_role("button", name="Run it", exact=True).or_(page.get_by_role("button", name="Go on"))
    again.wait_for()


@pytest.mark.parametrize(("dark", "ground"), [(False, (255, 255, 255)), (True, (24, 27, 31))])
def test_in_the_dark_charts_turn_their_ink_and_pictures_lie_on_paper(
    browser_page, dark: bool, ground: tuple[int, int, int]
) -> None:
    def drawn(route: Any) -> None:
        told = route.fetch().json()
        route.fulfill(json={**told, "figures": [{**figure, "drawn": 1} for figure in told["figures"]]})

    paper = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(paper, "PNG")
    page = browser_page("/lessons", dark=dark)
    page.route("**/api/lessons/first-gan?*", drawn)
    page.route("**/figure?*", lambda route: route.fulfill(body=paper.getvalue(), content_type="image/png"))
    page.locator(".lessons-card").first.click()
    pictures = page.locator(".lessons-figure img")
    figures = LESSONS["first-gan"].figures
    for place, figure in enumerate(figures):
        picture = Image.open(io.BytesIO(pictures.nth(place).screenshot())).convert("RGB")
        middle = picture.getpixel((picture.width // 2, picture.height // 2))
        assert middle == ((255, 255, 255) if isinstance(figure, Panels) else ground)
    assert {isinstance(figure, Panels) for figure in figures} == {True, False}


def test_no_barriers(browser_page, no_barriers) -> None:
    for path, dark, width in (("", False, 1280), ("/counterfeiter", True, 360), ("/collapse", False, 360)):
        page = browser_page(f"/lessons{path}", dark=dark, width=width)
        page.wait_for_selector(".lessons-quiz, .lessons-card")
        no_barriers(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
