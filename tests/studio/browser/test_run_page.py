"""One run: its curves live, its samples over time, its health in words, its config and log; and what can be done."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ganwright.core.events import EventWriter, read_events
from ganwright.studio import Studio

expect = pytest.importorskip("playwright.sync_api").expect
expect.set_options(timeout=15_000)
RUN = "/run/digits-tiny"
TABS = ["Overview", "Samples", "Health", "Evaluation", "Config", "Log"]


def test_no_barriers_on_any_part_and_it_fits_any_width(browser_page: Any, no_barriers: Callable[..., None]) -> None:
    page = browser_page(RUN, width=360)
    for width in (360, 2400):
        page.set_viewport_size({"width": width, "height": 800})
        for tab in TABS:
            page.get_by_role("tab", name=tab).click()
            page.wait_for_timeout(100)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, tab
    page.set_viewport_size({"width": 1280, "height": 800})
    for tab in TABS:
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
        if tab == "Overview":
            page.wait_for_selector(".u-over")
        no_barriers(page, both=True)


def test_its_standing_is_told_with_units(browser_page: Any) -> None:
    page = browser_page(RUN)
    figures = page.locator(".run-standing")
    expect(figures).to_contain_text("2.05 kimg")
    expect(figures).to_contain_text("img/s")
    tip = figures.locator(".tip", has_text="FID")
    tip.focus()
    expect(page.locator(".bubble")).to_contain_text("lower is better")


def test_curves_are_grouped_smoothed_and_put_on_a_log_scale(browser_page: Any) -> None:
    page = browser_page(RUN)
    losses = page.get_by_role("group", name="Chart: Losses")
    losses.locator(".u-over").wait_for()
    page.get_by_role("button", name="Health", exact=True).click()
    expect(page.get_by_role("heading", name="Health", exact=True)).to_be_visible()
    expect(losses).to_have_count(0)
    page.get_by_role("button", name="All", exact=True).click()
    expect(page.get_by_role("group", name=re.compile("^Chart: "))).not_to_have_count(0)
    page.get_by_role("button", name="Training", exact=True).click()
    page.get_by_role("switch", name="Smooth").uncheck(force=True)
    page.wait_for_url("**group=training&smooth=0")
    log = page.locator(".card", has=page.get_by_role("heading", name="Losses")).get_by_role("button", name="log")
    log.click()
    expect(log).to_have_attribute("aria-pressed", "true")


def test_a_stretch_that_is_zoomed_into_stands_in_the_address(browser_page: Any) -> None:
    page = browser_page(RUN)
    over = page.get_by_role("group", name="Chart: Losses").locator(".u-over")
    over.wait_for()
    box = over.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 40, steps=4)
    with page.expect_response(re.compile(r"/charts\?.*from=\d+&to=\d+")):
        page.mouse.up()
    page.wait_for_url(re.compile(r"from=[\d.]+&to=[\d.]+"))
    page.get_by_role("button", name="Whole length").click()
    page.wait_for_url(re.compile(r"/run/digits-tiny$"))


def test_hovered_values_are_told_on_all_charts(browser_page: Any) -> None:
    page = browser_page(RUN)
    charts = page.locator(".chart", has=page.locator(".u-over"))
    charts.nth(1).wait_for()
    box = charts.first.locator(".u-over").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40)
    places = page.locator(".chart-x span:first-child")
    expect(places.first).to_have_text(re.compile(r"^at \d"))
    assert places.nth(1).inner_text() == places.first.inner_text()


def test_samples_are_moved_through_in_time(browser_page: Any) -> None:
    page = browser_page(f"{RUN}?tab=samples")
    slider = page.get_by_role("slider", name="Images seen when the samples were made")
    count = int(slider.get_attribute("max")) + 1
    assert count >= 3
    expect(slider).to_have_value(str(count - 1))
    slider.press("Home")
    picture = page.locator(".samples-both img").first
    expect(picture).to_have_attribute("alt", re.compile("after 512 img"))
    page.wait_for_url("**at=**")
    page.get_by_role("button", name="Play").click()
    expect(slider).to_have_value(str(count - 1))
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(page.locator(".samples-both .card")).to_have_count(3)
    page.get_by_role("tab", name="Overview").click()
    page.get_by_role("radio", name="Fresh").check(force=True)
    expect(page.locator(".samples img")).to_have_attribute("alt", re.compile("new latents"))


def test_the_course_of_health_is_told_in_words(browser_page: Any, studio: Studio) -> None:
    events = studio.runs_dir / "digits-tiny" / "events.jsonl"
    EventWriter(events).write(
        "diagnosis",
        iteration=32,
        num_images=2_048,
        state="failing",
        kind="collapse",
        severity="failing",
        onset_images=1_024,
        evidence={"pairwise distance": 0.031},
        title="Full collapse",
        cause="All samples look alike.",
        advice="Add R1.",
    )
    page = browser_page(f"{RUN}?tab=health")
    episode = page.locator(".episode", has_text="Full collapse")
    expect(episode).to_contain_text("All samples look alike.")
    expect(episode).to_contain_text("Add R1.")
    expect(episode).to_contain_text("0.031")
    expect(page.get_by_role("img", name=re.compile("Full collapse from 1.02 kimg"))).to_be_visible()
    page.get_by_role("tab", name="Overview").click()
    expect(page.locator(".run-side")).to_contain_text("Full collapse")
    page.get_by_role("button", name="Details").click()
    expect(page.get_by_role("tab", name="Health")).to_have_attribute("aria-selected", "true")


def test_the_config_is_searched_and_shows_what_differs(browser_page: Any, studio: Studio) -> None:
    page = browser_page(f"{RUN}?tab=config")
    page.get_by_role("searchbox").fill("tick_images")
    expect(page.locator(".options tr")).to_have_count(1)
    expect(page.locator(".options tr")).to_contain_text("512")
    page.get_by_role("searchbox").fill("")
    page.get_by_role("switch", name="Only what differs").check(force=True)
    expect(page.locator(".options .differs")).not_to_have_count(0)
    expect(page.locator(".options tr:not(.differs)")).to_have_count(0)
    page.get_by_role("searchbox").fill("nothing of that name")
    expect(page.locator(".form-none")).to_be_visible()
    expect(page.locator(".command", has_text="Its folder")).to_contain_text(str(studio.runs_dir / "digits-tiny"))
    expect(page.locator(".command", has_text="To repeat it")).to_contain_text("ganwright train")


def test_the_log_is_newest_first_and_filtered(browser_page: Any, studio: Studio) -> None:
    events = read_events(studio.runs_dir / "digits-tiny" / "events.jsonl")
    page = browser_page(f"{RUN}?tab=log")
    rows = page.locator(".log tbody tr")
    expect(rows.first).to_contain_text("finished")
    page.get_by_label("Which events").select_option("checkpoint")
    expect(rows).to_have_count(sum(event["type"] == "checkpoint" for event in events))
    page.get_by_label("Which events").select_option("all")
    expect(rows).to_have_count(min(100, len(events)))


def test_what_a_run_writes_appears_without_a_reload(browser_page: Any, studio: Studio) -> None:
    page = browser_page(RUN)
    page.locator(".u-over").first.wait_for()
    writer = EventWriter(studio.runs_dir / "digits-tiny" / "events.jsonl")
    scalars = {"discriminator/loss": 7.5, "generator/loss": 3.25}
    writer.write("log", 40, 2_560, scalars=scalars, images_per_second=99.0, training_seconds=2.0)
    line = page.locator(".chart").first.get_by_role("button", name=re.compile("discriminator"))
    page.get_by_role("switch", name="Smooth").uncheck(force=True)
    expect(line.locator("b")).to_have_text("7.5", timeout=20_000)
    expect(page.locator(".run-standing")).to_contain_text("2.56 kimg")


def test_what_can_be_done_with_a_finished_run(browser_page: Any) -> None:
    page = browser_page(RUN)
    asked = []

    def answer(route: Any) -> None:
        asked.append(json.loads(route.request.post_data))
        route.fulfill(status=201, json={"id": "1", "run": "digits-tiny", "name": "digits-tiny", "place": 1})

    page.route("**/api/runs/digits-tiny/resume", answer)
    page.get_by_role("button", name="Go on").click()
    dialog = page.get_by_role("dialog")
    length = dialog.get_by_label("Length")
    length.fill("7")
    expect(dialog.get_by_role("alert")).to_contain_text("at least")
    expect(dialog.get_by_role("button", name="Go on")).to_be_disabled()
    length.fill("4096")
    dialog.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("digits-tiny goes on.")).to_be_visible()
    assert asked == [{"images": 4096}]
    for name, href in {
        "Explore": "/explore/digits-tiny",
        "Real or fake?": "/real-or-fake/digits-tiny",
        "Fork": "/new?from=digits-tiny",
    }.items():
        expect(page.locator(".page-actions").get_by_role("link", name=name)).to_have_attribute("href", href)
    with page.expect_download() as download:
        page.get_by_role("link", name="Report").click()
    assert "<html" in Path(download.value.path()).read_text(encoding="utf-8")


def test_a_deleted_run_leads_back_to_the_list_and_can_come_back(browser_page: Any, studio: Studio) -> None:
    page = browser_page(RUN)
    page.get_by_role("button", name="Delete digits-tiny").click()
    page.wait_for_url("**/runs")
    assert not (studio.runs_dir / "digits-tiny").exists()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".run-card")).to_have_count(1)


def test_a_run_that_is_not_there_says_so(browser_page: Any, window: Any) -> None:
    page = browser_page("/run/nothing")
    expect(page.get_by_role("alert")).to_contain_text("there is no run 'nothing'")
    expect(page.get_by_role("link", name="Runs").first).to_be_visible()
    assert all("404 (Not Found)" in line for line in window.strange)
    window.strange.clear()


POINTS = 100_000
LEAST_FRAMES = 30


def _main_thread(session: Any) -> float:
    """Seconds that the page's main thread has computed: of the processor, not of the clock, so load does not count."""
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return metrics["TaskDuration"]


