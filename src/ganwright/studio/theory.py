"""The page Theory: curves over grids of what its sliders choose, all from `ganwright.theory`.

Every answer holds all positions of its sliders, so that moving one asks nothing more of the server.
"""

import math
from functools import lru_cache
from typing import Any, Literal

import torch
from pydantic import Field
from starlette.routing import Route
from torch import Tensor

from ganwright import theory
from ganwright.studio.replies import Query, endpoint
from ganwright.studio.state import Studio

STEP = 0.1
"""Of places and of separations alike: a shape that is moved by one separation is moved by one place."""

Shape = Literal["normals", "uniforms", "lines"]
Pair = Literal["apart", "overlapping", "lost-mode"]
PAIRS: dict[Pair, tuple[list[float], list[float], float]] = {
    "apart": ([2.0], [-2.0], 0.5),
    "overlapping": ([0.5], [-0.5], 0.8),
    "lost-mode": ([-2.0, 2.0], [-2.0], 0.5),
}
"""By name: centres of the data and of the samples, even mixtures of normals, and their standard deviation."""


class Optimum(Query):
    """real_label: what the discriminator is told of real items."""

    real_label: float = Field(default=1.0, ge=0.5, le=1.0)


class Apart(Query):
    """shape: of both distributions. width: standard deviation of normals, width of uniforms; lines have none."""

    shape: Shape = "normals"
    width: float = Field(default=0.5, ge=0.2, le=2.0)


class Modes(Query):
    """num: modes of the data."""

    num: int = Field(default=8, ge=2, le=16)


class Critics(Query):
    """pair: what the critic tells apart."""

    pair: Pair = "apart"


@endpoint()
def landscape(studio: Studio) -> Any:
    """Both losses of G and their slopes, against D's logit and against D itself."""
    return _landscape()


@endpoint(Optimum)
def optimum(studio: Studio, query: Optimum) -> Any:
    """The optimal D of two normals at every separation, its loss and accuracy."""
    return _optimum(query.real_label)


@endpoint(Apart)
def separation(studio: Studio, query: Apart) -> Any:
    """What divergences and both kinds of critics make of two shapes at every separation."""
    return _separation(query.shape, query.width)


@endpoint(Modes)
def modes(studio: Studio, query: Modes) -> Any:
    """What covering 1 to all of some modes costs."""
    return _modes(query.num)


@endpoint(Critics)
def lipschitz(studio: Studio, query: Critics) -> Any:
    """The best 1-Lipschitz critic of two distributions, and what any other one of straight pieces would reach."""
    return _lipschitz(query.pair)


ROUTES = [
    Route("/api/theory/landscape", landscape),
    Route("/api/theory/optimum", optimum),
    Route("/api/theory/separation", separation),
    Route("/api/theory/modes", modes),
    Route("/api/theory/lipschitz", lipschitz),
]


@lru_cache
def _landscape() -> dict[str, Any]:
    """One place for each tenth of a logit; the same places in D."""
    logit = torch.linspace(-8, 8, 161, dtype=torch.float64)
    probability = logit.sigmoid()
    found: dict[str, Any] = {"logit": _list(logit), "probability": _list(probability, 8)}
    for name, of_logit, of_probability in (
        ("saturating", theory.saturating_of_logit, theory.saturating),
        ("non_saturating", theory.non_saturating_of_logit, theory.non_saturating),
    ):
        found[name] = {
            "loss": _list(of_logit(logit).loss),
            "by_logit": _list(of_logit(logit).gradient, 8),
            "by_probability": _list(of_probability(probability).gradient),
        }
    return found


@lru_cache(maxsize=64)
def _optimum(real_label: float) -> dict[str, Any]:
    """p = N(0, 1), q = N(s, 1): D* in rows, one for each separation s."""
    x, separations = _steps(-4, 8), _steps(0, 5)
    p = theory.normal_density(x)
    q = theory.normal_density(x, separations[:, None])
    best = theory.optimal_logit(
        theory.normal_log_density(x), theory.normal_log_density(x, separations[:, None]), real_label
    ).sigmoid()
    wide = torch.linspace(-9, 14, 2301, dtype=torch.float64)
    both = theory.normal_density(wide), theory.normal_density(wide, separations[:, None])
    return {
        "x": _list(x),
        "separations": _list(separations),
        "real": _list(p, 4),
        "fake": _list(q, 4),
        "best": _list(best, 4),
        "loss": _list(theory.optimal_loss(*both, wide, real_label)),
        "accuracy": _list(theory.optimal_accuracy(*both, wide)),
        "js": _list(theory.js_divergence(*both, wide)),
        "blind_loss": float(theory.optimal_loss(both[0], both[0], wide, real_label)),
    }


