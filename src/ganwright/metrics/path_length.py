"""Perceptual path length: how far features move as the latent moves a little (Karras et al. 2019, section 4.1).

    l = E[ d(G(slerp(a, b; t)), G(slerp(a, b; t + eps))) / eps^2 ],   d(x, y) = |f(x) - f(y)|^2

Low values mean that the generator changes smoothly. The paper's f is LPIPS on VGG16; here it is any extractor, which
the protocol names, so figures compare within one extractor only. Between G and f nothing may round to 8 bits: a step
of 1e-4 would vanish or be blown up. In float32 the images' own rounding (6e-8 of 1) adds about D (6e-8 / eps)^2 for D
features of size 1; a generator in float64 is free of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.seeding import generator_for
from ganwright.metrics.base import Estimate
from ganwright.ops.paths import lerp, slerp

EPS = 1e-4
TRIM = 0.01
LEAST_PATHS = 10
_BATCH = 32
Generate = Callable[[Tensor, Tensor | None], Tensor]
"""Latents (N, latent_size) and labels (N,) or None -> items in float; a Generator in evaluation mode is one."""
Interpolate = Literal["slerp", "linear"]
Sampling = Literal["full", "end"]


@dataclass(frozen=True)
class PathLength:
    """mean: the path length over those paths kept; error: its standard error. lengths: (N,) of all paths, float64."""

    mean: float
    error: float
    lengths: Tensor
    num_kept: int


def path_length(
    generate: Generate,
    features: Callable[[Tensor], Tensor],
    starts: Tensor,
    ends: Tensor,
    *,
    labels: Tensor | None = None,
    interpolate: Interpolate = "slerp",
    sampling: Sampling = "full",
    eps: float = EPS,
    trim: float = TRIM,
    batch_size: int = _BATCH,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> PathLength:
    """Mean of |f(G(t)) - f(G(t + eps))|^2 / eps^2 over paths between latents.

    generate: called with latents and labels, both ends of a step in one batch. For the path length in w, of a generator
        with a mapping network, pass its synthesis part as `generate`, mapped latents as `starts` and `ends`, and
        interpolate="linear".
    features: items -> rows (N, D), of float items; nothing in it may round.
    starts, ends: (N, latent_size) latents, one path each. labels: (N,) of each path for a conditional generator.
    interpolate: "slerp" along the sphere, for z; "linear" for w. sampling: "full" draws t from [0, 1); "end": t = 0.
    eps: the step, above 0. trim: share of paths left out at either end, from 0 to below 1/2; the paper's code has 0.01.
    batch_size: paths at a time. seed: draws t. progress: told of paths done and in all.
    Raises UserError for latents that do not pair, fewer than 10 paths, options out of range, features that are not
    finite, and generators that make different items of the same latents.
    """
    _check(starts, ends, labels, interpolate, sampling, eps, trim, batch_size)
    num = len(starts)
    times = torch.zeros(num, dtype=torch.float64)
    if sampling == "full":
        times = torch.rand(num, generator=generator_for(seed, "path length"), dtype=torch.float64)
    along = slerp if interpolate == "slerp" else lerp
    lengths = []
    with torch.no_grad():
        for first in range(0, num, batch_size):
            where = slice(first, first + batch_size)
            a, b, t = starts[where].double(), ends[where].double(), times[where, None].to(starts.device)
            latents = torch.cat([along(a, b, t), along(a, b, t + eps)]).to(starts.dtype)
            asked = None if labels is None else torch.cat([labels[where], labels[where]])
            items = generate(latents, asked)
            if first == 0:
                _check_items(items, lambda z=latents, y=asked: generate(z, y))
            rows = features(items).flatten(1).double()
            if len(rows) != len(latents):
                raise UserError(f"the features have {len(rows)} rows for {len(latents)} items; give one row an item")
            here, there = rows.chunk(2)
            lengths.append(((here - there).square().sum(1) / eps**2).cpu())
            if progress is not None:
                progress(min(num, first + batch_size), num)
    found = torch.cat(lengths)
    if not bool(found.isfinite().all()):
        raise UserError("the path's features are not finite; evaluate an earlier checkpoint")
    low, high = found.quantile(trim, interpolation="lower"), found.quantile(1 - trim, interpolation="higher")
    kept = found[(found >= low) & (found <= high)]
    return PathLength(float(kept.mean()), float(kept.std()) / len(kept) ** 0.5, found, len(kept))


def path_length_of(
    generate: Generate,
    features: Callable[[Tensor], Tensor],
    starts: Tensor,
    ends: Tensor,
    *,
    protocol: Mapping[str, Any] | None = None,
    labels: Tensor | None = None,
    interpolate: Interpolate = "slerp",
    sampling: Sampling = "full",
    eps: float = EPS,
    trim: float = TRIM,
    batch_size: int = _BATCH,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Estimate:
    """The same as a figure. protocol: what names the extractor.

    details: "percentiles" (5, 25, 50, 75, 95) of all paths' lengths.
    """
    found = path_length(
        generate,
        features,
        starts,
        ends,
        labels=labels,
        interpolate=interpolate,
        sampling=sampling,
        eps=eps,
        trim=trim,
        batch_size=batch_size,
        seed=seed,
        progress=progress,
    )
    shares = torch.tensor([0.05, 0.25, 0.5, 0.75, 0.95], dtype=torch.float64)
    own = {"interpolate": interpolate, "sampling": sampling, "eps": eps, "trim": trim, "paths": len(starts)}
    return Estimate(
        found.mean,
        found.error,
        f"{found.num_kept} paths",
        {"percentiles": found.lengths.quantile(shares).tolist()},
        protocol=own | dict(protocol or {}),
    )


def _check(
    starts: Tensor, ends: Tensor, labels: Tensor | None, along: str, sampling: str, eps: float, trim: float, batch: int
) -> None:
    if starts.ndim != 2 or starts.shape != ends.shape:
        raise UserError(f"paths need pairs of latents (N, size), not {tuple(starts.shape)} and {tuple(ends.shape)}")
    if len(starts) < LEAST_PATHS:
        raise UserError(f"a path length needs {LEAST_PATHS} paths, not {len(starts)}")
    if labels is not None and len(labels) != len(starts):
        raise UserError(f"{len(labels)} labels do not fit {len(starts)} paths; give one a path")
    for name, value, known in ("interpolate", along, ("slerp", "linear")), ("sampling", sampling, ("full", "end")):
        if value not in known:
            raise UserError(f"{name} must be '{known[0]}' or '{known[1]}', not '{value}'")
    if along == "slerp" and starts.shape[1] < 2:
        raise UserError("latents of one number lie on no sphere; use interpolate='linear'")
    if not 0 < eps <= 1 or not 0 <= trim < 0.5 or batch < 1:
        raise UserError(
            f"eps must be in (0, 1], trim in [0, 0.5) and batch_size at least 1, not {eps}, {trim} and {batch}"
        )
    if not bool(starts.isfinite().all() and ends.isfinite().all()):
        raise UserError("the latents are not finite; check how they are drawn")


def _check_items(items: Tensor, again: Callable[[], Tensor]) -> None:
    if not items.is_floating_point():
        raise UserError(f"a path length needs float items, not {items.dtype}: rounding hides the steps")
    other = again()
    if not torch.allclose(items, other, rtol=0, atol=1e-6, equal_nan=True):
        raise UserError(
            "the generator makes different items of the same latents, so steps drown in noise; fix its noise, "
            "or use evaluation mode"
        )
