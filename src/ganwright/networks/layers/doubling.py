"""Which image shapes a network of doublings can make: sides of 4 to 15 pixels times a shared power of two."""

from itertools import count

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec

SMALLEST_BASE, LARGEST_BASE = 4, 15


def num_doublings(height: int, width: int) -> int:
    """Return how often a base of 4 to 15 pixels a side doubles to reach the shape (the most possible), or 0."""
    doublings = 0
    while height % 2 == 0 and width % 2 == 0 and min(height, width) // 2 >= SMALLEST_BASE:
        height, width, doublings = height // 2, width // 2, doublings + 1
    return doublings if max(height, width) <= LARGEST_BASE else 0


def nearest_sides(side: int) -> list[int]:
    """Return the sides of squares that work, nearest to `side`: the largest up to it (if any) and the next above it."""
    below = next((s for s in range(side, 2 * SMALLEST_BASE - 1, -1) if num_doublings(s, s)), None)
    above = next(s for s in count(max(side + 1, 2 * SMALLEST_BASE)) if num_doublings(s, s))
    return [above] if below is None else [below, above]


def plan_doublings(spec: DataSpec, family: str, part: str) -> tuple[int, int, int]:
    """Return (doublings, base height, base width) for a shape. Raises UserError where the family cannot make it.

    family: the network's kind. part: "generator" or "discriminator". Both are for the message.
    """
    if not spec.is_image:
        raise UserError(
            f"{part}: {family} works on images, not on points of {spec.num_values} numbers; use --{part}.kind mlp"
        )
    _, height, width = spec.shape
    doublings = num_doublings(height, width)
    if doublings == 0:
        sides = " or ".join(f"--data.size {s}" for s in nearest_sides(min(height, width)))
        raise UserError(
            f"{part}: {family} needs sides of 4 to 15 pixels times 2, 4, 8, ..., not {height}x{width}; use {sides}"
        )
    return doublings, height >> doublings, width >> doublings


def widths_of(width: int, max_width: int, doublings: int) -> list[int]:
    """Channels of each resolution, the smallest first: `width` at the largest, twice as many at each below, to a limit.

    Returns doublings + 1 numbers.
    """
    return [min(width << depth, max_width) for depth in reversed(range(doublings + 1))]


def widths_of_sides(capacity: int, max_width: int, doublings: int) -> list[int]:
    """Channels of each resolution, the smallest first: `capacity` over the side, to a limit, at least one.

    The sides are counted as 4, 8, 16, ..., whatever the base. Returns doublings + 1 numbers.
    """
    return [max(1, min(capacity // (4 << depth), max_width)) for depth in range(doublings + 1)]
