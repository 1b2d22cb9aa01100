"""Find pictures that are almost the same: fingerprints of 16x16 pixels, each compared with those that may be near."""

import torch
from torch import Tensor
from torch.nn import functional

from ganwright.core.seeding import generator_for

SIDE = 16
LEVELS = 3.0
"""Fingerprints closer than this, root mean square of 0..255, are of almost the same picture ..."""
SHARE = 0.05
"""... if that is at most this share of the distance of two pictures chosen at random."""

_BLOCK, _MOST_LINKS = 1024, 32


def fingerprints(images: Tensor) -> Tensor:
    """uint8 images (N, C, H, W) -> uint8 (N, D): their pixels averaged to 16x16, or as they are where smaller."""
    if min(images.shape[2:]) <= SIDE:
        return images.flatten(1)
    return functional.adaptive_avg_pool2d(images.float(), SIDE).round().to(torch.uint8).flatten(1)


def near_duplicates(prints: Tensor, seed: int = 0) -> list[list[int]]:
    """Groups of rows of the fingerprints (N, D) that are linked by small distances, largest first.

    Two vectors differ by at least as much as their projections on a line do; so the rows are sorted along their main
    direction, and each is compared only with those whose projection is near enough.
    """
    num, size = prints.shape
    if num < 2:
        return []
    prints = prints.float()
    limit = _limit(prints, seed)
    prints = prints - prints.mean(0)
    projected = prints @ _main_direction(prints)
    order = projected.argsort()
    prints, projected = prints[order], projected[order].contiguous()
    squares = prints.square().sum(1)
    reach = limit * size**0.5
    links: list[tuple[int, int]] = []
    for start in range(0, num, _BLOCK):
        stop = min(start + _BLOCK, num)
        end = int(torch.searchsorted(projected, projected[stop - 1] + reach, right=True))
        distances = squares[start:stop, None] + squares[start:end] - 2 * prints[start:stop] @ prints[start:end].T
        later = torch.ones_like(distances, dtype=torch.bool).triu(1)
        rows, columns = torch.nonzero((distances <= reach**2) & later, as_tuple=True)
        rank = torch.arange(len(rows)) - torch.searchsorted(rows.contiguous(), rows)
        few = rank < _MOST_LINKS  # of a thousand copies each need not be linked to all others
        links += zip((rows[few] + start).tolist(), (columns[few] + start).tolist(), strict=True)
    groups = [sorted(int(order[row]) for row in group) for group in _groups(num, links)]
    return sorted(groups, key=lambda g: (-len(g), g))


def _limit(prints: Tensor, seed: int) -> float:
    """Root mean square distance below which two prints count as near."""
    pairs = torch.randint(len(prints), (2, 2000), generator=generator_for(seed, "near duplicates"))
    typical = float((prints[pairs[0]] - prints[pairs[1]]).square().mean(1).sqrt().mean())
    return min(LEVELS, SHARE * typical)


def _main_direction(centred: Tensor) -> Tensor:
    """A unit vector close to the first principal direction, by power iteration on some of the rows."""
    rows = centred[:: max(1, len(centred) // 4096)]
    direction = torch.ones(centred.shape[1]) / centred.shape[1] ** 0.5 + 1e-3 * torch.arange(centred.shape[1]).cos()
    for _ in range(20):
        direction = rows.T @ (rows @ direction)
        length = direction.norm()
        if length == 0:
            return torch.ones(centred.shape[1]) / centred.shape[1] ** 0.5
        direction = direction / length
    return direction


def _groups(num: int, links: list[tuple[int, int]]) -> list[list[int]]:
    """Connected components of more than one row."""
    parent = list(range(num))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    for a, b in links:
        parent[root(a)] = root(b)
    groups: dict[int, list[int]] = {}
    for row in {row for pair in links for row in pair}:
        groups.setdefault(root(row), []).append(row)
    return list(groups.values())
