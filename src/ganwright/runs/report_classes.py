"""The classes of the samples over time, drawn: a row a class, a column a tick, fuller where more samples fall."""

from collections.abc import Mapping, Sequence
from html import escape
from math import isfinite
from typing import Any, TypeGuard

from ganwright.runs.report_facts import RunFacts

MOST_CLASSES, MOST_COLUMNS = 30, 60
_ROW = 14  # pixels
FULL = 2.0
"""A cell is darkest where a class has this many times its share of the data."""


def class_history(facts: RunFacts) -> str:
    """The figure; empty where no classifier looked at the samples, and for more classes than rows can be told apart."""
    told = [(e["num_images"], e["class_shares"]) for e in facts.events("signals") if _is_told(e.get("class_shares"))]
    if len(told) < 2 or len(told[0][1]["real"]) > MOST_CLASSES:
        return ""
    if len(told) > MOST_COLUMNS:
        told = [told[round(i * (len(told) - 1) / (MOST_COLUMNS - 1))] for i in range(MOST_COLUMNS)]
    real = told[-1][1]["real"]
    width = 100 / len(told)
    cells = "".join(
        f'<rect x="{x * width:.3f}%" y="{y * _ROW}" width="{width:.3f}%" height="{_ROW - 1}" '
        f'opacity="{_depth(shares["samples"][y], real[y]):.2f}"/>'
        for x, (_, shares) in enumerate(told)
        for y in range(len(real))
    )
    names = "".join(f'<text x="0" y="{y * _ROW + 11}">{y}</text>' for y in range(len(real)))
    height = _ROW * len(real)
    label = escape(_in_words(told[-1][1]))
    return (
        '<figure class="classes"><div>'
        f'<svg class="names" width="24" height="{height}" aria-hidden="true">{names}</svg>'
        f'<svg width="100%" height="{height}" role="img" aria-label="{label}"><title>{label}</title>{cells}</svg></div>'
        f"<figcaption>Classes of the samples, by a classifier, from {told[0][0]:,} to {told[-1][0]:,} images. Full "
        "colour: at least twice the class's share of the data; empty: never made.</figcaption></figure>"
    )


def _is_told(shares: Any) -> bool:
    """True for what the monitor writes; a log may hold anything."""
    if not isinstance(shares, Mapping):
        return False
    samples, real = shares.get("samples"), shares.get("real")
    return _are_shares(samples) and _are_shares(real) and len(samples) == len(real)


def _are_shares(row: Any) -> TypeGuard[list[float]]:
    return isinstance(row, list) and len(row) > 0 and all(isinstance(v, (int, float)) and isfinite(v) for v in row)


def _depth(made: float, real: float) -> float:
    """Opacity of a cell."""
    return 0.0 if made <= 0 else min(1.0, made / (FULL * real)) if real > 0 else 1.0


def _in_words(shares: Mapping[str, Sequence[float]]) -> str:
    pairs = zip(shares["samples"], shares["real"], strict=True)
    told = [f"class {i} {made:.0%} of the samples, {real:.0%} of the data" for i, (made, real) in enumerate(pairs)]
    return "Classes at the end: " + "; ".join(told)
