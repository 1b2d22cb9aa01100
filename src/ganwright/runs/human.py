"""The human test of a run: which pictures are shown in what order, and the results that are kept with the run."""

import json
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.files import write_text
from ganwright.core.seeding import generator_for
from ganwright.data.dataset import Dataset, NoTestSplit, to_uint8
from ganwright.metrics.human import HumanError, human_error, human_error_of_pairs
from ganwright.runs.run import Run, load

FILE = "human.jsonl"
FEWEST, MOST = 10, 200
Mode = Literal["single", "pairs"]
_writing = threading.Lock()


@dataclass(frozen=True)
class Shown:
    """One picture of a test. real: what it is. number: its row in the split, or of the samples of the test's seed."""

    real: bool
    number: int


@dataclass(frozen=True, eq=False)
class Trial:
    """A test before anybody answered.

    mode: "single": each question is one picture, real or fake; "pairs": one of each, which is the real one?
    split: of the data that the real ones are from: "test" where there is one, so that none was trained on.
    questions: the pictures of each question, in order. pictures: uint8 (N, C, H, W), in the same order.
    """

    mode: Mode
    seed: int
    split: str
    questions: tuple[tuple[Shown, ...], ...]
    pictures: Tensor


@dataclass(frozen=True)
class Answer:
    """What a person said to a question.

    real: of a single picture whether it was called real. picked: of a pair, which one (0 or 1) was. seconds: taken.
    """

    question: int
    seconds: float
    real: bool | None = None
    picked: int | None = None


def real_items(run: Run | str | Path, data_dir: str | None = None) -> tuple[Dataset, str]:
    """The real pictures that a test shows, and of which split: "test", or "train" where the data has no other.

    Raises UserError for a run of points or without samples, and where the data is not found.
    """
    run = run if isinstance(run, Run) else load(run)
    if run.model[0].sample is None:
        raise UserError(f"{run.path} holds a {run.config.algorithm.tag} run; it makes no pictures to judge")
    place = data_dir or run._data_dir()
    try:
        items, split = run.config.data.load("test", place), "test"
    except NoTestSplit:
        items, split = run.config.data.load("train", place), "train"
    if not items.spec.is_image:
        raise UserError(f"{run.path} makes points; people can judge images only")
    return items, split


def make_trial(
    run: Run | str | Path,
    num: int = 50,
    *,
    mode: Mode = "single",
    seed: int = 0,
    data_dir: str | None = None,
    reals: tuple[Dataset, str] | None = None,
) -> Trial:
    """Draw the questions of a test: as many real pictures as fakes, in an order that follows from the seed.

    num: questions, 10 to 200; an even number of single pictures. Fakes are by the averaged generator, rounded to 8
    bits as the data is; of a conditional run they are of the classes of the real ones, so that classes tell nothing.
    reals: as `real_items` found them; None: it is asked. Raises UserError as it does, and where there are too few.
    """
    run = run if isinstance(run, Run) else load(run)
    if mode not in ("single", "pairs"):
        raise UserError(f"unknown mode '{mode}'; known: pairs, single")
    if not FEWEST <= num <= MOST or (mode == "single" and num % 2):
        raise UserError(f"a test has {FEWEST} to {MOST} questions, of single pictures an even number, not {num}")
    items, split = reals or real_items(run, data_dir)
    each = num if mode == "pairs" else num // 2
    if each > len(items):
        raise UserError(f"{items.name} has {len(items)} pictures to show, not {each}; ask fewer questions")
    order = generator_for(seed, "human")
    rows = torch.randperm(len(items), generator=order)[:each]
    labels = None if items.labels is None or not run.model[0].num_classes else items.labels[rows]
    fakes = to_uint8(torch.cat(list(run.batches(each, seed, labels=labels))))
    if fakes.shape[1:] != items.items.shape[1:]:
        raise UserError(f"{run.path} makes other pictures than {items.name} holds; put back the data it was trained on")
    shown_reals = items.items[rows]
    if mode == "pairs":
        first = torch.rand(each, generator=order) < 0.5
        questions = [
            (Shown(True, int(row)), Shown(False, i)) if left else (Shown(False, i), Shown(True, int(row)))
            for i, (row, left) in enumerate(zip(rows, first, strict=True))
        ]
    else:
        shown = [Shown(True, int(row)) for row in rows] + [Shown(False, i) for i in range(each)]
        questions = [(shown[int(i)],) for i in torch.randperm(num, generator=order)]
    at = {int(row): i for i, row in enumerate(rows)}
    pictures = [shown_reals[at[one.number]] if one.real else fakes[one.number] for group in questions for one in group]
    return Trial(mode, seed, split, tuple(questions), torch.stack(pictures))


def judge(trial: Trial, answers: Sequence[Answer]) -> HumanError:
    """How often the answers are wrong. Questions without one do not count.

    Raises UserError for answers that do not fit their questions, and for none.
    """
    if not answers:
        raise UserError("no question was answered, so there is nothing to count")
    for answer in answers:
        fits = answer.real is None if trial.mode == "pairs" else answer.picked is None
        given = answer.picked in (0, 1) if trial.mode == "pairs" else answer.real is not None
        if not 0 <= answer.question < len(trial.questions) or not fits or not given:
            raise UserError(f"the answer to question {answer.question} does not fit; see what the test asks")
    if len({answer.question for answer in answers}) < len(answers):
        raise UserError("a question was answered twice")
    asked = [trial.questions[answer.question] for answer in answers]
    if trial.mode == "pairs":
        return human_error_of_pairs([not q[a.picked or 0].real for q, a in zip(asked, answers, strict=True)])
    return human_error([q[0].real for q in asked], [bool(a.real) for a in answers])


def keep_result(
    run: Run | str | Path, trial: Trial, answers: Sequence[Answer], *, exposure_seconds: float | None = None
) -> dict[str, Any]:
    """Judge the answers and add the result, with all of them, to human.jsonl in the run's folder; return it.

    exposure_seconds: for how long each picture could be seen; None: without a limit.
    """
    run = run if isinstance(run, Run) else load(run)
    error = judge(trial, answers)
    state = run.checkpoint.state()
    result = {
        "time": time.time(),
        "mode": trial.mode,
        "exposure_seconds": exposure_seconds,
        "questions": len(trial.questions),
        "seed": trial.seed,
        "split": trial.split,
        "num_images": state["num_images"],
        "checkpoint": state["sha256"][:12],
        "error": error.plain(),
        "median_seconds": float(torch.tensor([a.seconds for a in answers]).median()),
        "answers": [
            {**asdict(answer), "shown": [asdict(one) for one in trial.questions[answer.question]]} for answer in answers
        ],
    }
    file = run.path / FILE
    with _writing:
        before = file.read_text(encoding="utf-8") if file.exists() else ""
        if before and not before.endswith("\n"):
            before += "\n"
        write_text(file, before + json.dumps(result, allow_nan=False) + "\n")
    return result


def human_results(run: Run | str | Path) -> list[dict[str, Any]]:
    """The results kept with a run, oldest first. Lines that are no result are left out."""
    file = (run.path if isinstance(run, Run) else Path(run)) / FILE
    if not file.is_file():
        return []
    found = []
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            result = json.loads(line)
        except ValueError:
            continue
        if isinstance(result, dict) and isinstance(result.get("error"), dict):
            found.append(result)
    return found


__all__ = [
    "FEWEST",
    "FILE",
    "MOST",
    "Answer",
    "Mode",
    "Shown",
    "Trial",
    "human_results",
    "judge",
    "keep_result",
    "make_trial",
    "real_items",
]
