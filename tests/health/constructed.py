"""Snapshots made by hand: points in a plane, scores as wanted."""

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from ganwright.health.snapshot import Cloud, Reference, Snapshot, distances

NUM = 64


def normal(key: int, num: int = NUM, size: int = 3) -> Tensor:
    return torch.randn(num, size, generator=torch.Generator().manual_seed(key))


CLASS_SHARES = torch.full((4,), 0.25)


def real(train: Tensor | None = None, held_out: Tensor | None = None, class_shares: Tensor = CLASS_SHARES) -> Reference:
    """Standard normal points, or those given."""
    train = normal(1, 4 * NUM) if train is None else train
    held_out = normal(2, 4 * NUM) if held_out is None else held_out
    features = train[:NUM]
    ways = features - features.roll(-1, 0)
    return Reference(
        items=features,
        labels=None,
        centre=torch.zeros(train.shape[1]),
        cloud=Cloud(features),
        other=train[NUM : 2 * NUM],
        train_rows=train,
        directions=torch.nn.functional.normalize(ways[:16], dim=1).T,
        held_out=held_out[:NUM],
        held_out_rows=held_out,
        known_rows=train,
        held_out_gap=distances(held_out, train).min(1).values.median(),
        class_shares=class_shares,
    )


def seen(samples: Tensor | None = None, averaged: Tensor | None = None, **changes: Any) -> Snapshot:
    """A snapshot in which samples are like the data and D is blind, but for the changes."""
    samples = normal(3) if samples is None else samples
    blind = torch.zeros(NUM)
    whole = Snapshot(
        real=real(),
        live=Cloud(samples),
        stepped=samples + 0.1 * (samples.roll(-1, 0) - samples),
        averaged=Cloud(samples if averaged is None else averaged),
        real_scores=blind,
        fake_scores=blind,
        real_slopes=torch.ones(NUM),
        fake_slopes=torch.ones(NUM),
        num_nonfinite={name: torch.tensor(0) for name in ("samples", "scores", "weights")},
        held_out_scores=blind,
        updates={"generator": torch.tensor(0.01), "discriminator": torch.tensor(0.02)},
        gradient_norms={"generator": 0.5, "discriminator": 0.25},
        class_shares=CLASS_SHARES,
    )
    whole = replace(whole, last=whole.shadows)
    return replace(whole, **changes)
