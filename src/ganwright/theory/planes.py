"""Distributions in the plane as masses of cells, each seen through the same blur, so that samples can be compared.

Points x_i blurred by N(0, h^2 I) have in the cell [a, b] x [c, d] the mass

    1/N sum_i (F((b - x_i1) / h) - F((a - x_i1) / h)) (F((d - x_i2) / h) - F((c - x_i2) / h)),   F the normal cdf

A mixture of isotropic Gaussians of standard deviation s, blurred by h, is its centres blurred by sqrt(s^2 + h^2): its
masses are exact. Blurring both sides alike can only make divergences smaller (data processing), and 0 stays 0.
"""

import math

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.theory.masses import check_grid


def blurred_masses(points: Tensor, width: float, x: Tensor, y: Tensor) -> Tensor:
    """Masses (K,) in float64 of the cells between the edges x (A,) and y (B,), and last of all that lies outside.

    points: (N, 2), finite. width: standard deviation of the blur, above 0, in the points' unit. K = (A - 1)(B - 1) + 1;
    cells run along y first. The masses are at least 0 and sum to 1: what `js_divergence` and its like take.
    Raises UserError for other points, for a width of 0 or less, and for edges that do not increase.
    """
    if points.ndim != 2 or points.shape[1] != 2 or not len(points) or not bool(points.isfinite().all()):
        raise UserError(f"points must be finite and of shape (N, 2), N at least 1, not {tuple(points.shape)}")
    if not width > 0:
        raise UserError(f"the width of a blur must be above 0, not {width:g}")
    across, along = (_shares(points[:, axis], width, edges) for axis, edges in enumerate((x, y)))
    inside = (across.T @ along / len(points)).flatten()
    return torch.cat([inside, (1 - inside.sum()).clamp_min(0)[None]])


def _shares(values: Tensor, width: float, edges: Tensor) -> Tensor:
    """Share (N, A - 1) of each value's blur that lies between neighbouring edges (A,)."""
    below = 0.5 * torch.special.erfc((values.double()[:, None] - check_grid(edges)) / (width * math.sqrt(2)))
    return below.diff(dim=1).clamp_min(0)
