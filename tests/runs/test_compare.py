"""Comparing runs: the tests against scipy, Holm by hand, who is grouped, what is refused, and what is said."""

import json
import math
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import scipy.stats
import tomli_w

import ganwright as gw
from ganwright.cli import main
from ganwright.core.errors import UserError
from ganwright.core.pictures import read_mark
from ganwright.runs import Comparison, Run
from ganwright.runs.compare_rows import p_text
from ganwright.runs.compare_statistics import NORMAL, STUDENT, WELCH, Sample, difference_test, holm

PROTOCOL = {"data": "digits", "content_hash": "9c0ffee1abcd", "split": "train", "n_real": 500, "n_fake": 500, "seed": 0}


def figure(name: str, value: float, error: float | None = None, **others: Any) -> dict[str, Any]:
    fields = {"name": name, "value": value, "error": error, "real": None, "floor": None, "unit": ""}
    return {**fields, "protocol": {**PROTOCOL, **others.pop("protocol", {})}, **others}


class Maker:
    """Writes run folders that hold a config and one evaluation."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __call__(
        self,
        name: str,
        seed: int = 0,
        fid: float | dict[str, Any] | None = None,
        figures: Sequence[dict[str, Any]] = (),
        content: str = "9c0ffee1abcd" + "0" * 20,
        forked_from: str = "",
        **options: Any,
    ) -> Path:
        folder = self.place / name
        folder.mkdir()
        changes: Mapping[str, Any] = {"seed": seed, "images": 1000, **options}
        config = gw.recipes.mlp().override({k.replace("__", "."): v for k, v in changes.items()})
        (folder / "run.toml").write_text(tomli_w.dumps(config.plain()), encoding="utf-8")
        if isinstance(fid, float):
            fid = figure("fid", fid, floor=1.5)
        found = [*([fid] if fid else []), *figures]
        started = {"forked_from": forked_from, "data": {"name": "digits", "content_hash": content}}
        events = [("started", 0, started)]
        if found:
            events.append(("metrics", 1000, {"figures": found, "notes": [], "seconds": 1.0}))
        lines = [{"type": t, "iteration": n, "num_images": n, "time": 0.0, **fields} for t, n, fields in events]
        text = "".join(json.dumps(line).replace("NaN", '"nan"') + "\n" for line in lines)
        (folder / "events.jsonl").write_text(text, encoding="utf-8")
        return folder


@pytest.fixture
def make(tmp_path: Path) -> Maker:
    return Maker(tmp_path)


def seeds(make: Maker, name: str, values: Sequence[float], **options: Any) -> list[Path]:
    return [make(f"{name}-{i}", i, value, **options) for i, value in enumerate(values)]


A, B = (3.1, 3.4, 2.9, 3.3), (4.0, 5.2, 4.4)


def by_scipy(first: Sequence[float], second: Sequence[float], equal_var: bool = False) -> Any:
    return scipy.stats.ttest_ind(first, second, equal_var=equal_var)


def sample(*values: float, errors: Sequence[float | None] | None = None) -> Sample:
    return Sample(values, tuple(errors or [None] * len(values)))


def test_welch_is_scipys() -> None:
    found = difference_test(sample(*A), sample(*B))
    other = by_scipy(A, B)
    assert found.kind == WELCH
    assert found.p == pytest.approx(other.pvalue, rel=1e-9)
    assert found.statistic == pytest.approx(other.statistic, rel=1e-12)
    assert found.freedom == pytest.approx(other.df, rel=1e-12)
    swapped = difference_test(sample(*B), sample(*A))
    assert swapped == found.swapped()


def test_one_against_several_is_students_test_of_a_single_value() -> None:
    found = difference_test(sample(5.0), sample(*A))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scipy speaks of the single value's missing spread
        other = by_scipy([5.0], A, equal_var=True)
    assert found.kind == STUDENT
    assert (found.statistic, found.p) == pytest.approx((other.statistic, other.pvalue), rel=1e-9)
    assert found.freedom == 3
    assert difference_test(sample(*A), sample(5.0)).p == found.p


def test_z_of_known_errors() -> None:
    found = difference_test(sample(5.0, errors=[0.3]), sample(4.0, errors=[0.4]))
    assert (found.kind, found.statistic, found.freedom) == (NORMAL, 2.0, None)
    assert found.p == pytest.approx(0.04550026389635839, rel=1e-12)


@pytest.mark.parametrize("errors", [(None, 0.1), (0.1, None), (math.nan, 0.1), (math.inf, 0.1)])
def test_no_z_without_errors(errors: tuple[float | None, float | None]) -> None:
    found = difference_test(sample(5.0, errors=errors[:1]), sample(4.0, errors=errors[1:]))
    assert (found.p, found.problem) == (None, "no standard error")


def test_without_spread_equal_means_are_equal_and_others_are_not_tested() -> None:
    assert difference_test(sample(3.0, 3.0), sample(3.0, 3.0)).p == 1
    found = difference_test(sample(3.0, 3.0), sample(2.0, 2.0))
    assert found.p is None
    assert "no spread" in found.problem
    assert difference_test(sample(3.0, 3.0), sample(2.0)).p is None


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([0.04]) == [0.04]
    assert holm([]) == []


def test_seeds_of_one_experiment_are_a_group_with_mean_and_deviation(make: Maker) -> None:
    found = gw.compare([*seeds(make, "a", A), *seeds(make, "b", B, batch_size=32)])
    assert [group.label for group in found.groups] == ["mlp, batch_size 64", "mlp, batch_size 32"]
    assert [len(group.runs) for group in found.groups] == [4, 3]
    first, second = found["fid"].cells
    assert first.mean == pytest.approx(3.175)
    assert first.std == pytest.approx(scipy.stats.tstd(A))
    assert (first.best, second.best) == (True, False)
    assert second.verdict is not None
    assert second.verdict.test.difference > 0
    assert second.verdict.p == pytest.approx(by_scipy(A, B).pvalue)
    assert found["fid"].floor == 1.5


def test_what_does_not_change_the_training_does_not_part_seeds(make: Maker) -> None:
    paths = [make("a", 0, 3.0), make("b", 1, 3.1, device="cpu", keep_checkpoints=5, evaluate_samples=99)]
    assert len(gw.compare(paths).groups) == 1
    paths = [make("c", 0, 3.0, images=2000), make("d", 1, 3.1), make("e", 1, 3.1, forked_from="x")]
    labels = [group.label for group in gw.compare(paths).groups]
    assert labels == [
        "mlp, images 2,000",
        "mlp, images 1,000, forked_from none",
        "mlp, images 1,000, forked_from x",
    ]


def test_labels_name_kinds_and_leave_out_what_follows_from_them(make: Maker) -> None:
    paths = [make("a", 0, 3.0), make("b", 0, 3.1, loss="wasserstein"), make("c", 0, 3.1, recipe="gan")]
    labels = [group.label for group in gw.compare(paths).groups]
    assert labels == ["mlp, loss non-saturating", "mlp, loss wasserstein", "gan"]


def test_the_correction_counts_all_pairs_of_all_figures(make: Maker) -> None:
    """The best is picked after the fact, so each pair could have been shown."""
    values = {"x": A, "y": B, "z": (9.0, 9.5, 9.1)}
    paths = [p for name, v in values.items() for p in seeds(make, name, v, recipe=name)]
    found = gw.compare(paths)["fid"]
    pairs = [("x", "y"), ("x", "z"), ("y", "z")]
    raw = [float(by_scipy(values[a], values[b]).pvalue) for a, b in pairs]
    corrected = holm(raw)
    assert [cell.verdict and cell.verdict.p for cell in found.cells] == [
        None,
        pytest.approx(corrected[0]),
        pytest.approx(corrected[1]),
    ]


def test_which_side_is_better(make: Maker) -> None:
    def two(name: str, first: float, second: float, real: float | None = None) -> list[tuple[bool, bool]]:
        paths = [
            make(f"{name}{i}", i, figures=[figure(name, v, 0.01, real=real)], recipe=f"r{i}")
            for i, v in enumerate((first, second))
        ]
        return [
            (cell.best, cell.verdict is not None and cell.verdict.differs) for cell in gw.compare(paths)[name].cells
        ]

    assert two("fid", 3.0, 4.0) == [(True, False), (False, True)]
    assert two("classes_covered", 3.0, 4.0, 10.0) == [(False, True), (True, False)]
    assert two("pixel_mean", 0.1, 0.4, 0.3) == [(False, True), (True, False)]
    assert two("discriminator_score", 0.1, 0.4, 0.3) == [(False, False), (False, False)]
    assert two("of_tomorrow", 0.1, 0.4) == [(False, False), (False, False)]


def test_near_real_counts_the_distance_of_each_run(make: Maker) -> None:
    """Seeds that miss real data on both sides are not near it because their mean is."""
    astride = [make(f"a{i}", i, figures=[figure("pixel_mean", v, real=0.3)]) for i, v in enumerate((0.1, 0.5))]
    close = [
        make(f"b{i}", i, figures=[figure("pixel_mean", v, real=0.3)], recipe="b") for i, v in enumerate((0.32, 0.33))
    ]
    assert [cell.best for cell in gw.compare([*astride, *close])["pixel_mean"].cells] == [False, True]


def test_figures_of_other_protocols_are_not_compared(make: Maker) -> None:
    paths = [make("a", 0, 3.0), make("b", 0, figure("fid", 4.0, 0.1, protocol={"n_fake": 5000}), recipe="b")]
    row = gw.compare(paths)["fid"]
    assert row.problem == "judged in different ways: n fake 500 and 5,000"
    assert not any(cell.best or cell.verdict for cell in row.cells)
    assert [cell.mean for cell in row.cells] == [3.0, 4.0]
    assert "n_fake" not in row.protocol


def test_a_group_judged_in_two_ways_has_no_mean(make: Maker) -> None:
    paths = [make("a", 0, 3.0), make("b", 1, figure("fid", 4.0, protocol={"resize": "bilinear"}))]
    cell = gw.compare(paths)["fid"].cells[0]
    assert (cell.mean, cell.values) == (None, (3.0, 4.0))
    assert "different ways" in cell.remark


def test_another_draw_of_the_real_items_is_compared_and_said(make: Maker) -> None:
    def of(name: str, seed: int, value: float) -> Path:
        return make(name, seed, figure("fid", value, 0.1, protocol={"seed": seed}), recipe=name)

    found = gw.compare([of("a", 0, 3.0), of("b", 1, 4.0)])
    assert found["fid"].cells[0].best
    assert any("different seeds (0, 1)" in note for note in found.notes)


def test_figures_that_are_not_finite_are_told_and_take_no_part(make: Maker) -> None:
    paths = [*seeds(make, "a", (1.0, math.nan, 1.2)), *seeds(make, "b", B, recipe="b")]
    first, second = gw.compare(paths)["fid"].cells
    assert first.remark == "1 of 3 not finite"
    assert first.mean == pytest.approx(1.1)
    assert not first.best
    assert first.verdict is second.verdict is None
    lines = gw.compare(paths).lines()
    assert any("1 of 3 not finite" in line for line in lines)


def test_figures_that_some_runs_lack(make: Maker) -> None:
    extra = [figure("recall", 0.5, 0.01)]
    paths = [make("a", 0, 3.0, extra), make("b", 1, 3.1), make("c", 0, 4.0, recipe="c")]
    first, second = gw.compare(paths)["recall"].cells
    assert (first.values, first.remark) == ((0.5, None), "measured in 1 of 2 runs")
    assert (second.mean, second.verdict) == (None, None)


def test_old_events_without_errors_and_hashes(make: Maker) -> None:
    old = {"name": "fid", "value": 3.0, "real": None, "floor": 2.0, "unit": "", "protocol": {"data": "digits"}}
    found = gw.compare([make("a", 0, old), make("b", 0, {**old, "value": 4.0}, recipe="b")])
    verdict = found["fid"].cells[1].verdict
    assert verdict is not None
    assert verdict.words() == "no test: no standard error"


def test_tables_of_two_groups_and_blocks_of_more_fit_100_columns(make: Maker) -> None:
    figures = [figure("smallest_class_share", 0.05749, 0.00041, real=0.09471), figure("fid", 1234.5, 0.1, floor=1.931)]
    paths = [
        make(str(i), 0, None, figures, loss=loss) for i, loss in enumerate(("hinge", "wasserstein", "least-squares"))
    ]
    for num in (2, 3):
        lines = gw.compare(paths[:num]).lines()
        end = next(i for i, line in enumerate(lines) if line.startswith(("±", "target")))
        assert max(map(len, lines[:end])) <= 100
        assert any(line.startswith("A  mlp, loss hinge") for line in lines)
        assert any("other seeds" in line for line in lines) == any("p:" in line for line in lines)
    assert "FID: lower is better, floor 1.931" in lines


def test_words_of_p() -> None:
    assert [p_text(p) for p in (0.21, 0.0999, 0.0312, 0.001, 0.0004)] == [
        "p 0.21", "p 0.10", "p 0.031", "p 0.001", "p < 0.001",
    ]  # fmt: skip


def test_the_picture_has_a_panel_for_each_figure(make: Maker, tmp_path: Path) -> None:
    figures = [figure("pixel_mean", 0.3, 0.01, real=0.31), figure("recall", math.nan)]
    found = gw.compare([*seeds(make, "a", A), make("b", 0, 4.0, figures, recipe="b")])
    assert isinstance(found, Comparison)
    place = found.draw(tmp_path / "pictures" / "seen")
    assert place == tmp_path / "pictures" / "seen.png"
    assert "digital_source_type" not in read_mark(place)
    assert found.draw(tmp_path / "again.png").read_bytes() == place.read_bytes()


def test_what_cannot_be_compared_is_one_line(make: Maker, tmp_path: Path) -> None:
    a, b, other = make("a", 0, 3.0), make("b", 1, 3.1), make("other", 0, 3.0, content="f" * 32)
    for paths, said in [
        ([a], "two runs or more, not 1"),
        ([a, a.parent / "." / "a"], "named twice"),
        ([a, tmp_path], "is not a run folder"),
        ([a, other], "different data"),
        ([a, make("twin", 0, 3.3)], "one run twice"),
    ]:
        with pytest.raises(UserError, match=said) as caught:
            gw.compare(paths)
        assert "\n" not in str(caught.value)
    with pytest.raises(UserError, match="did you mean 'fid'"):
        gw.compare([a, b], ["fidd"])
    with pytest.raises(UserError, match="no run was judged by 'pixel_mean'"):
        gw.compare([a, b], ["pixel_mean"])
    with pytest.raises(UserError, match="no metric"):
        gw.compare([a, b], [])


def test_runs_without_an_evaluation_are_judged_as_the_others_were(make: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, Any]] = []

    def evaluate(run: Run, num_samples: int | None = None, **options: Any) -> None:
        asked.append((run.path.name, num_samples))
        event = {"type": "metrics", "iteration": 1, "num_images": 1000, "time": 0.0, "figures": [figure("fid", 2.0)]}
        with (run.path / "events.jsonl").open("a") as file:
            file.write(json.dumps(event) + "\n")

    monkeypatch.setattr(Run, "evaluate", evaluate)
    a, b = make("a", 0, 3.0), make("b", 1)
    found = gw.compare([a, b])
    assert asked == [("b", 500)]
    assert found["fid"].cells[0].mean == 2.5
    gw.compare([a, b], evaluate=True, num_samples=77)
    assert asked[1:] == [("a", 77), ("b", 77)]


def test_from_end_to_end(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    options = {"generator.hidden": [16], "discriminator.hidden": [16], "panel_size": 4, "device": "cpu"}
    paths = [tmp_path / name for name in ("one", "two")]
    for path, size in zip(paths, (32, 64), strict=True):
        gw.train("mlp", "digits", images=640, out=path, options={**options, "batch_size": size})
    names = [str(path) for path in paths]
    out = str(tmp_path / "seen.png")
    command = ["compare", *names, "--features", "none", "-n", "300", "--quiet"]
    capfd.readouterr()
    assert main([*command, "--json", "--out", out]) == 0
    plain = json.loads(capfd.readouterr().out)
    assert [group["label"] for group in plain["groups"]] == ["mlp, batch_size 32", "mlp, batch_size 64"]
    assert plain["picture"] == out
    assert Path(out).is_file()
    row = next(row for row in plain["metrics"] if row["name"] == "pixel_mean")
    assert row["protocol"]["n_fake"] == 300
    assert main([*command, "--metrics", "pixel_mean,pixel_std"]) == 0
    text = capfd.readouterr().out
    assert "pixel std" in text
    assert "pairwise" not in text
