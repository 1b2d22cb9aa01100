"""The pages Explore and Real or fake?: every control, by mouse and by keyboard."""

import re
import time
from pathlib import Path
from typing import Any

from PIL import Image

from ganwright import runs
from ganwright.core.pictures import TRAINED_ALGORITHMIC_MEDIA, read_mark
from ganwright.studio import Studio

RUN = "digits-tiny"
SLOW = 60_000  # milliseconds; the first page of a test loads a generator
STYLED = {
    "generator.conditional": True,
    "discriminator.conditional": True,
    "generator.capacity": 64,
    "generator.max_width": 8,
    "discriminator.capacity": 64,
    "discriminator.max_width": 8,
    "panel_size": 4,
}


def pixels(page: Any) -> str:
    return page.get_by_test_id("live").evaluate("canvas => canvas.toDataURL()")


def settled(page: Any, before: str) -> str:
    """The picture once it is another one."""
    end = time.monotonic() + SLOW / 1000
    while (now := pixels(page)) == before:
        assert time.monotonic() < end, "the picture stays as it is"
        page.wait_for_timeout(30)
    return now


def opened(browser_page: Any, address: str, **how: Any) -> tuple[Any, str]:
    page = browser_page(address, **how)
    page.set_default_timeout(SLOW)
    page.get_by_test_id("live").wait_for()
    blank = page.evaluate(
        "() => { const c = document.querySelector('[data-testid=live]'); const e = document.createElement('canvas');"
        " e.width = c.width; e.height = c.height; return e.toDataURL(); }"
    )
    return page, settled(page, blank)


def slide(page: Any, name: str, keys: str) -> None:
    page.get_by_role("slider", name=name, exact=True).first.press(keys)


def test_walking_by_mouse_and_keys(browser_page: Any, no_barriers: Any, until: Any) -> None:
    page, shown = opened(browser_page, f"/explore/{RUN}")
    pad = page.get_by_role("application")
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + 0.2 * box["height"])
    looked = settled(page, shown)
    page.mouse.move(box["x"] - 30, box["y"] - 30)
    assert settled(page, looked) == shown  # a look is only a look
    page.mouse.click(box["x"] + 0.9 * box["width"], box["y"] + 0.9 * box["height"])
    shown = settled(page, shown)
    until(page, "/x=0\\.[89]/.test(location.search)")
    pad.press("Shift+ArrowLeft")
    shown = settled(page, shown)
    slide(page, "Across", "Home")
    shown = settled(page, shown)
    slide(page, "Down", "Home")
    shown = settled(page, shown)
    page.get_by_role("textbox", name="Seed", exact=True).fill("7")
    page.get_by_role("textbox", name="Seed", exact=True).press("Enter")
    shown = settled(page, shown)
    page.get_by_role("textbox", name="Sample", exact=True).fill("3")
    page.get_by_role("textbox", name="Sample", exact=True).press("Enter")
    shown = settled(page, shown)
    until(page, "location.search.includes('seed=7') && location.search.includes('n=3')")
    _, same = opened(browser_page, page.url.partition(str(page.evaluate("location.origin")))[2])
    assert same == shown  # a link reopens the same view
    page.get_by_role("button", name="Another seed").click()
    settled(page, shown)
    no_barriers(page)


