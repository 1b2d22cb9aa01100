"""What does not change while a game is played: its window, its data, and what perfect samples would score."""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.seeding import generator_for
from ganwright.data.dataset import Dataset
from ganwright.data.drawing import Drawing
from ganwright.data.mixtures import Mixture, sample_mixture
from ganwright.health import regions
from ganwright.metrics.modes import count_modes
from ganwright.theory import blurred_masses, js_divergence, kl_divergence

WINDOW = 1.5
CELLS = 48
STRAY = 0.01
NUM_SAMPLES = 1024
NUM_SHOWN = 400
REACHED = 0.25


@dataclass(frozen=True)
class Quality:
    """How far samples are from the data.

    kl, reverse_kl, js: of the data's masses and the samples' in the cells, in nats. Both are seen through the same
        channel: a blur as wide as a cell, and one point in a hundred thrown anywhere, without which KL would be
        infinite wherever one has nothing. A channel can only lower a divergence, and 0 stays 0.
    shares: of the samples in each mode, (K,); of a drawing's regions. covered: modes that are reached.
    good: share of the samples within three standard deviations of a spot.
    """

    kl: float
    reverse_kl: float
    js: float
    shares: Tensor
    covered: int
    good: float

    def plain(self) -> dict[str, float]:
        """The numbers alone."""
        return {n: getattr(self, n) for n in ("kl", "reverse_kl", "js", "covered", "good")}


class World:
    """The plane of a game: a square window around 0, cut into 48 x 48 cells.

    reach: half of the window's side, 1.5 unless spots lie farther out. blur: a cell's side.
    real: (NUM_SHOWN, 2), the real points that are shown and scored. places: (CELLS^2, 2), centres of the cells, row by
    row from the bottom. centres: (K, 2), the modes, or the regions of a drawing.
    """

    def __init__(self, data: Dataset, seed: int) -> None:
        if not isinstance(data, Mixture | Drawing):
            raise UserError(f"{data.name} is no distribution in the plane; the playground has ring, grid and drawings")
        self.spots, self.std = data.centres, data.std
        self.reach = _reach(self.spots, self.std)
        self.blur = 2 * self.reach / CELLS
        self.is_drawing = isinstance(data, Drawing)
        self.real, _ = sample_mixture(self.spots, self.std, NUM_SHOWN, generator_for(seed, "playground", "real"))
        self.centres = regions.centres(data.items[:2000]) if self.is_drawing else self.spots
        self._true = regions.shares(data.items[:10_000], self.centres) if self.is_drawing else None
        self._edges = torch.linspace(-self.reach, self.reach, CELLS + 1)
        middles = 0.5 * (self._edges[1:] + self._edges[:-1])
        rows, columns = torch.meshgrid(middles, middles, indexing="ij")
        self.places = torch.stack([columns.flatten(), rows.flatten()], 1)
        self._masses = self._seen(self.spots, math.hypot(self.std, self.blur))
        perfect, _ = sample_mixture(self.spots, self.std, NUM_SAMPLES, generator_for(seed, "playground", "perfect"))
        self.perfect = self.quality(perfect)

    def quality(self, samples: Tensor) -> Quality:
        """Judge finite samples (N, 2)."""
        own = self._seen(samples, self.blur)
        counted = count_modes(samples, self.spots, self.std)
        if self._true is not None:
            shares = regions.shares(samples, self.centres)
            covered = int((shares >= REACHED * self._true).sum())
        else:
            shares = torch.tensor(counted.counts) / len(samples)
            covered = counted.modes_covered
        return Quality(
            kl=float(kl_divergence(self._masses, own)),
            reverse_kl=float(kl_divergence(own, self._masses)),
            js=float(js_divergence(self._masses, own)),
            shares=shares,
            covered=covered,
            good=counted.high_quality_share,
        )

    def _seen(self, points: Tensor, width: float) -> Tensor:
        masses = blurred_masses(points, width, self._edges, self._edges)
        return (1 - STRAY) * masses + STRAY / len(masses)

    def plain(self) -> dict[str, Any]:
        """What a browser must know of it."""
        return {
            "window": self.reach,
            "cells": CELLS,
            "blur": self.blur,
            "num_samples": NUM_SAMPLES,
            "std": self.std,
            "num_modes": len(self.centres),
            "regions": self.is_drawing,
            "perfect": self.perfect.plain(),
        }


def _reach(spots: Tensor, std: float) -> float:
    """1.5 where that holds every spot, else half as much again as the farthest coordinate."""
    farthest = max(float(spots.abs().max()), 3 * std)
    return WINDOW if farthest <= WINDOW else WINDOW * farthest
