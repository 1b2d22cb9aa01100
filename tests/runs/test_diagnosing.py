"""`diagnose` of runs, logs and samples, as people call it."""

import math
import random
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ganwright as gw
from ganwright.core.errors import UserError
from ganwright.core.events import EventWriter
from ganwright.health.diagnosis import DIAGNOSES
from ganwright.runs.checkup_text import bar, place
from ganwright.runs.course import Episode, Stage
from ganwright.runs.diagnosing import diagnose

TINY = {"batch_size": 32, "generator.hidden": [32, 32], "discriminator.hidden": [32, 16]}


def write(path: Path, header: str, rows: Sequence[tuple[object, ...]]) -> Path:
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    options = {"tick_images": 512, "log_images": 256, **TINY}
    return gw.train("mlp", "digits", images=6_144, out=tmp_path_factory.mktemp("runs") / "run", options=options).path


def test_a_run_is_told_what_its_watcher_told(run: Path) -> None:
    found = diagnose(run)
    events = gw.load(run).events()
    assert (found.origin.kind, found.num_images) == ("run", 6_144)
    assert found.num_moments == len([e for e in events if e["type"] == "signals"])
    written = [(e["num_images"], e["kind"], e["state"]) for e in events if e["type"] == "diagnosis"]
    told = {(e.found_images, e.kind, "found") for e in found.course.episodes}
    assert told == {entry for entry in written if entry[2] == "found"}
    assert diagnose(run / "events.jsonl").plain() == found.plain()
    assert diagnose(run).origin.state == "Finished."


def test_a_run_that_is_too_young_to_be_judged_is_not_called_healthy(run: Path, tmp_path: Path) -> None:
    events, seen = (run / "events.jsonl").read_text().splitlines(keepends=True), 0
    with (tmp_path / "events.jsonl").open("w") as short:
        for line in events:
            seen += '"type": "signals"' in line
            if seen < 3:
                short.write(line)
    found = diagnose(tmp_path)
    assert (found.verdict, found.primary) == ("young", None)
    assert str(found).startswith("Too early to say: 2 looks of the 6 that detectors wait for\n")


def test_a_run_without_signals_is_told_by_its_losses(tmp_path: Path) -> None:
    options = {"signals": False, "log_images": 128, **TINY}
    made = gw.train("mlp", "digits", images=2_048, out=tmp_path / "run", options=options)
    found = diagnose(made.path)
    assert "without signals" in found.notes[0]
    assert "divergence" in found.by_losses
    assert found.silent["discriminator-overfitting"] == "needs signals, which were not recorded"


def test_events_of_any_shape_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text("images = 'many'\n")
    writer = EventWriter(tmp_path / "events.jsonl")
    with pytest.raises(UserError, match="nothing to diagnose"):
        diagnose(tmp_path)
    for number, (kind, fields) in enumerate(
        [
            ("signals", {}),
            ("signals", {"values": [1]}),
            ("log", {"scalars": {"discriminator/loss": "x", "generator/loss": math.nan}}),
            ("recovery", {"back_to_images": "5"}),
            ("nonfinite", {}),
            ("diagnosis", {"kind": 5}),
            ("log", {"scalars": {"discriminator/loss": 1.0}}),
            ("log", {"scalars": {"discriminator/loss": math.nan}}),
        ]
    ):
        writer.write(kind, number, 10 * number, **fields)
    assert diagnose(tmp_path).verdict == "failing"  # a NaN was logged last


def test_a_log_of_another_program(tmp_path: Path) -> None:
    rng = random.Random(0)
    rows = [(i, max(0.0, 1.3 - i / 40) + 0.001 * rng.random(), 1 + i / 20) for i in range(200)]
    found = diagnose(write(tmp_path / "log.csv", "iter,errD,errG", rows), images_per_step=10)
    assert (found.verdict, found.primary and found.primary.kind) == ("failing", "discriminator-too-strong")
    assert found.origin.unit == "images"
    plain = found.plain()
    assert plain["columns"] == {"step": "iter", "d_loss": "errD", "g_loss": "errG"}
    assert plain["diagnoses"][0]["onset_images"] == pytest.approx(560, abs=60)
    text = str(found)
    assert text.startswith("Failing: The discriminator is too strong, since")
    assert "full-collapse: needs --samples FOLDER" in text
    assert found.text(60, ascii_only=True).plain.isascii()
    assert max(len(line) for line in text.splitlines() if "█" in line) <= 80


