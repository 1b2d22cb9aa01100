"""report.html: all of the run is on it, nothing is fetched, and nothing in the folder can break it."""

import base64
import io
import json
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from ganwright.core.errors import UserError
from ganwright.core.pictures import TRAINED_ALGORITHMIC_MEDIA, grid, write_png
from ganwright.runs.report import write_report
from ganwright.runs.report_charts import charts_of, plain_charts
from ganwright.runs.report_facts import PanelFiles, RunFacts
from ganwright.runs.report_panels import inlined, thin

from .page import Page


def decoded(address: str) -> bytes:
    return base64.b64decode(address.partition("base64,")[2])


def test_a_whole_run_is_on_the_page(make_run) -> None:
    folder = make_run(resumed_at=(48_000,), evaluations=3)
    path = write_report(folder)
    assert path == folder / "report.html"
    page = Page(path)
    for text in (
        "Finished.", "120,000", "66.78 epochs", "1 min 00 s", "1.81 M", "FID", "floor 1.93", "0.3055",
        "Frechet distance", "n real 898", "biased upwards", "features hash 3f1c9a7be201", "optimisers", "0.0001",
        "2.13.0", "9c0ffee1", "ganwright train digits --seed 3", "radford2015dcgan", "@software{ganwright",
    ):  # fmt: skip
        assert text.lower() in page.text.lower(), text
    assert "dcgan on digits" in " ".join(page.text.split())
    assert f"ganwright train --config {folder}/run.toml --out {folder}-again" in page.text
    assert "missing" not in page.text


