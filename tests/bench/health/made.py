"""Events and courses that are made up."""

from collections.abc import Sequence
from typing import Any

from ganwright.bench.health.truth import Course, Point
from ganwright.core.events import Event

EVERY = 40


def event(type: str, num_images: int, **fields: Any) -> Event:
    return {"type": type, "iteration": num_images, "num_images": num_images, "time": 0.0, **fields}


def images(fids: Sequence[float], classes: Sequence[float] | None = None, copies: float = 0.0) -> Course:
    """A course of images: a point every 40; a FID of NaN is a point whose samples were not finite."""
    shown = classes or [10.0] * len(fids)
    points = []
    for number, (fid, num) in enumerate(zip(fids, shown, strict=True), 1):
        values = {"finite": 1.0, "fid": fid, "classes": num, "copies": copies}
        points.append(Point(number * EVERY, values if fid == fid else {"finite": 0.0}))
    return Course(tuple(points))


def modes(covered: Sequence[float], quality: float = 0.9) -> Course:
    """A course of points in the plane."""
    values = [{"finite": 1.0, "modes": num, "high_quality": quality} for num in covered]
    return Course(tuple(Point(number * EVERY, v) for number, v in enumerate(values, 1)))
