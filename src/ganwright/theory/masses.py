"""Distributions as masses at points: probabilities as they are, densities by the trapezoid rule.

On a grid x_1 < ... < x_K the trapezoid rule reads

    integral f = sum_k w_k f(x_k),   w_k half the distance between the neighbours of x_k (at an end: to the only one)

The masses w_k p(x_k) are a discrete distribution whose KL, JS and total variation are the trapezoid sums of the
densities' integrals, since the weights cancel in every ratio. What holds for all distributions (KL >= 0, JS <= ln 2,
triangle inequalities) therefore holds on any grid, however coarse.
"""

import torch
from torch import Tensor

from ganwright.core.errors import UserError

TOLERANCE = 1e-3
"""How far the total mass may be from 1 before it is taken for a mistake and not for rounding or a cut tail."""


def trapezoid_weights(x: Tensor) -> Tensor:
    """Weights (K,) of the trapezoid rule on a strictly increasing grid x (K,), K at least 2, in the unit of x.

    Raises UserError where x is no such grid.
    """
    x = check_grid(x)
    steps = x.diff()
    return 0.5 * torch.cat([steps[:1], steps[:-1] + steps[1:], steps[-1:]])


def integrate(values: Tensor, x: Tensor) -> Tensor:
    """The integral (...) of a function given by its values (..., K) on the grid x (K,), by the trapezoid rule."""
    weights = trapezoid_weights(x)
    _check_length(values, weights, "the function")
    return (values.double() * weights).sum(-1)


def normalise(density: Tensor, x: Tensor) -> Tensor:
    """The density (..., K) on the grid x (K,), scaled so that it integrates to 1.

    For densities that lost mass outside the grid, and for shapes known up to a factor.
    Raises UserError where there is no mass to scale.
    """
    mass = integrate(density, x)
    if not bool((mass.isfinite() & (mass > 0)).all()):
        raise UserError("a density has no finite mass on the grid; check it for NaN and that the grid covers it")
    return density.double() / mass[..., None]


def masses(values: Tensor, x: Tensor | None, name: str = "p") -> Tensor:
    """A distribution as masses (..., K) in float64 that sum to 1.

    values: (..., K), at least 0: probabilities where x is None, else a density at the points of the grid x (K,).
    name: how errors call it.
    A sum within 1e-3 of 1 is scaled to 1. Raises UserError for another sum and for negative or non-finite values.
    """
    values = values.double()
    if values.ndim == 0 or values.shape[-1] == 0:
        raise UserError(f"{name} must have its values along the last dimension, not the shape {tuple(values.shape)}")
    if not bool((values.isfinite() & (values >= 0)).all()):
        raise UserError(f"{name} has negative or non-finite values; a distribution has neither")
    if x is not None:
        weights = trapezoid_weights(x)
        _check_length(values, weights, name)
        values = values * weights
    total = values.sum(-1, keepdim=True)
    worst = float(total.detach().flatten()[(total.detach().flatten() - 1).abs().argmax()])
    if abs(worst - 1) > TOLERANCE:
        if x is None:
            raise UserError(f"{name} sums to {worst:.6g}, not to 1; divide it by its sum")
        raise UserError(
            f"{name} integrates to {worst:.6g} from {float(x[0]):g} to {float(x[-1]):g}, not to 1; widen or refine "
            "the grid, or scale it with normalise"
        )
    return values / total


def two_masses(p: Tensor, q: Tensor, x: Tensor | None) -> tuple[Tensor, Tensor]:
    """p and q as masses over the same K points; their leading dimensions must broadcast."""
    p, q = masses(p, x, "p"), masses(q, x, "q")
    if p.shape[-1] != q.shape[-1]:
        raise UserError(f"p has {p.shape[-1]} values and q has {q.shape[-1]}; both need one for each point")
    return p, q


def share_of_points(weights: Tensor | None, num_points: int, name: str) -> Tensor:
    """Weights (..., num_points) scaled to sum to 1, in float64; None: all equal.

    Raises UserError where they are not one a point, finite, at least 0 and somewhere above it.
    """
    if num_points == 0:
        raise UserError(f"{name}: there are no points")
    if weights is None:
        return torch.full((num_points,), 1 / num_points, dtype=torch.float64)
    weights = weights.double()
    if weights.ndim == 0 or weights.shape[-1] != num_points:
        raise UserError(f"{name} has the shape {tuple(weights.shape)}; it needs one for each of {num_points} points")
    total = weights.sum(-1, keepdim=True)
    if not bool((weights >= 0).all() & (total > 0).all() & total.isfinite().all()):
        raise UserError(f"{name} must be finite, at least 0 and not all 0")
    return weights / total


def check_grid(x: Tensor) -> Tensor:
    """x in float64. Raises UserError unless it is (K,), K at least 2, finite and strictly increasing."""
    x = x.double()
    if x.ndim != 1 or len(x) < 2 or not bool(x.isfinite().all()) or not bool((x.diff() > 0).all()):
        raise UserError(
            f"the grid must be 2 or more finite, strictly increasing numbers, as from torch.linspace; its shape is "
            f"{tuple(x.shape)}"
        )
    return x


def _check_length(values: Tensor, weights: Tensor, name: str) -> None:
    if values.ndim == 0 or values.shape[-1] != len(weights):
        raise UserError(f"{name} has the shape {tuple(values.shape)}; the grid has {len(weights)} points")
