"""Long lines made short enough to be drawn: of each stretch the lowest and the highest value, so no peak is lost."""

from collections.abc import Sequence

import numpy as np


def thinned(lines: Sequence[np.ndarray], most: int) -> np.ndarray:
    """Places (sorted) at which lines over one axis are kept.

    lines: values, each (N,), NaN where there is none. most: places kept for one line, about; several lines share
    them where their extremes lie together. The first and the last place are always kept; up to `most` all are.
    """
    num = len(lines[0]) if lines else 0
    if num <= most:
        return np.arange(num)
    size = -(-num // max(most // 2, 1))
    padding = -num % size
    kept = [np.array([0, num - 1])]
    starts = np.arange(0, num, size)
    for line in lines:
        stretches = np.pad(line, (0, padding), constant_values=np.nan).reshape(-1, size)
        known = ~np.isnan(stretches).all(1)
        for blank, choose in ((np.inf, np.argmin), (-np.inf, np.argmax)):
            found = choose(np.where(np.isnan(stretches), blank, stretches), 1)
            kept.append((starts + found)[known])
    return np.unique(np.concatenate(kept))
