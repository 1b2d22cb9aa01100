"""The report's section Health: verdict, time line, cards, and marks on the curves."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ganwright.health.diagnosis import DIAGNOSES
from ganwright.runs.report import write_report

from .ailing import GAINED, diagnosis, ended, event, failing, healthy, put, recovery, rescued, signals
from .page import Page


def page_of(make_run: Any, events: list[dict[str, Any]]) -> Page:
    return Page(write_report(put(make_run(), events)))


def words(page: Page) -> str:
    return " ".join(page.text.split())


def test_a_run_that_nobody_watched_has_no_such_section(make_run) -> None:
    page = Page(write_report(make_run()))
    assert 'id="health"' not in page.source
    assert "#health" not in {a["href"] for a in page.all("a")}
    assert (page.data["bands"], page.data["backs"]) == ([], [])


def test_a_healthy_run_says_so_and_draws_nothing(make_run) -> None:
    page = page_of(make_run, healthy())
    assert "Healthy: no failure was seen by" in words(page)
    assert "#health" in {a["href"] for a in page.all("a")}
    assert not page.all("article")
    assert not page.all("svg")
    assert "failing" not in words(page).lower()


def test_every_diagnosis_has_a_row_and_a_card(make_run) -> None:
    page = page_of(make_run, rescued())
    text = words(page)
    kinds = ("divergence", "full-collapse", "discriminator-overfitting", "memorisation")
    assert len(page.all("article")) == len(kinds)
    links = [a["href"] for a in page.all("a") if a.get("class") == "name"]
    assert links == [f"#{a['id']}" for a in page.all("article")]
    for kind in kinds:
        ailment = DIAGNOSES[kind]
        for part in (ailment.title, ailment.cause, ailment.advice):
            assert part in text
    for part in (
        "To be watched: the generator copies training items, since 105,000 images. It went back twice.",
        "To be watched from 28,000 to 32,000 images; failing from 32,000 to 45,000 images, found at 40,000.",
        "Failing from 52,000 to 60,000 images, found at 60,000.",
        "distinct samples 0.0234",
        "(1) At 45,000 images it went back to 30,000 images with the remedy lower-rates",
        "(attempt 1): both learning rates are divided by 10.",
        "optimisers.generator.learning_rate 2e-05",
        "penalties.0.kind r1 penalties.0.gamma 0.5",
    ):
        assert part in text, part


def test_what_was_gained_and_who_took_over(make_run) -> None:
    text = words(page_of(make_run, [*rescued(), *ended()]))
    assert GAINED in text
    assert "At 120,000 images its fork runs/x-fork (recipe 'rescued') takes over." in text


def test_what_was_not_done_is_told_too(make_run) -> None:
    assert "Nothing: the run was told to warn only. With --on-failure recover" in words(page_of(make_run, failing()))


def test_the_time_line_is_drawn_to_scale(make_run) -> None:
    page = page_of(make_run, failing())
    bands = [a for a in page.all("line") if a.get("class") == "band"]
    ends = {(a["x1"], a["x2"]) for a in bands}
    assert f"{100 * 32 / 120:.2f}%" in {x1 for x1, _ in ends}
    assert {(f"{100 * 32 / 120:.2f}%", "100.00%"), ("0.00%", "100.00%")} == ends  # and those of the key
    places = re.findall(r'(?:x1|x2|cx|x)="([-\d.]+)%"', page_of_source(make_run))
    assert places
    assert all(0 <= float(x) <= 100 for x in places)


def page_of_source(make_run: Any) -> str:
    folder = put(make_run(name="other"), [*rescued(), recovery(119_999, 500_000, "stalled")])
    return Page(write_report(folder)).source


def test_severity_is_told_without_colours(make_run) -> None:
    page = page_of(make_run, rescued())
    labels = [a["aria-label"] for a in page.all("svg") if "aria-label" in a]
    assert all(a.get("role") == "img" for a in page.all("svg") if "aria-label" in a)
    assert (
        "Full mode collapse: to be watched from 28,000 to 32,000 images; failing from 32,000 to 45,000 images; "
        "failing from 52,000 to 60,000 images"
    ) in labels
    assert any(label.startswith("1: at 45,000 images it went back to 30,000 images") for label in labels)
    unlabelled = [a for a in page.all("svg") if "aria-label" not in a and "x" not in a]
    assert all(a.get("aria-hidden") == "true" or "class" not in a for a in unlabelled)
    assert ".watch .band { stroke-width: 6; stroke-dasharray" in page.source
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert len(ids) == len(set(ids))
    assert {a["href"][1:] for a in page.all("a")} <= set(ids)


def test_the_curves_carry_the_marks(make_run) -> None:
    page = page_of(make_run, rescued())
    bands, backs = page.data["bands"], page.data["backs"]
    assert {"from": 32, "to": 45, "severity": "failing"} in bands
    assert {"from": 105, "to": 120, "severity": "watch"} in bands
    assert [b["severity"] for b in bands] == sorted((b["severity"] for b in bands), reverse=True)
    assert backs == [{"from": 45, "to": 30}, {"from": 60, "to": 50}]
    assert "A bar above a curve: failing; a dashed one: to be watched." in words(page)
    assert "An arrow leads from where the run went back" in words(page)


def test_nothing_is_fetched_and_texts_are_escaped(make_run) -> None:
    evil = '</script><img src=x onerror="alert(1)">'
    found = diagnosis("found", 9000, "stalled", title=evil, cause=evil, advice=evil, evidence={evil: 1.0})
    back = recovery(9500, 3000, "stalled", remedy=evil, changes={evil: evil})
    again = diagnosis("found", 9900, evil) if evil in DIAGNOSES else found | {"kind": evil, "num_images": 9900}
    page = page_of(make_run, [found, back, again])
    assert "onerror" not in {name for _, attributes in page.elements for name in attributes}
    assert "x" not in {a["src"] for a in page.all("img")}
    assert evil in page.text
    for _, attributes in page.elements:
        for name in ("src", "href", "xlink:href", "fill"):
            assert attributes.get(name, "#").startswith(("data:", "#"))


def test_odd_events_do_not_break_the_page(make_run) -> None:
    odd = [
        event("diagnosis", 5000),
        event("diagnosis", 6000, state="gone", kind="never found"),
        event("diagnosis", 7000, state="found", kind=3, severity="bad", onset_images="early", evidence=[1], title=None),
        event("diagnosis", 8000, state="found", kind="x", severity="failing", onset_images=10**9, evidence={"a": "b"}),
        event("recovery", 9000, back_to_images=-4, changes=3, attempt="first"),
        event("signals", 9000, values=None),
    ]
    page = page_of(make_run, odd)
    assert "Failing: x, since 8,000 images" in words(page)


def test_a_run_that_stopped_early_says_why(make_run) -> None:
    folder = make_run(num_images=60_000, ending={"type": "finished", "seconds": 30.0, "reason": "fid is <5"})
    assert "Finished early: fid is <5." in words(Page(write_report(folder)))


@pytest.mark.skipif(not shutil.which("chromium"), reason="no chromium to open the page with")
def test_it_fits_a_phone(make_run, tmp_path: Path) -> None:
    """Nothing is wider than the page, every mark lies inside of its row, and no script fails."""
    path = write_report(put(make_run(num_panels=3), [*rescued(), signals(119_000)]))
    probe = """<script>
    const inside = [...document.querySelectorAll(".timeline li > svg")].every((svg) => {
      const frame = svg.getBoundingClientRect();
      return [...svg.querySelectorAll("line, text, path")].every((shape) => {
        const box = shape.getBoundingClientRect();
        return box.left >= frame.left - 4 && box.right <= frame.right + 4;
      });
    });
    root.dataset.probe = [
      document.documentElement.scrollWidth <= innerWidth,
      inside,
      document.querySelectorAll(".timeline li").length,
    ].join("|");
    </script></body>"""
    copy = tmp_path / "probe.html"
    copy.write_text(path.read_text(encoding="utf-8").replace("</body>", probe), encoding="utf-8")
    command = [
        "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=360,800",
        f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=50", "--dump-dom", copy.as_uri(),
    ]  # fmt: skip
    dom = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout
    assert 'data-ready="yes"' in dom
    assert 'data-probe="true|true|5"' in dom
