"""Regions of the data: parts that k-means finds among real items, so that a part that is never made can be counted."""

import torch
from torch import Tensor

NUM = 12
"""Regions: 128 samples are then about 11 a region, and an empty one is no chance."""

ROUNDS = 10


def centres(rows: Tensor, num: int = NUM) -> Tensor:
    """Centres (num, D) of k-means on rows (N, D), the same at every call and without waiting for the device.

    Begins as k-means++ does (Arthur and Vassilvitskii 2007): each centre a row, drawn by its squared distance to the
    centres so far; the draw is the largest of log weight + Gumbel noise. Then Lloyd's rounds.
    """
    noise = torch.rand(num, len(rows), generator=torch.Generator().manual_seed(0)).clamp_min(1e-20)
    gumbel = -(-noise.log()).log().to(rows.device)
    chosen = rows[:1]
    gaps = (rows - chosen).square().sum(1)
    for row in range(1, num):
        drawn = (gaps.clamp_min(1e-30).log() + gumbel[row]).argmax().reshape(1)
        chosen = torch.cat([chosen, rows.index_select(0, drawn)])
        gaps = gaps.minimum((rows - chosen[-1:]).square().sum(1))
    for _ in range(ROUNDS):
        member = membership(rows, chosen)
        sizes = member.sum(0)
        means = (member.T @ rows) / sizes.clamp_min(1)[:, None]
        chosen = torch.where(sizes[:, None] > 0, means, chosen)
    return chosen


def membership(rows: Tensor, centres: Tensor) -> Tensor:
    """(N, num): 1 where a row lies nearest to a centre, else 0."""
    return torch.nn.functional.one_hot(torch.cdist(rows, centres).argmin(1), len(centres)).to(rows.dtype)


def shares(rows: Tensor, centres: Tensor) -> Tensor:
    """Share (num,) of the rows that lies in each region."""
    return membership(rows, centres).mean(0)
