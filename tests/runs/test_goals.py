"""Early stopping: what is a goal, when a run has reached it, and what the same command then does."""

from pathlib import Path
from typing import Any

import pytest

import ganwright as gw
from ganwright.cli.program import run as run_program
from ganwright.core.errors import UserError
from ganwright.core.events import Event, read_events
from ganwright.metrics import METRICS
from ganwright.runs.goals import Goal, verdict
from ganwright.training.config import TrainingConfig

OPTIONS: dict[str, Any] = {
    "generator.hidden": (16,),
    "discriminator.hidden": (16,),
    "device": "cpu",
    "batch_size": 8,
    "log_images": 64,
    "tick_images": 64,
    "panel_size": 4,
    "signals": False,
    "evaluate_images": 64,
    "evaluate_samples": 64,
    "evaluate_features": "none",
    "evaluate_metrics": ("pixel_mean",),
    "best_by": "pixel_mean",
}


def train(folder: Path, images: int = 512, **options: Any) -> list[Event]:
    changed = {**OPTIONS, **{name.replace("__", "."): value for name, value in options.items()}}
    gw.train("mlp", "digits", out=folder, images=images, seed=100, options=changed)
    return read_events(folder / "events.jsonl")


def of(events: list[Event], type: str) -> list[Event]:
    return [e for e in events if e["type"] == type]


@pytest.mark.parametrize(
    ("text", "reached", "missed"),
    [
        ("fid<5", 4.9, 5.0),
        ("fid <= 5", 5.0, 5.1),
        ("recall>0.5", 0.51, 0.5),
        (" recall >=5e-1 ", 0.5, 0.49),
        ("pixel_mean>0.1", 0.2, 0.1),
        ("pixel_mean<0.1", 0.0, 0.1),
        ("fid<5", -1.0, float("nan")),
        ("recall>0.5", 1.0, float("inf")),
    ],
)
def test_a_goal_is_read_and_reached(text: str, reached: float, missed: float) -> None:
    goal = Goal.parse(text)
    assert goal.reached(reached)
    assert not goal.reached(missed)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("fid", "is no goal; write a metric"),
        ("", "is no goal"),
        ("fid=5", "is no goal"),
        ("5<fid", "there is no metric '5'"),
        ("fidd<5", "did you mean 'fid'"),
        ("fid<five", "'five' is no number"),
        ("fid<nan", "'nan' is no number"),
        ("fid<<5", "is no"),
        ("fid<5<6", "is no number"),
        ("fid>5", "of fid lower is better, so 'fid>5' holds from the start; did you mean 'fid<5'?"),
        ("recall<=0.5", "did you mean 'recall>=0.5'?"),
    ],
)
def test_nonsense_is_refused_with_one_line(text: str, told: str) -> None:
    with pytest.raises(UserError) as caught:
        Goal.parse(text)
    assert told in str(caught.value)
    assert str(caught.value).startswith("until: ")
    assert "\n" not in str(caught.value)


def test_every_metric_can_be_a_goal_one_way_at_least() -> None:
    for name in METRICS:
        accepted = []
        for sign in "<>":
            try:
                accepted.append(Goal.parse(f"{name}{sign}1"))
            except UserError:
                continue
        assert accepted


def judged(num_images: int, **values: float) -> Event:
    return {"num_images": num_images, "figures": [{"name": name, "value": value} for name, value in values.items()]}


def test_patience_counts_from_the_best_or_from_a_step_back() -> None:
    config = TrainingConfig(patience_images=100, evaluate_images=10)
    best = {"value": 3.0, "num_images": 200}
    assert verdict(config, judged(299, fid=4.0), best) is None
    why = verdict(config, judged(300, fid=4.0), best)
    assert why == "fid has not become better for 100 images: it was best at 200 images"
    assert verdict(config, judged(300, fid=4.0), best, since=250) is None
    assert verdict(config, judged(350, fid=4.0), best, since=250) is not None
    assert verdict(config, judged(300, fid=4.0), None) is None
    assert verdict(TrainingConfig(), judged(10**9, fid=4.0), best) is None, "plateaus are long: nobody asked"


