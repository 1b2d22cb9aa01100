"""A new run: data, recipe and options are chosen, told at once where they do not fit, estimated, and started."""

import io
import json
import re
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ganwright.core.limits import Limits
from ganwright.studio import Studio
from ganwright.studio.jobs import estimates

expect = pytest.importorskip("playwright.sync_api").expect
expect.set_options(timeout=15_000)


def _pictures(count: int) -> bytes:
    """A zip of small pictures in two folders."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for i in range(count):
            picture = io.BytesIO()
            Image.new("RGB", (16, 16), (8 * i, 90, 200 - 5 * i)).save(picture, "PNG")
            archive.writestr(f"{'ab'[i % 2]}/{i}.png", picture.getvalue())
    return packed.getvalue()


def _catch_start(page: Any) -> list[dict[str, Any]]:
    asked: list[dict[str, Any]] = []

    def answer(route: Any) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        asked.append(json.loads(route.request.post_data))
        route.fulfill(status=201, json={"id": "1", "page": "/run/digits-tiny", "name": "digits-tiny", "place": 1})

    page.route("**/api/jobs", answer)
    return asked


def test_no_barriers_and_it_fits_any_width(browser_page: Any, no_barriers: Callable[..., None]) -> None:
    page = browser_page("/new?recipe=mlp&options=all")
    page.locator(".schema-form").wait_for()
    page.get_by_role("button", name=re.compile("^Generator")).click()
    no_barriers(page, both=True)
    for width in (360, 2400, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_timeout(100)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.goto(page.url.replace("&options=all", ""))  # the form has been looked at
    for tab in ("A folder", "Upload a zip"):
        page.get_by_role("tab", name=tab).click()
        no_barriers(page, both=True)


def test_a_choice_is_made_and_started(browser_page: Any) -> None:
    page = browser_page("/new")
    page.set_default_timeout(30_000)
    asked = _catch_start(page)
    page.get_by_role("radio", name=re.compile("^Ring of 8")).check()
    page.get_by_placeholder(re.compile("recipes")).fill("perceptrons")
    page.get_by_role("radio", name=re.compile("^mlp Two")).check()
    page.get_by_role("textbox", name="Length", exact=True).fill("4096")
    page.get_by_role("textbox", name="Seed", exact=True).fill("7")
    page.get_by_label("When training fails", exact=True).select_option("recover")
    page.get_by_role("textbox", name="Name", exact=True).fill("mine")
    start = page.get_by_role("button", name="Start", exact=True)
    expect(start).to_be_enabled()
    expect(page.locator(".new-estimate")).to_contain_text("4.1 kimg")
    page.wait_for_timeout(300)
    page.reload()
    expect(page.get_by_role("textbox", name="Seed", exact=True)).to_have_value("7")
    expect(start).to_be_enabled()
    start.click()
    page.wait_for_url("**/run/digits-tiny")
    (request,) = asked
    wanted = {"data": "ring8", "recipe": "mlp", "images": 4096, "seed": 7, "name": "mine", "on_failure": "recover"}
    assert {key: request[key] for key in wanted} == wanted


def test_what_would_pass_a_limit_is_told_before_it_starts(
    browser_page: Any, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = "import json; print(json.dumps({'config': {}, 'seconds': 9e4, 'peak_bytes': 9e11}))"
    monkeypatch.setattr(estimates, "PROGRAM", (sys.executable, "-S", "-c", trial))
    object.__setattr__(studio, "limits", Limits(1e12, 86_400))
    page = browser_page("/new?data=ring8&recipe=mlp")
    expect(page.get_by_text("A job may take 24 h and 1 TB of memory")).to_be_visible()
    told = page.locator(".new-estimate").get_by_role("alert")
    expect(told.first).to_have_text(re.compile("^It would take about 25 h 00 min, and a job may take 24 h"))
    expect(told.last).to_have_text(re.compile("^A trial took 900 GB of memory, and a job may take 1e.03 GB"))
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_enabled()


def test_options_are_searched_changed_marked_and_reset(browser_page: Any) -> None:
    page = browser_page("/new?recipe=mlp&options=all")
    asked = _catch_start(page)
    form = page.locator(".schema-form")
    form.get_by_role("searchbox").fill("latent_size")
    row = form.locator("[data-option='generator.latent_size']")
    row.get_by_role("textbox").fill("12")
    row.get_by_role("textbox").press("Enter")
    expect(row.get_by_text("changed", exact=True)).to_be_visible()
    row.get_by_role("textbox").fill("-1")
    row.get_by_role("textbox").press("Enter")
    expect(row.get_by_role("alert")).to_contain_text("should be at least 1")
    row.get_by_role("textbox").fill("24")
    row.get_by_role("textbox").press("Enter")
    form.get_by_role("radio", name=re.compile("Changed")).check(force=True)
    form.get_by_role("searchbox").fill("")
    expect(form.locator(".form-row")).to_have_count(1)
    start = page.get_by_role("button", name="Start", exact=True)
    expect(start).to_be_enabled()
    start.click()
    page.wait_for_url("**/run/digits-tiny")
    assert asked[0]["options"] == {"generator.latent_size": 24}
    page.go_back()
    row.get_by_role("button", name=re.compile("Reset")).click()
    expect(row.get_by_text("changed", exact=True)).to_have_count(0)


def test_another_kind_brings_its_own_options(browser_page: Any) -> None:
    page = browser_page("/new?recipe=mlp&options=all")
    form = page.locator(".schema-form")
    form.get_by_role("searchbox").fill("loss.")
    expect(form.locator("[data-option='loss.real_label']")).to_be_visible()
    form.locator("[data-option='loss.kind']").get_by_role("combobox").select_option("wasserstein")
    expect(form.locator("[data-option='loss.drift']")).to_be_visible()
    expect(form.locator("[data-option='loss.real_label']")).to_have_count(0)


def test_what_does_not_fit_is_told_at_its_field_and_nothing_starts(browser_page: Any) -> None:
    wrong = json.dumps({"generator.widht": 3, "batch_size": 0})
    page = browser_page(f"/new?recipe=mlp&set={wrong}")
    alerts = page.locator(".schema-form [role=alert]")
    expect(alerts).not_to_have_count(0)
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_disabled()
    page.get_by_role("button", name="Drop it").click()
    expect(page.locator("[data-option='batch_size']").get_by_role("alert")).to_be_visible()
    page.get_by_role("button", name=re.compile("Reset batch_size")).click()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_enabled()
    page.get_by_role("textbox", name="Length", exact=True).fill("many")
    expect(page.get_by_text("a whole number above 0 is needed here")).to_be_visible()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_disabled()


def test_a_zip_is_sent_looked_through_chosen_and_deleted(browser_page: Any) -> None:
    page = browser_page("/new")
    page.set_default_timeout(30_000)
    page.get_by_role("tab", name="Upload a zip").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a zip of pictures").click()
    chooser.value.set_files({"name": "my faces.zip", "mimeType": "application/zip", "buffer": _pictures(12)})
    expect(page.get_by_role("radio", name=re.compile("my-faces"))).to_be_checked(timeout=30_000)
    expect(page.locator(".upload")).to_contain_text("12 pictures")
    expect(page.locator(".audit")).to_contain_text("What was found", timeout=30_000)
    page.get_by_role("button", name="Delete the upload my-faces").click()
    expect(page.locator(".upload")).to_have_count(0)


def test_a_zip_that_is_none_is_refused_in_words(browser_page: Any) -> None:
    page = browser_page("/new")
    page.get_by_role("tab", name="Upload a zip").click()
    page.locator("input[type=file]").set_input_files(
        {"name": "x.zip", "mimeType": "application/zip", "buffer": b"no zip at all"}
    )
    expect(page.locator(".data-choice .field-problem")).to_contain_text("zip")


def test_a_folder_is_named_and_looked_through(browser_page: Any, studio: Studio, tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(_pictures(8))) as archive:
        archive.extractall(studio.runs_dir / "faces")
    page = browser_page("/new")
    page.get_by_role("tab", name="A folder").click()
    page.get_by_role("combobox", name="Path", exact=True).fill(str(studio.runs_dir / "faces"))
    page.get_by_role("combobox", name="Path", exact=True).press("Enter")
    expect(page.locator(".audit")).to_contain_text("What was found", timeout=30_000)
    page.wait_for_url("**data=folder:**")


def test_a_fork_begins_with_another_run(browser_page: Any) -> None:
    page = browser_page("/new?from=digits-tiny")
    asked = _catch_start(page)
    expect(page.locator("h1")).to_have_text("Fork a run")
    expect(page.get_by_text("it keeps its own data")).to_be_visible()
    start = page.get_by_role("button", name="Start", exact=True)
    expect(start).to_be_enabled()
    start.click()
    page.wait_for_url("**/run/digits-tiny")
    assert (asked[0]["from_run"], asked[0]["recipe"], asked[0]["data"]) == ("digits-tiny", None, None)
    page.go_back()
    page.get_by_role("button", name="Start afresh instead").click()
    expect(page.locator("h1")).to_have_text("New run")