def test_nothing_is_fetched(make_run) -> None:
    page = Page(write_report(make_run(num_panels=3)))
    policy = next(a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; img-src data:;")
    for tag, attributes in page.elements:
        for name in ("src", "href", "srcset", "action", "data"):
            if name in attributes:
                assert attributes[name].startswith(("data:", "#")), (tag, attributes[name][:80])
    styles = page.source.partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in styles
    assert "Copyright (c) 2022 Leon Sorokin" in page.source
    assert "@import" not in styles


def test_pictures_are_the_files_byte_for_byte_with_their_marks(make_run) -> None:
    folder = make_run(num_panels=3)
    page = Page(write_report(folder))
    made, real, *_ = [decoded(a["src"]) for a in page.all("img")]
    assert made == (folder / "samples/fixed-000000120000.png").read_bytes()
    assert real == (folder / "samples/real.png").read_bytes()
    assert TRAINED_ALGORITHMIC_MEDIA.encode() in made
    assert TRAINED_ALGORITHMIC_MEDIA.encode() not in real
    panels = page.data["panels"]
    assert [p["images"] for p in panels] == [40_000, 80_000, 120_000]
    assert decoded(panels[0]["fresh"]) == (folder / "samples/fresh-000000040000.png").read_bytes()


def test_the_page_can_be_used_without_eyes_or_mouse(make_run) -> None:
    page = Page(write_report(make_run(num_panels=3)))
    assert all(a["alt"] for a in page.all("img"))
    assert all(a.get("aria-label") for a in page.all("input") + page.all("nav"))
    charts = [a for a in page.all("div") if a.get("class") == "plot"]
    assert all(a["role"] == "img" for a in charts)
    assert any("Losses: discriminator from " in a["aria-label"] for a in charts)
    slider = page.all("input")[0]
    assert (slider["type"], slider["min"], slider["max"]) == ("range", "0", "2")
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert len(ids) == len(set(ids))
    assert {a["href"][1:] for a in page.all("a")} <= set(ids)
    for text in ("prefers-color-scheme: dark", "width=device-width", 'lang="en"'):
        assert text in page.source


def test_every_scalar_is_in_one_chart(make_run) -> None:
    facts = RunFacts(make_run(num_panels=1, evaluations=3, kind="points"))
    charts = charts_of(facts)
    assert [c.id for c in charts] == [
        "losses", "probabilities", "scores", "gradients", "figure-fid", "speed", "rates",
    ]  # fmt: skip
    assert sum(len(c.series) for c in charts if c.x is None) == len(facts.scalars)
    losses = charts[0]
    assert [(s.label, s.colour) for s in losses.series] == [("discriminator", "indigo"), ("generator", "orange")]
    assert [(s.label, s.colour) for s in charts[1].series] == [("real", "teal"), ("samples", "orange")]
    fid = charts[4]
    assert fid.x == [40, 80, 120]
    assert fid.series[1].values == [1.93] * 3
    plain = plain_charts(facts, charts)
    assert plain["x"] == list(range(1, 121))
    assert json.loads(json.dumps(plain, allow_nan=False))


def test_terms_without_a_chart_of_their_own_are_drawn_too(make_run) -> None:
    folder = make_run(num_panels=1)
    add(folder, {"type": "log", "scalars": {"generator/path_length": 1.5, "discriminator/penalty_r1": 0.2, "loss": 1}})
    labels = {c.id: [s.label for s in c.series] for c in charts_of(RunFacts(folder))}
    assert labels["other-generator"] == ["path length"]
    assert labels["other-discriminator"] == ["penalty r1"]
    assert labels["other-loss"] == ["loss"]


def test_gaps_and_non_finite_values_are_told(make_run) -> None:
    folder = make_run(bad_at=(70_000, 71_000), resumed_at=(48_000,), num_panels=2)
    page = Page(write_report(folder))
    losses = page.data["charts"][0]
    assert losses["bad"] == [69, 70]
    assert losses["series"][1]["values"][68:72].count(None) == 2
    assert losses["series"][0]["values"].count(None) == 0
    assert page.data["resumed"] == [48]
    assert "2 log entries hold non-finite values" in page.text
    assert "A dashed upright line marks where the run was resumed" in page.text


def test_long_logs_are_thinned_and_it_is_said(make_run) -> None:
    folder = make_run(log_images=12, num_panels=1, bad_at=(120,))
    page = Page(write_report(folder))
    assert len(page.data["x"]) == len(page.data["charts"][0]["series"][0]["values"]) == 3334
    assert "6,666 log entries in between are left out" in page.text
    assert page.data["charts"][0]["bad"] == [3]


@pytest.mark.parametrize(
    ("ending", "says", "kind"),
    [
        ({"type": "interrupted", "signal": "SIGINT"}, "Interrupted by SIGINT; the same command goes on", "interrupted"),
        ({"type": "failed", "reason": "loss is <nan>"}, "Failed: loss is <nan>", "failed"),
        ({}, "still going, or it was killed", "open"),
    ],
)
def test_other_endings(make_run, ending: dict[str, Any], says: str, kind: str) -> None:
    folder = make_run(ending=ending, num_images=60_000, num_panels=2)
    page = Page(write_report(folder))
    assert says in page.text
    assert RunFacts(folder).state.kind == kind
    assert "of 120,000" in page.text


def test_a_run_that_was_taken_up_again_is_open(make_run) -> None:
    folder = make_run(ending={"type": "interrupted", "signal": "SIGTERM"}, num_images=60_000, num_panels=1)
    add(folder, {"type": "resumed", "checkpoint": "x"})
    assert RunFacts(folder).state.kind == "open"


def test_what_was_chosen_stands_beside_the_config(make_run) -> None:
    told = {"chose": "rpgan-dcgan: convolutions 32 wide", "because": "60,000 gray images"}
    page = Page(write_report(make_run("chosen", auto=told)))
    assert "Chose: rpgan-dcgan: convolutions 32 wide." in page.text
    assert "Because: 60,000 gray images." in page.text
    assert "Because" not in Page(write_report(make_run("named"))).text


def test_text_of_the_run_is_escaped(make_run) -> None:
    evil = "</script><img src=x onerror=alert(1)>"
    folder = make_run(
        run={"recipe": evil, "data": f"folder:{evil}"},
        command=evil,
        citation=evil,
        environment={evil: evil},
        changed=[evil],
        auto={"chose": evil, "because": evil},
        ending={"type": "failed", "reason": evil},
        num_panels=2,
    )
    add(folder, {"type": "log", "scalars": {f"generator/{evil}": 1.0, f"{evil}/loss": 2.0}})
    add(folder, {"type": "metrics", "figures": [{"name": evil, "value": 1, "unit": evil, "protocol": {evil: evil}}]})
    page = Page(write_report(folder))
    assert "onerror" not in {name for _, attributes in page.elements for name in attributes}
    assert "x" not in {a["src"] for a in page.all("img")}
    assert len(page.all("script")) == 2
    assert evil in page.text
    assert any(evil.lower() in str(c).lower() for c in page.data["charts"])


def add(folder: Path, event: dict[str, Any]) -> None:
    with (folder / "events.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"iteration": 9999, "num_images": 120_000, "time": 1.8e9, **event}) + "\n")


def damage_config(folder: Path) -> None:
    (folder / "run.toml").write_text("images = = 3")


def bytes_as_config(folder: Path) -> None:
    (folder / "run.toml").write_bytes(b"\xff\xfe\x00")


def odd_config(folder: Path) -> None:
    (folder / "run.toml").write_text('data = 3\nimages = "many"\nrecipe = []\n')


def bytes_as_log(folder: Path) -> None:
    (folder / "events.jsonl").write_bytes(b"\xff\xfe\x00\n")


def foreign_log(folder: Path) -> None:
    (folder / "events.jsonl").write_text('[1, 2]\n"text"\n{"a": 1}\nnull\n')


def odd_events(folder: Path) -> None:
    odd: list[dict[str, Any]] = [
        {"type": "log", "scalars": [1, 2]},
        {"type": "log", "scalars": {"generator/loss": "high", "x": None}, "images_per_second": "fast"},
        {"type": "log", "scalars": {"discriminator/loss": "inf", "generator/loss": "nan"}},
        {"type": "samples", "fixed": 3, "fresh": "../../etc/passwd"},
        {"type": "samples", "fixed": "/etc/passwd"},
        {"type": "metrics", "figures": "none", "notes": 3},
        {"type": "metrics", "figures": [3, {"name": "fid"}, {"name": 4, "value": "nan", "protocol": "none"}]},
        {"type": "finished", "seconds": "long", "num_images": "many"},
        {"type": "finished", "seconds": "long"},
        {"type": 5},
    ]
    for event in odd:
        add(folder, event)


def odd_start(folder: Path) -> None:
    odd = {
        "run": 1,
        "data": [],
        "parameters": "many",
        "environment": None,
        "command": 7,
        "citation": {},
        "changed": 3,
        "auto": 4,
    }
    (folder / "events.jsonl").write_text(json.dumps({"type": "started", "iteration": 0, "num_images": 0, **odd}) + "\n")


def torn_line(folder: Path) -> None:
    path = folder / "events.jsonl"
    path.write_bytes(path.read_bytes()[:-20])


def no_pictures(folder: Path) -> None:
    shutil.rmtree(folder / "samples")


def broken_pictures(folder: Path) -> None:
    for path in (folder / "samples").glob("*.png"):
        path.write_bytes(path.read_bytes()[:60] if "fixed" in path.name else b"")


def no_log(folder: Path) -> None:
    (folder / "events.jsonl").unlink()


def no_config(folder: Path) -> None:
    (folder / "run.toml").unlink()


def nothing(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (no_config, ["run.toml, the config, is missing", "Without run.toml it cannot be repeated", "Finished."]),
        (damage_config, ["run.toml cannot be read", "Finished."]),
        (bytes_as_config, ["run.toml cannot be read", "Finished."]),
        (odd_config, ["Finished."]),
        (no_log, ["events.jsonl, the log, is missing", "No event was logged.", "after 120,000 images", "dcgan"]),
        (bytes_as_log, ["No event was logged."]),
        (foreign_log, ["No event was logged.", "No scalar was logged."]),
        (odd_events, ["3 of 7 sample panels are missing", "Finished."]),
        (odd_start, ["dcgan", "Not judged yet"]),
        (torn_line, ["still going, or it was killed"]),
        (no_pictures, ["4 of 4 sample panels are missing", "samples/real.png", "There is no sample panel yet."]),
        (broken_pictures, ["2 of 4 sample panels are missing", "There is no panel of real data."]),
        (nothing, ["unknown recipe on unknown data", "run.toml is missing or cannot be read."]),
    ],
)
def test_a_broken_folder_gives_a_page_that_says_what_is_missing(make_run, harm: Any, says: list[str]) -> None:
    folder = make_run()
    harm(folder)
    page = Page(write_report(folder))
    text = " ".join(page.text.split())
    for part in says:
        assert part in text
    assert "root:" not in page.source


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no run folder"):
        write_report(tmp_path / "absent")


def test_thinning_keeps_both_ends_and_is_even() -> None:
    kept = thin(range(1000), 120)
    assert (len(kept), kept[0], kept[-1]) == (120, 0, 999)
    assert {b - a for a, b in pairwise(kept)} <= {8, 9}
    assert thin([1, 2], 120) == [1, 2]


def noise_panels(folder: Path, num: int, scale: int = 1) -> list[PanelFiles]:
    generator = torch.Generator().manual_seed(0)
    panels = []
    for index in range(num):
        noise = torch.randint(256, (4, 3, 16, 16), generator=generator, dtype=torch.uint8)
        write_png(grid(noise, scale=scale), folder / f"{index}.png", {})
        panels.append(PanelFiles(1000 * index, folder / f"{index}.png", None))
    return panels


def test_many_panels_are_thinned(tmp_path: Path) -> None:
    shown, note = inlined(noise_panels(tmp_path, 300))
    assert len(shown) == 120
    assert (shown[0]["images"], shown[-1]["images"]) == (0, 299_000)
    assert note == "120 of the 300 moments are shown"
    assert inlined([]) == ([], "")


def test_large_panels_are_recompressed_with_their_mark_then_thinned(tmp_path: Path) -> None:
    panels = noise_panels(tmp_path, 40)
    whole = sum(len(str(p["fixed"])) for p in inlined(panels)[0])
    shown, note = inlined(panels, int(whole * 0.95))
    assert note == "the panels over time are recompressed"
    picture = decoded(str(shown[0]["fixed"]))
    assert TRAINED_ALGORITHMIC_MEDIA.encode() in picture
    with Image.open(io.BytesIO(picture)) as image, Image.open(tmp_path / "0.png") as original:
        assert image.format == "WEBP"
        assert image.size == original.size
    few, note = inlined(panels, whole // 4)
    assert sum(len(str(p["fixed"])) for p in few) <= whole // 4
    assert 2 <= len(few) < 40
    assert note.startswith(f"{len(few)} of the 40 moments are shown; ")
    assert few[-1]["images"] == 39_000


def test_panels_that_webp_would_make_larger_stay_as_they_are(tmp_path: Path) -> None:
    panels = noise_panels(tmp_path, 3, scale=8)
    shown, _ = inlined(panels, 1)
    assert decoded(str(shown[0]["fixed"])) == (tmp_path / "0.png").read_bytes()


@pytest.mark.skipif(not shutil.which("chromium"), reason="no chromium to open the page with")
def test_the_script_runs_in_a_browser(make_run, tmp_path: Path) -> None:
    """Charts are drawn, the slider swaps the pictures, and nothing is thrown."""
    path = write_report(make_run(num_panels=3, bad_at=(70_000,), resumed_at=(48_000,), evaluations=3))
    probe = """<script>
    const slider = document.querySelector(".player input");
    slider.value = 0;
    slider.dispatchEvent(new Event("input"));
    for (const button of document.querySelectorAll(".chart button, .tools button")) button.click();
    document.querySelector(".player button").click();
    root.dataset.probe = [
      document.querySelectorAll(".plot canvas").length,
      document.querySelector(".player output").textContent,
      document.getElementById("panel-fixed").src === run.panels[0].fixed,
      document.querySelector(".player button").textContent,
      document.documentElement.scrollWidth <= innerWidth,
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
    assert 'data-probe="7|40,000 images|true|Pause|true"' in dom
