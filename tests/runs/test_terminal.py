"""Sparklines, the summary of a run, and previews in characters."""

import io
import math
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.runs.terminal import preview, sparkline, summary

from .ailing import failing, healthy, put


def test_sparklines_rise_with_their_values() -> None:
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█"
    assert sparkline([7, 0]) == "█▁"
    assert sparkline([3, 3, 3]) == "▄▄▄"
    assert sparkline([]) == ""
    assert sparkline([0, 7], ascii_only=True) == "_@"


def test_long_series_are_averaged_and_nothing_bad_is_hidden() -> None:
    assert sparkline([0, 0, 7, 7], width=2) == "▁█"
    assert sparkline([0, math.nan, 7, 7], width=2) == "x▄"
    assert sparkline([0, math.inf, 7]) == "▁x█"
    assert sparkline([0, None, 7]) == "▁ █"
    assert sparkline([None, math.nan]) == " x"


@given(st.lists(st.floats(width=32) | st.none(), max_size=200), st.integers(1, 60))
def test_sparklines_are_as_wide_as_they_may_be(values: list[float | None], width: int) -> None:
    assert len(sparkline(values, width)) == min(width, len(values))


def test_the_summary_tells_the_run_at_a_glance(make_run) -> None:
    folder = make_run(bad_at=(70_000,))
    text = summary(folder).plain
    for part in (
        "dcgan on digits", "Finished.", "120,000\n", "1 min 00 s", "images/s", "generator 1,813,377", "seed        3",
        str(folder), "fixed-000000120000.png", "discriminator/loss", "at 120,000 images", "FID", "1.93",
        "protocol: data digits", "features hash 3f1c9a7be201",
    ):  # fmt: skip
        assert part in text, part
    loss = next(line for line in text.splitlines() if line.startswith("generator/loss"))
    assert "x" in loss
    assert set("▁█") <= set(loss)
    assert "note:" not in text
    assert "report.html" not in text
    (folder / "report.html").write_text("")
    assert "report.html" in summary(folder).plain


def test_the_summary_tells_what_was_chosen(make_run) -> None:
    told = {"chose": "rpgan-dcgan: convolutions 32 wide", "because": "60,000 gray images"}
    text = summary(make_run("chosen", auto=told)).plain
    assert "chose       rpgan-dcgan: convolutions 32 wide\nbecause     60,000 gray images\n" in text
    assert "because" not in summary(make_run("named")).plain


def test_the_summary_of_an_unfinished_and_of_a_broken_run(make_run, tmp_path: Path) -> None:
    folder = make_run(ending={"type": "failed", "reason": "loss is nan"}, num_images=60_000, evaluations=0)
    text = summary(folder, ascii_only=True).plain
    assert "Failed: loss is nan" in text
    assert "60,000 of 120,000" in text
    assert "FID" not in text
    assert text.isascii()
    (tmp_path / "empty").mkdir()
    text = summary(tmp_path / "empty").plain
    assert "unknown recipe on unknown data" in text
    assert "note: events.jsonl, the log, is missing" in text
    with pytest.raises(UserError, match="there is no run folder"):
        summary(tmp_path / "absent")


def test_the_summary_tells_how_healthy_it_is(make_run) -> None:
    assert "health  " not in summary(make_run(name="unwatched")).plain
    assert "health      Healthy: no failure was seen" in summary(put(make_run(name="healthy"), healthy())).plain
    text = summary(put(make_run(name="failing"), failing()))
    said = "Failing: full mode collapse, since 32,000 images."
    assert f"health      {said}\n            Go back to an earlier checkpoint" in text.plain
    assert "bold red" in {str(s.style) for s in text.spans if text.plain[s.start : s.end].strip() == said}


def terminal(color: str | None = "truecolor", encoding: str = "utf-8", width: int = 80) -> Console:
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    forced = color is not None
    return Console(file=file, force_terminal=forced, color_system=color, width=width, height=30)  # pyright: ignore[reportArgumentType]


def blocks(num: int = 8, channels: int = 1, size: int = 8) -> Tensor:
    """Images whose upper half is white (red in colour) and whose lower half is black."""
    images = torch.zeros(num, channels, size, size, dtype=torch.uint8)
    images[:, 0, : size // 2] = 255
    return images


def styles(text: Text) -> list[str]:
    return [str(span.style) for span in text.spans]


def test_half_blocks_hold_two_pixels_each() -> None:
    text = preview(blocks(4), terminal(), columns=4)
    lines = text.plain.splitlines()
    assert {len(line) for line in lines} == {4 * 9 - 1}
    assert len(lines) == 4
    assert set(text.plain) == {"▀", "\n"}
    first = styles(text)
    assert first[0] == "#ffffff on #ffffff"
    assert first[8] == "#000000 on #000000"  # the gutter
    assert first[2 * 35] == "#000000 on #000000"
    assert styles(preview(blocks(4, 3), terminal(), columns=4))[0] == "#ff0000 on #ff0000"
    assert styles(preview(blocks(4, 4), terminal(), columns=4))[0] == "#000000 on #000000"  # transparent


@pytest.mark.parametrize(("color", "encoding"), [(None, "utf-8"), ("truecolor", "ascii"), ("truecolor", "latin-1")])
def test_shades_of_ascii_where_there_are_no_colours_or_no_unicode(color: str | None, encoding: str) -> None:
    text = preview(blocks(4), terminal(color, encoding), columns=4)
    assert text.plain.isascii()
    lines = text.plain.splitlines()
    assert lines[0] == "@@@@@@@@ @@@@@@@@ @@@@@@@@ @@@@@@@@"
    assert [line.strip() for line in lines[2:]] == [""] * len(lines[2:])


@pytest.mark.parametrize("size", [8, 28, 64, 200])
@pytest.mark.parametrize("width", [20, 80, 200])
@pytest.mark.parametrize("color", ["truecolor", None])
def test_previews_fit(size: int, width: int, color: str | None) -> None:
    text = preview(blocks(64, 3, size), terminal(color, width=width), max_lines=12)
    lines = text.plain.splitlines()
    assert 1 <= len(lines) <= 12
    assert max(map(len, lines)) <= min(width, 80)
    explicit = preview(blocks(64, 3, size), terminal(color), columns=8, width=40).plain.splitlines()
    assert max(map(len, explicit)) <= 40


def test_points_are_drawn_as_a_plot() -> None:
    text = preview(torch.randn(500, 2, generator=torch.Generator().manual_seed(0)), terminal(), max_lines=12)
    lines = text.plain.splitlines()
    assert (len(lines), len(lines[0])) == (12, 24)
    assert len(set(styles(text))) > 10