def test_a_hundred_thousand_points_stay_smooth(browser_page: Any, studio: Studio) -> None:
    path = studio.runs_dir / "digits-tiny" / "events.jsonl"
    logged = {"discriminator/loss": 1.25, "generator/loss": 0.75, "gradient_norm/generator": 0.5}
    writer = EventWriter(path)
    first = writer.write("log", 33, 2_112, scalars=logged, images_per_second=50.0, training_seconds=9.0)
    with path.open("a", encoding="utf-8") as file:
        for i in range(1, POINTS):
            scalars = {name: value + 0.1 * ((i * 7919) % 13) for name, value in logged.items()}
            event = {**first, "num_images": 2_112 + 64 * i, "iteration": 33 + i, "scalars": scalars}
            file.write(json.dumps(event) + "\n")
    page = browser_page("/gallery")
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    with page.expect_response(re.compile("/charts"), timeout=240_000) as charts:
        page.goto(page.url.replace("/gallery", RUN))
    losses = next(chart for chart in charts.value.json()["charts"] if chart["id"] == "losses")
    assert losses["thinned"]
    assert 400 <= len(losses["x"]) <= 2_000
    over = page.locator(".u-over").first
    over.wait_for(timeout=60_000)
    page.wait_for_timeout(1_000)
    box = over.bounding_box()

    before, moves = _main_thread(session), 30
    for i in range(moves):
        page.mouse.move(box["x"] + 10 + (i * 17) % (box["width"] - 20), box["y"] + 50)
    page.wait_for_timeout(300)
    moving = (_main_thread(session) - before) / moves

    before, batches = _main_thread(session), 4
    for i in range(batches):
        writer.write(
            "log", 200_000 + i, 7_000_000 + 64 * i, scalars=logged, images_per_second=50.0, training_seconds=9.0
        )
        page.wait_for_timeout(400)
    adding = (_main_thread(session) - before) / batches
    assert moving <= 1 / LEAST_FRAMES
    assert adding <= 2 / LEAST_FRAMES  # new points are drawn five times a second at most