@lru_cache(maxsize=64)
def _separation(shape: Shape, width: float) -> dict[str, Any]:
    """Fakes at s right of the data, which lie at 0; in rows, one for each separation s."""
    separations = _steps(0, 6)
    s = separations.clone().requires_grad_()
    found = {
        "normals": lambda: theory.shifted_normals(s, width),
        "uniforms": lambda: theory.shifted_uniforms(s, width),
        "lines": lambda: theory.parallel_lines(s),
    }[shape]()
    x = _steps(-3, 9)
    answer: dict[str, Any] = {
        "shape": shape,
        "separations": _list(separations),
        "x": _list(x),
        **{name: _list(values) for name, values in found._asdict().items()},
        "js_slope": _list(_slope(found.js, s), 8),
        "wasserstein_slope": _list(_slope(found.wasserstein, s)),
    }
    if shape == "lines":
        return answer
    q = torch.stack([_shape_at(x, shape, float(at), width) for at in separations])
    p = q[0]
    answer |= {"real": _list(p, 4), "fake": _list(q, 4)}
    answer["critic"] = _list(theory.optimal_critic(theory.normalise(p, x), theory.normalise(q, x), x), 4)
    if shape == "uniforms":
        return answer | {"best": _list(theory.optimal_probability(p, q), 4), "best_slope": None, "logit_slope": None}
    logit = theory.optimal_logit(
        theory.normal_log_density(x, 0.0, width), theory.normal_log_density(x, separations[:, None], width)
    )
    place = separations.clone().requires_grad_()  # the middle of the fakes
    there = theory.optimal_logit(
        theory.normal_log_density(place, 0.0, width), theory.normal_log_density(place, separations, width)
    )
    return answer | {
        "best": _list(logit.sigmoid(), 4),
        "best_slope": _list(_slope(there.sigmoid(), place), 8),
        "logit_slope": _list(_slope(there, place)),
    }


@lru_cache
def _modes(num: int) -> dict[str, Any]:
    """Modes at 1, 2, ..., num; the generator covers the first j of them; in rows, one for each j from 1."""
    x = torch.linspace(0, num + 1, 60 * (num + 1) // (1 + num // 8) + 1, dtype=torch.float64)
    centres = torch.arange(1, num + 1, dtype=torch.float64)
    std = 0.12
    shares = centres / num
    cost = theory.coverage_cost(shares)
    curve = torch.linspace(0.01, 1, 100, dtype=torch.float64)
    along = theory.coverage_cost(curve)
    masses_p, masses_q = (
        torch.full((num, num), 1 / num, dtype=torch.float64),
        torch.tril(torch.ones(num, num, dtype=torch.float64)) / centres[:, None],
    )
    return {
        "num": num,
        "x": _list(x),
        "real": _list(theory.mixture_density(x, centres, std), 4),
        "fake": _list(torch.stack([theory.mixture_density(x, centres[: j + 1], std) for j in range(num)]), 4),
        "shares": _list(shares),
        "js": _list(cost.js, 6),
        "reverse_kl": _list(cost.reverse_kl),
        "kl": _list(cost.kl),
        "loss": _list(theory.optimal_loss(masses_p, masses_q), 6),
        "accuracy": _list(theory.optimal_accuracy(masses_p, masses_q)),
        "same_shift": [_shift_of(float(js)) for js in cost.js],
        "curve": {"share": _list(curve), "js": _list(along.js, 6), "reverse_kl": _list(along.reverse_kl)},
    }


@lru_cache
def _lipschitz(pair: Pair) -> dict[str, Any]:
    """gains: what raising the critic at one knot by 1 adds to its gap; between knots it is straight."""
    real, fake, std = PAIRS[pair]
    x, knots = _steps(-5, 5), torch.linspace(-5, 5, 11, dtype=torch.float64)
    p, q = (theory.normalise(theory.mixture_density(x, torch.tensor(c), std), x) for c in (real, fake))
    critic = theory.optimal_critic(p, q, x)
    hats = (1 - (x[None] - knots[:, None]).abs()).clamp(min=0)
    return {
        "pair": pair,
        "x": _list(x),
        "real": _list(p),
        "fake": _list(q),
        "critic": _list(critic),
        "wasserstein": float(theory.wasserstein_distance(p, q, x)),
        "knots": _list(knots),
        "at_knots": _list(critic[:: (len(x) - 1) // (len(knots) - 1)]),
        "gains": _list(theory.integrate(hats * (p - q), x), 8),
    }


@lru_cache(maxsize=1)
def _shifts() -> tuple[Tensor, Tensor]:
    separations = torch.linspace(0, 8, 401, dtype=torch.float64)
    return separations, theory.shifted_normals(separations).js


def _shift_of(js: float) -> float:
    """How many standard deviations apart two equal normals are that have this JS divergence."""
    separations, found = _shifts()
    after = min(int((found < js).sum()), len(found) - 1)
    if after == 0:
        return 0.0
    share = (js - float(found[after - 1])) / max(float(found[after] - found[after - 1]), 1e-12)
    return round(float(separations[after - 1]) + share * float(separations[1]), 3)


def _shape_at(x: Tensor, shape: Shape, place: float, width: float) -> Tensor:
    if shape == "normals":
        return theory.normal_density(x, place, width)
    return theory.uniform_density(x, place - width / 2, place + width / 2)


def _slope(values: Tensor, at: Tensor) -> Tensor:
    """The derivative of each of `values` by the entry of `at` that it depends on; 0 where on none."""
    if not values.requires_grad:
        return torch.zeros_like(at)
    (slope,) = torch.autograd.grad(values.sum(), at, allow_unused=True, retain_graph=True)
    return torch.zeros_like(at) if slope is None else slope


def _steps(low: float, high: float) -> Tensor:
    return torch.linspace(low, high, round((high - low) / STEP) + 1, dtype=torch.float64)


def _list(values: Tensor, digits: int = 5) -> Any:
    """Numbers with so many significant digits; what is not finite becomes null on the way out."""
    if values.ndim > 1:
        return [_list(row, digits) for row in values]
    return [_short(v, digits) for v in values.detach().tolist()]


def _short(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}") if math.isfinite(value) else value
