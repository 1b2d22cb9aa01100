"""Made-up events of runs that went wrong, as the watcher and the recovery write them."""

import json
from pathlib import Path
from typing import Any

from ganwright.health import SIGNALS
from ganwright.health.diagnosis import DIAGNOSES

EVIDENCE = {"distinct samples": 0.0234, "near duplicates": 1.0, "coverage": 0.03125}

ABOUT = "both learning rates are divided by 10"


def event(type: str, num_images: int, **fields: Any) -> dict[str, Any]:
    """An event as the log has it."""
    return {"type": type, "iteration": num_images // 64, "num_images": num_images, "time": 1.8e9, **fields}


def diagnosis(
    state: str, num_images: int, kind: str, severity: str = "failing", onset: int | None = None, **fields: Any
) -> dict[str, Any]:
    """A diagnosis of a known kind, since 8,000 images before it was told."""
    ailment = DIAGNOSES[kind]
    told = {"title": ailment.title, "cause": ailment.cause, "advice": ailment.advice, "evidence": EVIDENCE}
    onset = max(0, num_images - 8000) if onset is None else onset
    return event(
        "diagnosis", num_images, state=state, kind=kind, severity=severity, onset_images=onset, **told | fields
    )


def recovery(num_images: int, back: int, kind: str, attempt: int = 1, **fields: Any) -> dict[str, Any]:
    """A step back with a remedy that lowers both rates."""
    changes = {"optimisers.generator.learning_rate": 2e-05, "optimisers.discriminator.learning_rate": 1e-05}
    told = {"remedy": "lower-rates", "about": ABOUT, "changes": changes, "attempt": attempt}
    return event("recovery", num_images, kind=kind, back_to_images=back, from_images=num_images, **told | fields)


def signals(num_images: int) -> dict[str, Any]:
    """A look at a run that learns and shows nothing odd."""
    t = num_images / 120_000
    values = dict.fromkeys(SIGNALS, 0.5 + 0.3 * t)
    return event("signals", num_images, values=values, seconds=0.01)


def healthy() -> list[dict[str, Any]]:
    """Looks, and nothing found."""
    return [signals(n) for n in range(5_000, 120_001, 5_000)]


def rescued() -> list[dict[str, Any]]:
    """It swings, collapses and is taken back twice, overfits for a while, and ends with one thing to be watched."""
    return [
        *healthy(),
        diagnosis("found", 20_000, "divergence", "watch", 12_000),
        diagnosis("found", 40_000, "full-collapse", "watch", 28_000),
        diagnosis("changed", 45_000, "full-collapse", "failing", 32_000),
        recovery(45_000, 30_000, "full-collapse"),
        diagnosis("gone", 45_000, "divergence", "watch", 12_000),
        diagnosis("gone", 45_000, "full-collapse", "failing", 32_000),
        diagnosis("found", 60_000, "full-collapse", "failing", 52_000),
        recovery(
            60_000,
            50_000,
            "full-collapse",
            2,
            remedy="relativistic",
            about="",
            changes={"penalties": [{"kind": "r1", "gamma": 0.5}]},
        ),
        diagnosis("gone", 60_000, "full-collapse", "failing", 52_000),
        diagnosis("found", 70_000, "discriminator-overfitting", "failing", 65_000),
        diagnosis("changed", 85_000, "discriminator-overfitting", "watch", 80_000),
        diagnosis("gone", 95_000, "discriminator-overfitting", "watch", 80_000),
        diagnosis("found", 110_000, "memorisation", "watch", 105_000),
    ]


GAINED = "Full mode collapse: the run went back to 30,000. It did not fail again; distance 9.1 -> 2.2."


def ended() -> list[dict[str, Any]]:
    """What is written at the end of a run that went back, and where a fork takes over."""
    return [
        event("recovered", 120_000, steps=[], lines=[GAINED], final=True),
        event("fork", 120_000, kind="stalled", out="runs/x-fork", recipe="rescued", images=9000, changes={}),
    ]


def failing() -> list[dict[str, Any]]:
    """It collapses and stays collapsed."""
    return [*healthy(), diagnosis("found", 40_000, "full-collapse", "failing", 32_000)]


def put(folder: Path, events: list[dict[str, Any]]) -> Path:
    """Write events into a run's log, before its ending, and return the folder."""
    path = folder / "events.jsonl"
    *lines, ending = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines, *map(json.dumps, events), ending]) + "\n", encoding="utf-8")
    return folder
