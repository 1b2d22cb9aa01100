"""What a recovery gained: signals and figures where the run failed, and where they came to afterwards."""

from typing import Any

from ganwright.core.events import Event

TELLING = ("coverage_averaged", "left_out_averaged", "distinct_averaged", "distance")
"""Signals that say most of how good samples are."""


def gains(events: list[Event]) -> list[dict[str, Any]]:
    """One entry for each step back, of the fields of its event and of these.

    compared: by name the values before it and at the last look until the next one: signals, and the figures of
        evaluations while training. failed_again_images: when a failing diagnosis was next made, or None.
    """
    places = [i for i, event in enumerate(events) if event["type"] == "recovery"]
    steps = []
    for start, end in zip(places, [*places[1:], len(events)], strict=True):
        event, then = events[start], events[start + 1 : end + 1]
        earlier, later = _last_values(events[:start]), _last_values(then)
        again = [e["num_images"] for e in then if _fails(e)]
        steps.append(
            {
                **{name: event[name] for name in ("kind", "remedy", "from_images", "back_to_images")},
                "compared": {name: [earlier[name], later[name]] for name in later if name in earlier},
                "failed_again_images": again[0] if again else None,
            }
        )
    return steps


def _fails(event: Event) -> bool:
    return event["type"] == "diagnosis" and event["state"] != "gone" and event["severity"] == "failing"


def _last_values(events: list[Event]) -> dict[str, float]:
    """The newest of the telling signals, and of the figures that were measured while training."""
    values: dict[str, float] = {}
    for event in events:
        if event["type"] == "signals":
            told = event["values"]
            values |= {name: told[name] for name in TELLING if isinstance(told.get(name), (int, float))}
        elif event["type"] == "metrics" and "best_by" in event:
            values |= {f["name"]: f["value"] for f in event["figures"] if f["name"] == event["best_by"]}
    return values