def test_truncation_directions_and_what_is_inside(
    browser_page: Any, no_barriers: Any, tmp_path: Path, until: Any
) -> None:
    page, first = opened(browser_page, f"/explore/{RUN}?tool=samples", dark=True)
    page.get_by_role("button", name="Sample 5", exact=True).click()
    shown = settled(page, first)
    slide(page, "Truncation", "Home")
    shown = settled(page, shown)
    slide(page, "Truncation", "End")
    shown = settled(page, shown)
    page.get_by_role("button", name="Component 2 to +3 standard deviations").click()
    shown = settled(page, shown)
    until(page, "location.search.includes('d=1:3')")
    slide(page, "Component 1", "ArrowRight")
    shown = settled(page, shown)
    page.get_by_role("button", name="All to 0").click()
    settled(page, shown)
    page.get_by_role("combobox", name="Layer", exact=True).select_option(index=1)
    page.get_by_role("img", name=re.compile("activation maps of")).wait_for()
    page.get_by_role("tab", name="Spectrum").click()
    page.get_by_text("Radially averaged power of 1,000 samples", exact=False).wait_for()
    with page.expect_download() as kept:
        page.get_by_role("link", name="Download").click()
    kept.value.save_as(tmp_path / "kept.png")
    assert read_mark(tmp_path / "kept.png")["digital_source_type"] == TRAINED_ALGORITHMIC_MEDIA
    page.get_by_role("combobox", name="Enlarged", exact=True).select_option("4")
    page.get_by_role("combobox", name="Shown", exact=True).select_option("4")
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Earlier").click()
    with page.expect_download():
        page.get_by_role("link", name="All 4").click()
    page.get_by_role("button", name="Use as B").click()
    page.get_by_role("group", name="Source B").wait_for()
    no_barriers(page)


def test_between_two(browser_page: Any) -> None:
    page, shown = opened(browser_page, f"/explore/{RUN}?tool=between")
    slide(page, "A to B", "Home")
    shown = settled(page, shown)
    page.get_by_role("button", name="75 % of the way to B").click()
    shown = settled(page, shown)
    page.get_by_role("group", name="Source A").get_by_role("textbox", name="Sample").fill("9")
    page.get_by_role("group", name="Source A").get_by_role("textbox", name="Sample").press("Enter")
    shown = settled(page, shown)
    page.get_by_role("button", name="Another B").click()
    shown = settled(page, shown)
    page.get_by_role("button", name="Play").click()
    shown = settled(page, shown)
    page.get_by_role("button", name="Pause").click()


def test_styles_are_mixed(browser_page: Any, studio: Studio, no_barriers: Any, until: Any) -> None:
    runs.train("stylegan2", "digits", out=studio.runs_dir / "styled", images=128, preset="small", options=STYLED)
    page, shown = opened(browser_page, "/explore/styled?tool=mix&label=2&label2=8")
    page.get_by_text("Layers 0 to 1 follow A, 2 to 3 follow B.").wait_for()
    slide(page, "Crossover", "Home")
    shown = settled(page, shown)
    page.get_by_role("button", name="All layers follow A").click()
    shown = settled(page, shown)
    page.get_by_text("Layer by layer").click()
    slide(page, "Layer 1", "End")
    shown = settled(page, shown)
    until(page, "location.search.includes('mix=0,1,0,0')")
    page.get_by_role("combobox", name="Class of B", exact=True).select_option("5")
    shown = settled(page, shown)
    page.get_by_role("combobox", name="Class", exact=True).select_option("7")
    shown = settled(page, shown)
    slide(page, "Truncation", "Home")
    shown = settled(page, shown)
    slide(page, "Cut-off layer", "Home")
    shown = settled(page, shown)
    page.get_by_role("radio", name="Off", exact=True).check()
    page.get_by_role("radio", name="Random", exact=True).check()
    page.get_by_role("radio", name="Seed", exact=True).check()
    page.get_by_role("button", name="Other noise").click()
    page.get_by_role("radio", name="Classes", exact=True).check()
    page.get_by_role("button", name="Find directions of classes").click()
    page.get_by_role("combobox", name="Layers that follow", exact=True).wait_for()
    page.get_by_role("combobox", name="Layers that follow", exact=True).select_option("coarse")
    page.get_by_role("slider", name="3", exact=True).press("End")
    settled(page, shown)
    no_barriers(page)


