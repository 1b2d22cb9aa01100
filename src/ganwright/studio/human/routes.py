"""/api/human: begin a test, get its pictures, answer, see the result."""

import secrets
from typing import Any, Literal

from pydantic import Field
from starlette.responses import Response
from starlette.routing import Route

from ganwright.runs.human import FEWEST, MOST, Answer, human_results, make_trial
from ganwright.studio.human.sittings import LEAST_ANSWERS, Sitting, Sittings
from ganwright.studio.replies import NotFound, Query, UserError, endpoint
from ganwright.studio.state import Studio

MAX_SHOWN_RESULTS = 100


class Beginning(Query):
    """How the test is to be."""

    mode: Literal["single", "pairs"] = "single"
    """One picture at a time, or a real one and a fake side by side."""

    questions: int = Field(default=40, ge=FEWEST, le=MOST)
    """How many; of single pictures an even number."""

    exposure_seconds: float | None = Field(default=None, ge=0.1, le=60)
    """For how long each picture can be seen; null: without a limit."""

    seed: int | None = Field(default=None, ge=0, lt=2**31)
    """Of pictures and order; null: a random one."""


class Said(Query):
    """An answer."""

    question: int = Field(ge=0, lt=MOST)
    seconds: float = Field(ge=0, le=3600)
    real: bool | None = None
    picked: int | None = Field(default=None, ge=0, le=1)


class Nothing(Query):
    """An empty body."""


def about(studio: Studio, run: str) -> dict[str, Any]:
    """What a test of this run would show, and the results so far."""
    folder = studio.run_folder(run)
    results = human_results(folder)
    told: dict[str, Any] = {
        "results": [_brief(one) for one in results[-MAX_SHOWN_RESULTS:]],
        "fewest": FEWEST,
        "most": MOST,
        "problem": None,
    }
    try:
        tested = studio.service(Sittings).runs.of(folder)
    except UserError as error:
        return told | {"problem": " ".join(str(error).split())}
    channels, height, width = tested.items.spec.shape
    return told | {
        "data": tested.items.name,
        "split": tested.split,
        "reals": len(tested.items),
        "width": width,
        "height": height,
        "channels": channels,
        "num_images": tested.run.checkpoint.num_images,
    }


def begin(studio: Studio, query: Beginning, run: str) -> dict[str, Any]:
    """Draw the pictures of a new test."""
    sittings = studio.service(Sittings)
    tested = sittings.runs.of(studio.run_folder(run))
    seed = secrets.randbelow(2**31) if query.seed is None else query.seed
    reals = (tested.items, tested.split)
    trial = make_trial(tested.run, query.questions, mode=query.mode, seed=seed, reals=reals)
    sitting = sittings.begin(tested.run, trial, query.exposure_seconds)
    return _state(sitting)


def state(studio: Studio, run: str, test: str) -> dict[str, Any]:
    """A test under way, to go on with it; or its result."""
    return _state(_sitting(studio, run, test))


def picture(studio: Studio, run: str, test: str, name: str) -> Response:
    """One picture of a test."""
    file = _sitting(studio, run, test).files.get(name)
    if file is None:
        raise NotFound("this test has no such picture")
    return Response(file, media_type="image/png", headers={"cache-control": "no-store"})


def answer(studio: Studio, query: Said, run: str, test: str) -> dict[str, Any]:
    """Take an answer. Whether it was right is told when the test is finished."""
    said = Answer(query.question, query.seconds, query.real, query.picked)
    return {"left": studio.service(Sittings).answer(_sitting(studio, run, test), said)}


def finish(studio: Studio, query: Nothing, run: str, test: str) -> dict[str, Any]:
    """End the test and keep its result."""
    sitting = _sitting(studio, run, test)
    studio.service(Sittings).finish(sitting)
    return _state(sitting)


def _sitting(studio: Studio, run: str, test: str) -> Sitting:
    sitting = studio.service(Sittings).of(test)
    if sitting.run.path != studio.run_folder(run):
        raise NotFound("this test is of another run")
    return sitting


def _state(sitting: Sitting) -> dict[str, Any]:
    told: dict[str, Any] = {
        "test": sitting.name,
        "mode": sitting.trial.mode,
        "exposure_seconds": sitting.exposure_seconds,
        "split": sitting.trial.split,
        "least_answers": LEAST_ANSWERS,
        "questions": [list(names) for names in sitting.names],
        "answered": sorted(sitting.answers),
        "result": None,
    }
    if sitting.result is None:
        return told
    shown = [
        {
            "question": one["question"],
            "pictures": list(sitting.names[one["question"]]),
            "real": [picture["real"] for picture in one["shown"]],
            "said_real": one["real"],
            "picked": one["picked"],
            "seconds": one["seconds"],
        }
        for one in sitting.result["answers"]
    ]
    return told | {"result": _brief(sitting.result) | {"seed": sitting.trial.seed, "shown": shown}}


def _brief(result: dict[str, Any]) -> dict[str, Any]:
    kept = ("time", "mode", "exposure_seconds", "questions", "split", "num_images", "error", "median_seconds")
    return {name: result.get(name) for name in kept}


ROUTES = [
    Route("/api/human/{run}", endpoint()(about), methods=["GET"]),
    Route("/api/human/{run}", endpoint(Beginning)(begin), methods=["POST"]),
    Route("/api/human/{run}/{test}", endpoint()(state), methods=["GET"]),
    Route("/api/human/{run}/{test}/answer", endpoint(Said)(answer), methods=["POST"]),
    Route("/api/human/{run}/{test}/finish", endpoint(Nothing)(finish), methods=["POST"]),
    Route("/api/human/{run}/{test}/{name}", endpoint()(picture), methods=["GET"]),
]
"""The part's routes."""
