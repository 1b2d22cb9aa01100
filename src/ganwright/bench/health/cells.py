"""The healthy settings that are sabotaged: a data set, a recipe made small, a length. Each belongs to one half.

Detectors are developed on the half `development`, with seeds from 100 on, and judged once on the half `test`, with
seeds from 0 on: other sizes of data, other mixtures, and in four cells (pacgan, wgan, unrolled, sngan-cnn) recipes that
development does not have. Whether the test half's cells work when nothing is wrong was tried with seeds from 900 on,
which belong to neither half (ring5-unrolled, made anew: from 100 to 103). Cells on which a test half was judged belong
to development once something is changed by what they showed: those of 2026-11-23 are digits16, mnist, mnist24 and
grid25, those of 2026-11-30 digits12, digits10-gan, ring12, grid16 and mnist14.
"""

from ganwright.bench.health.cell import LOGS, LOOKS, OUTCOMES, TICKS, Cell, Half, Standard
from ganwright.bench.health.cells_development import DEVELOPMENT
from ganwright.bench.health.cells_test import TEST
from ganwright.core.errors import UserError
from ganwright.core.table import look_up

__all__ = ["CELLS", "LOGS", "LOOKS", "OUTCOMES", "TICKS", "Cell", "Half", "Standard", "cells_of"]

CELLS: dict[str, Cell] = {cell.name: cell for cell in (*DEVELOPMENT, *TEST)}
"""Every cell by its name, development first."""


def cells_of(half: str, names: list[str] | None = None) -> list[Cell]:
    """The cells of a half, or those named of it. Raises UserError for names that are not in it."""
    known = {name: cell for name, cell in CELLS.items() if cell.half == half}
    if names is None:
        return list(known.values())
    if not names:
        raise UserError("there is no cell to train; name some with --cells, or leave it out for all of the half")
    return [look_up(known, name, f"cell of the {half} half") for name in dict.fromkeys(names)]