def test_goals_need_evaluations() -> None:
    for option in ({"until": "fid<5"}, {"patience_images": 10}):
        with pytest.raises(ValueError, match="give evaluate_images as well"):
            TrainingConfig.model_validate(option)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"until": "fidd<5"}, "there is no metric 'fidd'"),
        ({"until": "fid<5"}, "'fid' needs features"),
        ({"until": "modes_covered>7"}, "'modes_covered' needs data that are a mixture"),
        ({"patience_images": 64, "best_by": "fid"}, "patience_images: 'fid' is not measured while this run trains"),
    ],
)
def test_a_goal_that_nothing_measures_is_refused_before_anything_begins(
    options: dict[str, Any], told: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError) as caught:
        train(tmp_path / "run", **options)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_a_reached_goal_ends_the_run_and_the_same_command_leaves_it_so(tmp_path: Path) -> None:
    out = tmp_path / "run"
    events = train(out, until="pixel_std>0.01")  # a metric that is measured for the goal alone
    (end,) = of(events, "finished")
    assert end["num_images"] == 64
    assert end["reason"].startswith("pixel_std ")
    assert end["reason"].endswith("at 64 images reaches pixel_std>0.01")
    assert train(out, until="pixel_std>0.01") == events
    assert train(out, until="pixel_std>0.001", images=1024) == events, "reached as well"
    further = train(out, until="pixel_std>100")
    assert of(further, "finished")[-1]["num_images"] == 512
    assert "reason" not in of(further, "finished")[-1]


def test_a_run_that_was_never_judged_may_be_given_a_goal(tmp_path: Path) -> None:
    out, judged = tmp_path / "run", tmp_path / "judged"
    train(out, images=128, evaluate_images=None)
    events = train(out, images=256, until="pixel_std>100")
    assert [e["num_images"] for e in of(events, "metrics")] == [192, 256]
    assert of(train(judged, images=256), "metrics")[-1]["figures"][0] == of(events, "metrics")[-1]["figures"][0]


def test_a_run_killed_between_its_goal_and_its_end_ends_there(tmp_path: Path) -> None:
    out = tmp_path / "run"
    train(out, until="pixel_std>0.01")
    lines = (out / "events.jsonl").read_text().splitlines(keepends=True)
    kept = [line for line in lines if '"finished"' not in line and '"final"' not in line]
    (out / "events.jsonl").write_text("".join(kept))
    events = train(out, until="pixel_std>0.01")
    (end,) = of(events, "finished")
    assert end["num_images"] == 64
    assert "reaches" in end["reason"]


def test_patience_ends_a_run_that_no_longer_gets_better(tmp_path: Path) -> None:
    out = tmp_path / "run"
    rates: dict[str, Any] = {f"optimisers__{name}__learning_rate": 0.0 for name in ("generator", "discriminator")}
    events = train(out, patience_images=128, **rates)
    (end,) = of(events, "finished")
    assert end["num_images"] == 192, "best at 64, since nothing changes"
    assert end["reason"] == "pixel_mean has not become better for 128 images: it was best at 64 images"
    assert train(out, patience_images=128, **rates) == events
    assert of(train(out, patience_images=192, **rates), "finished")[-1]["num_images"] == 256


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    flags = [f"--{name.replace('_', '-')}={_text(value)}" for name, value in OPTIONS.items()]
    command = ["train", "digits", "--recipe", "mlp", "--seed", "100", "--images", "512", "--out", str(out), *flags]
    command, plain = [*command, "--until", "pixel_std>0.01"], command
    assert run_program({"train": "ganwright.cli.train:app"}, command) == 0
    assert "stopped early: pixel_std " in capsys.readouterr().out
    assert run_program({"train": "ganwright.cli.train:app"}, command) == 0
    told = capsys.readouterr()
    assert "already finished: 64 images" in told.err
    assert "it goes no further: pixel_std " in told.err
    for wrong, line in (
        (["--until", "fidd<5"], "until: there is no metric 'fidd'; did you mean 'fid'"),
        (["--on-failure", "recove"], "--on-failure is 'recove'; did you mean 'recover'?"),
        (["--on-failure", "recover"], "on_failure recover: failures are seen by the signals"),
    ):
        for asked in (wrong, [*wrong, "--dry-run"]):
            assert run_program({"train": "ganwright.cli.train:app"}, [*plain, *asked]) == 2
            told = capsys.readouterr()
            assert line in told.err
            assert len(told.err.strip().splitlines()) <= 3


def _text(value: Any) -> str:
    return (
        ("[" + ",".join(repr(v).replace("'", '"') for v in value) + "]")
        if isinstance(value, tuple)
        else str(value).lower()
    )
