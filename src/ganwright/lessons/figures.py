"""Draws the figures that a lesson describes, from its records and from the panels of its runs."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib
from PIL import Image

from ganwright.lessons.base import Bars, Clouds, Curves, Figure, Grades, Lesson, Maps, Panels, Profiles
from ganwright.lessons.canvas import STYLE, Shot
from ganwright.lessons.charts import bars, curves, profiles
from ganwright.lessons.clouds import clouds, grades
from ganwright.lessons.maps import maps
from ganwright.lessons.results import Record
from ganwright.lessons.strips import panels
from ganwright.runs.folder import RunFolder


def draw(figure: Figure, lesson: Lesson, records: Mapping[str, Record], folders: Mapping[str, RunFolder]) -> list[Shot]:
    """Draw one of a lesson's figures: one picture, or the frames of an animation.

    records, folders: of every run, by name.
    """
    with matplotlib.rc_context(STYLE):
        match figure:
            case Curves():
                return [curves(figure, lesson, records)]
            case Bars():
                return [bars(figure, lesson, records)]
            case Profiles():
                return profiles(figure, lesson, records)
            case Maps():
                return [maps(figure, lesson, records)]
            case Clouds():
                return [clouds(figure, lesson, records)]
            case Grades():
                return [grades(figure, lesson, records)]
            case Panels():
                return [panels(figure, lesson, folders)]


def write_animation(shots: Sequence[Shot], path: Path, frame_seconds: float = 0.25) -> None:
    """Write the pictures as an animated GIF, the last one held for two seconds."""
    frames = [Image.open(io.BytesIO(shot.png)).convert("P", palette=Image.Palette.ADAPTIVE) for shot in shots]
    times = [int(1000 * frame_seconds)] * (len(frames) - 1) + [2_000]
    frames[0].save(path, format="GIF", save_all=True, append_images=frames[1:], duration=times, loop=0)
