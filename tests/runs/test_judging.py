"""Judging runs while they train and afterwards, and pictures of any other program."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from ganwright.core.errors import UserError
from ganwright.data.digits import DigitsConfig
from ganwright.runs import Run, evaluate_samples, judging, train
from ganwright.runs.report_charts import charts_of
from ganwright.runs.report_facts import RunFacts

TINY = {"generator.hidden": [16], "discriminator.hidden": [16], "tick_images": 960, "log_images": 320}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    options = {**TINY, "evaluate_images": 320, "evaluate_metrics": ["fid", "vendi"], "best_by": "vendi"}
    options |= {"evaluate_samples": 100, "keep_checkpoints": 1}
    return train("mlp", "digits", images=960, out=tmp_path_factory.mktemp("runs") / "a", options=options)


def write(folder: Path, images: torch.Tensor) -> Path:
    folder.mkdir()
    for number, image in enumerate(images):
        Image.fromarray(image[0].numpy()).save(folder / f"{number}.png")
    return folder


def test_the_best_checkpoint_is_that_of_the_chosen_metric(run: Run) -> None:
    """Vendi's better side is near real data's value."""
    judged = [e for e in run.events() if e["type"] == "metrics"]
    assert [e["num_images"] for e in judged] == [320, 640, 960]
    gaps = {}
    for event in judged:
        assert {f["name"] for f in event["figures"]} == {"fid", "vendi"}
        assert event["best_by"] == "vendi"
        figure = next(f for f in event["figures"] if f["name"] == "vendi")
        gaps[event["num_images"]] = abs(figure["value"] - figure["real"])
    best = min(gaps, key=lambda num: gaps[num])
    assert run.checkpoint.num_images == best
    state = run.folder.checkpoints()[-1].state()
    assert state["best"] == {"value": pytest.approx(gaps[best]), "num_images": best}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"best_by": "fdi"}, "best_by: there is no metric 'fdi'; did you mean 'fid'"),
        ({"best_by": "discriminator_score"}, "'discriminator_score' has no better side; take one of fid"),
        ({"evaluate_metrics": ["modes_covered"]}, "'modes_covered' needs data that are a mixture"),
        ({"evaluate_features": "inceptoin"}, "unknown features 'inceptoin'; did you mean 'inception'"),
    ],
)
def test_what_cannot_be_judged_is_told_before_training(tmp_path: Path, options: dict, says: str) -> None:
    with pytest.raises(UserError, match=says):
        train("mlp", "digits", images=320, out=tmp_path / "x", options={**TINY, "evaluate_images": 320, **options})
    assert not (tmp_path / "x").exists()


def test_what_was_drawn_stands_in_the_folder_the_log_and_the_report(run: Run) -> None:
    found = run.evaluate(60, metrics=["memorisation"], features="pixels")
    assert list(found.pictures) == ["memorisation-closest-pairs"]
    event = run.events()[-1]
    assert event["pictures"] == {"memorisation-closest-pairs": "evaluations/memorisation-closest-pairs.png"}
    assert (run.path / event["pictures"]["memorisation-closest-pairs"]).is_file()
    page = run.report().read_text(encoding="utf-8")
    assert "What memorisation-closest-pairs found" in page
    assert "\u00b1" in page


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"resize": "claen"}, "unknown resize rule 'claen'; did you mean 'clean'"),
        ({"resize": "clean"}, "a resize rule goes with features that are named"),
        ({"resize": "clean", "features": "none"}, "a resize rule goes with features that are named"),
        ({"weights": "w.pth"}, "features 'auto' take no weights file; leave w.pth away"),
    ],
)
def test_what_would_be_ignored_is_refused(run: Run, options: dict, says: str) -> None:
    with pytest.raises(UserError, match=says):
        run.evaluate(60, metrics=["pixel_mean"], **options)


def test_the_other_split_is_judged_against_on_request(run: Run) -> None:
    train_split, test = (run.evaluate(60, metrics=["pixel_mean"], split=split) for split in ("train", "test"))
    assert train_split["pixel_mean"].protocol["split"] == "train"
    assert test["pixel_mean"].protocol["split"] == "test"
    assert train_split["pixel_mean"].value == test["pixel_mean"].value
    assert train_split["pixel_mean"].real != test["pixel_mean"].real


def test_real_pictures_of_another_program_stand_at_the_floor_and_copies_are_caught(tmp_path: Path) -> None:
    data, test = DigitsConfig().build("train"), DigitsConfig().build("test")
    unseen = evaluate_samples(write(tmp_path / "unseen", test.items), "digits", metrics=["fid", "memorisation"])
    copies = evaluate_samples(write(tmp_path / "copies", data.items[:297]), "digits", metrics=["fid", "memorisation"])
    assert unseen["fid"].protocol["n_fake"] == 297
    assert unseen["fid"].floor is not None
    assert unseen["fid"].value < 2 * unseen["fid"].floor
    assert unseen["memorisation"].value == pytest.approx(0.5, abs=0.1)
    assert copies["memorisation"].value > 0.99


def test_pictures_of_another_size_are_brought_to_the_datas_with_a_note(tmp_path: Path) -> None:
    large = DigitsConfig().build("test").items[:40].repeat_interleave(2, 2).repeat_interleave(2, 3)
    found = evaluate_samples(write(tmp_path / "large", large), "digits", metrics=["pixel_mean"], out=tmp_path / "out")
    assert found.notes[0] == "pictures of 16x16 were brought to 8x8: samples of another size say less"
    with pytest.raises(UserError, match="are points; a folder of pictures cannot be compared"):
        evaluate_samples(tmp_path / "large", "ring8")


def test_features_are_fitted_on_training_data_whichever_split_is_judged_against(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(judging, "eyes_for", lambda source, data, *rest: asked.append(data.content_hash))
    for split in ("train", "test"):
        run.evaluate(60, metrics=["pixel_mean"], split=split)
    assert asked == [DigitsConfig().build("train").content_hash] * 2


def test_curves_of_figures_join_one_protocol_and_say_which_side_is_better(run: Run) -> None:
    """Evaluating again, with fewer samples or once more, adds no zigzag."""
    run.evaluate(40, metrics=["fid"])
    run.evaluate(100, metrics=["fid"])
    facts = RunFacts(run.path)
    told = facts.figure_over_time("fid")
    assert [images for images, _, _ in told] == [320, 640, 960]
    chart = next(c for c in charts_of(facts) if c.id == "figure-fid")
    assert chart.explained == "Lower is better."
    other = train("mlp", "digits", images=640, out=run.path.parent / "b", options={**TINY, "evaluate_images": 320})
    explained = {c.id: c.explained for c in charts_of(RunFacts(other.path))}
    assert explained["figure-recall"] == "Higher is better."