def test_a_picture_is_found(browser_page: Any, tmp_path: Path, until: Any) -> None:
    page, shown = opened(browser_page, f"/explore/{RUN}?tool=find", width=360)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    (tmp_path / "no.png").write_bytes(b"no picture")
    page.locator("input[type=file]").set_input_files(tmp_path / "no.png")
    page.get_by_text("no picture that can be read", exact=False).wait_for()
    Image.new("RGB", (30, 20), (200, 200, 200)).save(tmp_path / "grey.png")
    page.locator("input[type=file]").set_input_files(tmp_path / "grey.png")
    page.get_by_alt_text("Your picture as the generator would have to make it").wait_for()
    page.get_by_role("radio", name="Pixels alone", exact=True).check()
    slide(page, "Steps", "Home")
    page.get_by_role("button", name="Find it").click()
    page.get_by_text("Off in pixels").wait_for()
    settled(page, shown)
    until(page, "location.search.includes('found=')")
    page.get_by_role("button", name="Use as A").click()
    page.get_by_text("Found for your picture.").wait_for()
    page.get_by_role("button", name="Take a sample").click()


def test_points_have_a_net(browser_page: Any, studio: Studio, no_barriers: Any, until: Any) -> None:
    runs.train("rpgan-r1r2", "ring8", out=studio.runs_dir / "ring", images=256)
    page = browser_page("/explore/ring", dark=True)
    page.set_default_timeout(SLOW)
    page.get_by_text(re.compile("The item at this place is")).wait_for()
    before = page.get_by_text(re.compile("The item at this place is")).text_content()
    page.get_by_role("application").press("ArrowRight")
    until(page, f"!document.body.innerText.includes({before!r})")
    page.get_by_role("tab", name="Between two").click()
    slide(page, "A to B", "End")
    page.get_by_text("100 % of the way", exact=False).wait_for()
    no_barriers(page)


def test_runs_to_choose_from(browser_page: Any, no_barriers: Any) -> None:
    page = browser_page("/explore")
    page.get_by_role("link", name=re.compile(RUN)).click()
    page.get_by_test_id("live").wait_for()
    page = browser_page("/real-or-fake")
    page.get_by_role("link", name=re.compile(RUN)).wait_for()
    no_barriers(page)


def take(page: Any, keys: str, num: int) -> None:
    for i in range(num):
        page.keyboard.press(keys[i % len(keys)])


def test_real_or_fake_one_at_a_time(browser_page: Any, studio: Studio, no_barriers: Any) -> None:
    page = browser_page(f"/real-or-fake/{RUN}")
    page.set_default_timeout(SLOW)
    page.get_by_role("slider", name="Pictures").press("Home")
    no_barriers(page)
    page.get_by_role("button", name="Begin").click()
    page.get_by_text("Is it real?").wait_for()
    shown = page.get_by_alt_text("Is this picture real?").get_attribute("src")
    assert shown.startswith("blob:")
    no_barriers(page)
    page.get_by_role("button", name="Real R").click()
    page.get_by_role("button", name="Fake F").click()
    page.reload()  # the test goes on where it was
    page.get_by_role("region", name="Question 3 of 10").wait_for()
    take(page, "rf", 8)
    page.get_by_text("Fakes taken for real").wait_for()
    assert (studio.runs_dir / RUN / "human.jsonl").read_text().count("\n") == 1
    page.get_by_text(re.compile("that fooled you|What you saw right")).first.wait_for()
    no_barriers(page)
    page.get_by_role("button", name="Another test").click()
    page.get_by_role("table", name="Results of this run's tests").get_by_text("one at a time").wait_for()


def test_real_or_fake_in_pairs_for_a_moment(browser_page: Any, no_barriers: Any) -> None:
    page = browser_page(f"/real-or-fake/{RUN}?n=10", dark=True, width=360)
    page.set_default_timeout(SLOW)
    page.get_by_role("radio", name="In pairs", exact=True).check()
    page.get_by_role("combobox", name="Seen for", exact=True).select_option("0.25")
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("img", name="The picture is hidden now").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="The left one is real").click()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("1")
    page.get_by_role("button", name="End here").click()
    page.get_by_text("Wrong choices").wait_for()
    page.get_by_text(re.compile("of 3")).first.wait_for()
    no_barriers(page)


def test_giving_up_leads_back(browser_page: Any) -> None:
    page = browser_page(f"/real-or-fake/{RUN}")
    page.set_default_timeout(SLOW)
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("button", name="Give up").click()
    page.get_by_role("button", name="Begin").wait_for()
