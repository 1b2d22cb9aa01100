"""The whole harness, small: figures, table, JSON and picture of a few seeds, and nothing done twice."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ganwright.bench import JSON, PICTURE, Modes, modes, table
from ganwright.bench.picture import draw
from ganwright.bench.results import Result, SeedResult, Statistic
from ganwright.core.errors import UserError
from ganwright.core.pictures import read_mark
from ganwright.data.digits import DigitsConfig
from ganwright.data.mixtures import Ring8Config
from ganwright.data.stacked import StackedConfig

from .notes import Notes

RECIPES = ["rpgan-r1r2", "pacgan"]
SMALL: dict[str, Any] = {"seeds": 3, "first_seed": 100}


@pytest.fixture(scope="module")
def kept() -> dict[str, Modes]:
    return {}


@pytest.fixture
def ring(kept: dict[str, Modes], tmp_path_factory: pytest.TempPathFactory) -> Modes:
    if "ring" not in kept:
        kept["ring"] = modes("ring8", RECIPES, **SMALL, out=tmp_path_factory.mktemp("ring") / "out")
    return kept["ring"]


def test_json_holds_every_seed_and_what_must_be_said(ring: Modes) -> None:
    plain = json.loads((ring.folder / JSON).read_text())
    assert plain == json.loads(json.dumps(ring.plain()))
    assert (plain["bench"], plain["format"], plain["data"]) == ("modes", 1, "ring8")
    assert plain["seeds"] == [100, 101, 102]
    assert [row["recipe"] for row in plain["recipes"]] == RECIPES
    for row in plain["recipes"]:
        assert set(row) == {
            "recipe", "networks", "images", "seconds", "num_diverged", "num_goals_met", "shown_seed", "summary",
            "seeds", "config",
        }  # fmt: skip
        assert row["images"] == 320
        assert row["seconds"] > 0
        assert row["config"]["batch_size"] == 32
        for seed in row["seeds"]:
            assert seed["outcome"] == "trained"
            assert (seed["num_samples"], seed["num_modes"], len(seed["std_ratios"])) == (2_500, 8, 8)
            assert Path(seed["run"]).is_dir()
        covered = [seed["modes_covered"] for seed in row["seeds"]]
        found = row["summary"]["modes_covered"]
        assert found["mean"] == pytest.approx(sum(covered) / 3)
        assert (found["lowest"], found["highest"]) == (min(covered), max(covered))
    assert [row["networks"] for row in plain["recipes"]] == ["own", "plain"]
    assert plain["ceiling"]["high_quality_share"] == pytest.approx(0.98889, abs=1e-5)
    assert {(row["name"], row["modes_covered"], row["high_quality_share"]) for row in plain["published"]} == {
        ("GAN", 6.3, 0.982),
        ("PacGAN2", 7.9, 0.956),
    }
    assert all("1712.04086" in row["source"] for row in plain["published"])
    assert plain["protocol"]["samples"] == 2_500
    assert "continuous and untruncated" in plain["protocol"]["samples from"]
    assert "latents of 2 and two hidden layers of 128, for all but rpgan-r1r2" in plain["protocol"]["networks"]


def test_the_table_shows_ours_beside_the_ceiling_and_the_papers(ring: Modes) -> None:
    lines = table.lines(ring)
    header, *rows = lines[:4]
    names = ["ring8", "modes", "high quality", "reverse KL", "std / true", "goal", "diverged", "images", "time"]
    assert header.split() == " ".join(names).split()
    assert [row.split()[0] for row in rows] == [*RECIPES, "perfect"]
    assert "98.9%" in rows[2]
    assert all("±" in row for row in rows[:2])
    text = "\n".join(lines)
    assert "published, not measured here" in text
    for shown in ("6.3", "98.2%", "PacGAN2", "arXiv:1712.04086", "seeds 100 to 102", "0.5 to 1.5 of the true one"):
        assert shown in text
    assert len({len(row) for row in (header, *rows[:2])}) == 1  # columns stand under one another


def test_markdown_is_a_table_with_its_protocol(ring: Modes) -> None:
    lines = table.markdown(ring)
    rows = [line for line in lines if line.startswith("|")]
    assert len(rows) == 2 + len(RECIPES) + 1 + 2
    assert len({row.count("|") for row in rows}) == 1
    assert rows[1].startswith("| --- | --: |")
    assert any(line.startswith("- goal: ") for line in lines)


def test_the_picture_has_a_panel_for_each_recipe(ring: Modes) -> None:
    file = ring.folder / PICTURE
    with Image.open(file) as image:
        assert image.size == (2 * 420 + 3 * 20, 420 + 46 + 20 + 20 + 46 + 34)
        colours = {colour for _, colour in image.convert("RGB").getcolors(2**20) or []}
    assert {(240, 98, 146), (255, 183, 77)} & colours  # samples
    assert len(colours) > 200  # the landscape behind them
    mark = read_mark(file)
    assert mark["recipes"] == "rpgan-r1r2, pacgan"
    assert mark["digital_source_type"].endswith("trainedAlgorithmicMedia")


def test_nothing_is_trained_or_judged_twice(ring: Modes, notes: Notes, monkeypatch: pytest.MonkeyPatch) -> None:
    before = ring.plain()
    monkeypatch.setattr("ganwright.bench.judges.ModeSums", None)
    again = modes("ring8", RECIPES, **SMALL, out=ring.folder, watch=notes)
    assert notes.said == []
    assert again.plain()["recipes"] == before["recipes"]
    assert (ring.folder / PICTURE).exists()


def test_samples_of_another_number_are_judged_anew(ring: Modes, notes: Notes) -> None:
    again = modes("ring8", RECIPES[:1], seeds=1, first_seed=101, num_samples=500, out=ring.folder, watch=notes)
    assert notes.said == []
    assert again.results[0].seeds[0].figures["num_samples"] == 500


def test_a_diverged_seed_is_a_row_and_a_bare_panel(tmp_path: Path, notes: Notes, small: Callable[..., None]) -> None:
    small("gan", optimisers__generator__learning_rate=1e30, optimisers__discriminator__learning_rate=1e30)
    found = modes("ring8", ["gan"], seeds=2, first_seed=100, out=tmp_path / "out", watch=notes)
    plain = json.loads((tmp_path / "out" / JSON).read_text())
    [row] = plain["recipes"]
    assert row["num_diverged"] == 2
    assert [(s["outcome"], s["modes_covered"], s["run"]) for s in row["seeds"]] == [("diverged", 0, None)] * 2
    assert "non-finite" in row["seeds"][0]["reason"]
    assert row["summary"]["modes_covered"]["mean"] == 0
    assert row["summary"]["std_ratio_mean"] is None
    cells = table.lines(found)[1].split()
    assert cells[:4] == ["gan", "0.0", "±", "0.0"]
    assert "2/2" in cells


def test_stacks_are_judged_and_shown_as_pictures(tmp_path: Path, notes: Notes) -> None:
    data = StackedConfig(digits="digits")
    small: dict[str, Any] = {"images": 128, "num_samples": 300, "first_seed": 100}
    found = modes(data, ["dcgan"], out=tmp_path / "out", watch=notes, **small)
    assert notes.said == ["dcgan: seed 100, 128 images"]
    plain = json.loads((tmp_path / "out" / JSON).read_text())
    assert plain["recipes"][0]["seeds"][0]["num_samples"] == 300
    assert plain["recipes"][0]["num_goals_met"] is None
    assert plain["ceiling"]["judge_accuracy"] > 0.95
    text = "\n".join(table.lines(found))
    for shown in ("real test stacks", "PacDCGAN2", "R3GAN", "reverse KL", f"{found.ceiling['floor']:.3f}"):
        assert shown in text
    assert "high quality" not in text
    with Image.open(tmp_path / "out" / PICTURE) as image:
        assert min(image.size) > 400
    assert any(line.startswith("| real test stacks |") for line in table.markdown(found))


def seed(number: int, covered: int, share: float) -> SeedResult:
    figures = {"modes_covered": covered, "high_quality_share": share, "reverse_kl": 0.1, "goal_met": covered == 8}
    return SeedResult(number, Path("x"), 100, 2.0, None, figures)


def test_the_median_is_by_modes_then_quality_and_the_worse_of_two(ring: Modes) -> None:
    entry = ring.results[0].entry
    result = Result(entry, (seed(0, 8, 0.9), seed(1, 7, 0.99), seed(2, 8, 0.95), seed(3, 8, 0.8)))
    assert result.median.seed == 3
    assert replace(result, seeds=result.seeds[:3]).median.seed == 0
    assert (result.num_goals, result.num_diverged, result.seconds) == (3, 0, 8.0)
    assert result.statistic("modes_covered") == Statistic(7.75, 0.5, 7, 8)
    assert replace(result, seeds=result.seeds[:1]).statistic("modes_covered") == Statistic(8, None, 8, 8)


@pytest.mark.parametrize(("num", "columns", "rows"), [(1, 1, 1), (3, 3, 1), (4, 2, 2), (5, 3, 2)])
def test_panels_are_laid_out_in_rows(num: int, columns: int, rows: int, ring: Modes) -> None:
    many = replace(ring, results=tuple(ring.results[0] for _ in range(num)))
    image = draw(many, Ring8Config().build())
    assert image.size == (columns * 440 + 20, rows * (420 + 46 + 20) + 20 + 46 + 34)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"data": "ring9"}, "unknown data of this bench 'ring9'; did you mean 'ring8'"),
        ({"data": DigitsConfig()}, "unknown data of this bench 'digits'"),
        ({"seeds": 0}, "give --seeds of 1 or more"),
        ({"first_seed": -1}, "--first-seed of 0 or more"),
        ({"images": 0}, "images"),
        ({"recipes": ["dcgn"]}, "did you mean 'dcgan'"),
        ({"out": __file__}, "is a file; choose a folder"),
    ],
)
def test_bad_requests_are_one_line(asked: dict[str, object], message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message) as caught:
        modes(**{"out": tmp_path / "out", "recipes": ["gan"], **asked})  # pyright: ignore[reportArgumentType]
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()