def test_healthy_losses_promise_nothing(tmp_path: Path) -> None:
    rows = [(i, 1.2 + 0.2 * math.sin(i), 0.9 + 0.2 * math.cos(i / 3)) for i in range(100)]
    found = diagnose(write(tmp_path / "log.csv", "step,d_loss,g_loss", rows))
    assert found.verdict == "healthy"
    assert found.primary is None
    assert "in the losses" in str(found).splitlines()[0]
    assert "losses say nothing of the samples" in str(found)


def test_what_is_too_little_is_not_called_healthy(tmp_path: Path) -> None:
    def first(header: str, rows: Sequence[tuple[object, ...]]) -> str:
        return str(diagnose(write(tmp_path / "log.csv", header, rows))).splitlines()[0]

    both = [(i, 1.2 + 0.1 * math.sin(i), 0.9 + 0.1 * math.cos(i)) for i in range(12)]
    assert first("step,d_loss,g_loss", both[:3]) == "Too little to say: 3 moments of the 10 that losses need"
    assert first("step,d_loss,g_loss", both).startswith("Healthy: no failure is seen in the losses (6 of 11")
    generator_alone = [(i, g) for i, _, g in both]
    assert first("step,g_loss", generator_alone[:3]) == "Healthy: no failure is seen (1 of 11 detectors could look)"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "name a run folder"),
        ({"source": "nowhere.csv"}, "there is no run or log"),
        ({"source": "log.csv", "images_per_step": 0}, "1 or more"),
        ({"source": "log.csv", "real": "digits"}, "--samples FOLDER"),
        ({"source": "log.csv", "columns": {"d_loss": "missing"}}, "columns with numbers: 'step', 'd_loss'"),
        ({"source": "."}, "neither a run folder"),
    ],
)
def test_mistakes(options: dict, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "log.csv", "step,d_loss", [(1, 2), (2, 3)])
    with pytest.raises(UserError, match=said):
        diagnose(**options)


def test_options_of_logs_are_refused_for_runs(run: Path) -> None:
    with pytest.raises(UserError, match="a run of ganwright"):
        diagnose(run, columns={"d_loss": "x"})


CELLS = st.one_of(
    st.just(""),
    st.floats().map(str),
    st.integers(-(10**20), 10**20).map(str),
    st.sampled_from(["nan", "inf", "x", "-", '"']),
)
NAMES = st.sampled_from(
    ["step", "epoch", "kimg", "batch", "d_loss", "g_loss", "d_loss_real", "D(x)", "D(G(z))", "x", ""]
)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_tables_of_any_kind_are_diagnosed_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    names = data.draw(st.lists(NAMES, min_size=1, max_size=5))
    rows = data.draw(st.lists(st.lists(CELLS, max_size=6).map(tuple), max_size=30))
    path = write(tmp_path_factory.mktemp("any") / "log.csv", ",".join(names), rows)
    with suppress(UserError):
        found = diagnose(path)
        assert found.verdict in ("young", "healthy", "watch", "failing")
        assert str(found)
        assert found.plain()["num_images"] >= 0


def test_the_bar_of_an_ailment() -> None:
    stages = (Stage("watch", 20, 50), Stage("failing", 50, 80))
    episode = Episode("stalled", DIAGNOSES["stalled"], {}, stages, 40, 80)
    assert bar([episode], 100, 10) == ["", "", *["watch"] * 3, *["failing"] * 4, ""]
    assert [place(n, 100, 10) for n in (0, 9, 10, 100, 150)] == [0, 0, 1, 9, 9]
    assert place(5, 0, 10) == 9
