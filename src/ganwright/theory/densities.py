"""Densities on a line that the lessons and tests compare: normal, uniform and mixtures of normals."""

import math

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.theory.masses import check_grid, share_of_points, trapezoid_weights


def normal_log_density(x: Tensor, mean: float | Tensor = 0.0, std: float | Tensor = 1.0) -> Tensor:
    """log N(x; mean, std^2) at each x, in float64; mean and std (above 0) broadcast with x, in its unit."""
    mean, std = as_double(mean, x), as_double(std, x)
    if not bool((std > 0).all()):
        raise UserError("std must be above 0")
    return -0.5 * ((x.double() - mean) / std).square() - std.log() - 0.5 * math.log(2 * math.pi)


def normal_density(x: Tensor, mean: float | Tensor = 0.0, std: float | Tensor = 1.0) -> Tensor:
    """N(x; mean, std^2) at each x, in float64 and per unit of x; mean and std (above 0) broadcast with x."""
    return normal_log_density(x, mean, std).exp()


def mixture_log_density(x: Tensor, means: Tensor, stds: float | Tensor, weights: Tensor | None = None) -> Tensor:
    """log sum_k weights_k N(x; means_k, stds_k^2) at each x (...), in float64.

    means: (K,). stds: (K,) or one number, above 0. weights: (K,), at least 0 and not all 0, scaled to sum to 1; None:
    all equal. Raises UserError for weights that are none.
    """
    weights = share_of_points(weights, len(means), "weights").to(x.device)
    parts = normal_log_density(x[..., None], means, stds)
    return torch.logsumexp(parts + weights.log(), -1)


def mixture_density(x: Tensor, means: Tensor, stds: float | Tensor, weights: Tensor | None = None) -> Tensor:
    """sum_k weights_k N(x; means_k, stds_k^2) at each x (...); see `mixture_log_density`."""
    return mixture_log_density(x, means, stds, weights).exp()


def uniform_density(x: Tensor, low: float, high: float) -> Tensor:
    """1 / (high - low) inside [low, high] and 0 outside, on a grid x (K,), in float64.

    Every point gets the mean density of its cell, which reaches halfway to its neighbours: the trapezoid sum is then
    exactly 1 wherever between the ends of the grid the edges lie. Raises UserError where x is no increasing grid.
    """
    if not low < high:
        raise UserError(f"low must be below high, not {low:g} and {high:g}")
    x = check_grid(x)
    borders = torch.cat([x[:1], 0.5 * (x[1:] + x[:-1]), x[-1:]])
    return borders.clamp(low, high).diff() / (trapezoid_weights(x) * (high - low))


def as_double(value: float | Tensor, like: Tensor | None = None) -> Tensor:
    """A number or tensor as a float64 tensor, on the device of `like` where there is one."""
    return torch.as_tensor(value, dtype=torch.float64, device=None if like is None else like.device)
