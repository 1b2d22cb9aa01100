"""Takes snapshots of a run, and leaves no trace in it.

The players are looked at as they meet in training, but without dropout: batch norm uses the statistics of the items at
hand, real and fake apart, and its running averages neither serve nor move. Those of a discriminator mix real and fake,
so that scores made with them say little of the game. The averaged generator is looked at as one samples from it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import torch
from torch import Tensor, nn

from ganwright.core.seeding import Draws, generator_for
from ganwright.data.dataset import Dataset, to_float
from ganwright.health.snapshot import STEP, Cloud, Last, Reference, Snapshot, distances, pooled
from ganwright.training import Engine

NUM = 128
"""Samples, and real items, that are looked at: a share near 1/2 is then known to 0.044."""

NUM_STEPPED = 64
NUM_DIRECTIONS = 32
NUM_ROWS = 2_000
"""Training items, and as many held-out ones, that samples are compared with."""

NUM_KNOWN = 10_000
"""Training items among which copies are looked for: all of a small data set, and small ones are what is copied."""

NUM_GAPS = 512
LEAST_ITEMS = 8

SharesOf = Callable[[Tensor], Tensor]
"""Float items (N, *shape) -> share (K,) of them in each class, without waiting for the device."""


def reference(
    data: Dataset, held_out: Dataset | None, seed: int, device: torch.device, shares_of: SharesOf | None = None
) -> Reference:
    """Choose the real items of a run, 8 or more, by its seed and measure them.

    held_out: items that are not trained on; None, or fewer than 8: what needs them has no value.
    shares_of: a classifier, where there is one.
    """
    if held_out is not None and len(held_out) < LEAST_ITEMS:
        held_out = None
    num_held_out = NUM_ROWS if held_out is None else len(held_out)
    num, num_rows = min(NUM, len(data) // 2, num_held_out), min(NUM_ROWS, len(data), num_held_out)
    order = torch.randperm(len(data), generator=generator_for(seed, "health", "real"))
    rows = _features(data, order[:num_rows], device)
    centre = rows.mean(0)
    rows = rows - centre
    features = rows[:num]
    ways = (features - features.roll(-1, 0))[:NUM_DIRECTIONS]
    found = Reference(
        *_chosen(data, order[:num], device),
        centre=centre,
        cloud=Cloud(features),
        other=_features(data, order[num : 2 * num], device) - centre,
        train_rows=rows,
        directions=nn.functional.normalize(ways, dim=1).T.contiguous(),
        class_shares=None if shares_of is None else shares_of(_chosen(data, order[:NUM_GAPS], device)[0]),
    )
    if held_out is None:
        return found
    known = _features(data, order[:NUM_KNOWN], device) - centre
    order = torch.randperm(len(held_out), generator=generator_for(seed, "health", "held out"))
    items, labels = _chosen(held_out, order[:num], device)
    unseen = _features(held_out, order[:num_rows], device) - centre
    gap = distances(unseen[:NUM_GAPS], known).min(1).values.median()
    seen = {"held_out": items, "held_out_labels": labels, "held_out_rows": unseen}
    return replace(found, **seen, known_rows=known, held_out_gap=gap)


def snapshot(
    engine: Engine,
    real: Reference,
    seed: int,
    last: Last | None = None,
    updates: Mapping[str, Tensor] | None = None,
    gradient_norms: Mapping[str, float] | None = None,
    shares_of: SharesOf | None = None,
) -> Snapshot:
    """Look at a run as it is now. Nothing in it changes: no mode, no gradient, no buffer, no random number.

    shares_of: the classifier that `real` was looked at with, if it is to be asked now.
    The algorithm must have `sample`, `latents` and `score`.
    """
    algorithm, device, num = engine.algorithm, engine.device, real.num
    assert algorithm.sample is not None
    assert algorithm.latents is not None
    assert algorithm.score is not None
    labels, held_out_labels = (real.labels, real.held_out_labels) if algorithm.num_classes else (None, None)
    networks = [*engine.networks.values()]
    with _no_random_numbers(device), torch.no_grad(), engine.config.precision.autocast(device):
        fixed = algorithm.latents(Draws((seed, "health"), device), num)
        averaged = algorithm.sample(engine.averaged(), fixed, labels).float()
        fresh = algorithm.latents(Draws((seed, "health", engine.iteration), device), num)
        start = fresh[:NUM_STEPPED]
        stepped = torch.lerp(start, fresh.roll(-1, 0)[:NUM_STEPPED], STEP)
        with _as_they_meet(networks):
            more = None if labels is None else torch.cat([labels, labels[:NUM_STEPPED]])
            made = algorithm.sample(engine.networks, torch.cat([fresh, stepped]), more).float()
            live = made[:num]
            real_scores, real_slopes = _scores_and_slopes(engine, real.items, labels)
            fake_scores, fake_slopes = _scores_and_slopes(engine, live, labels)
            held_out_scores = None
            if real.held_out is not None:
                held_out_scores = algorithm.score(engine.networks, real.held_out, held_out_labels).float()
    features = real.see(made)
    scored = [real_scores, fake_scores, real_slopes, fake_slopes]
    if held_out_scores is not None:
        scored.append(held_out_scores)
    return Snapshot(
        real,
        live=Cloud(features[:num]),
        stepped=features[num:],
        averaged=Cloud(real.see(averaged)),
        real_scores=real_scores,
        fake_scores=fake_scores,
        real_slopes=real_slopes,
        fake_slopes=fake_slopes,
        held_out_scores=held_out_scores,
        num_nonfinite={
            "samples": _num_nonfinite([made, averaged]),
            "scores": _num_nonfinite(scored),
            "weights": _num_nonfinite([torch.stack(norms(p for n in networks for p in n.parameters()))]),
        },
        updates=updates or {},
        gradient_norms=gradient_norms or {},
        last=last,
        class_shares=None if shares_of is None else shares_of(live),
    )


def norms(parameters: Iterable[Tensor]) -> list[Tensor]:
    """The length of each tensor."""
    return list(torch._foreach_norm([p.detach() for p in parameters]))  # pyright: ignore[reportPrivateImportUsage]


def _scores_and_slopes(engine: Engine, items: Tensor, labels: Tensor | None) -> tuple[Tensor, Tensor]:
    """D's logits (N,) and the norms (N,) of the gradient of their sum by each item."""
    score = engine.algorithm.score
    assert score is not None
    if engine.config.precision.channels_last and items.ndim == 4:
        items = items.contiguous(memory_format=torch.channels_last)
    with torch.enable_grad():
        watched = items.detach().clone().requires_grad_()
        logits = score(engine.networks, watched, labels).float()
        (slopes,) = torch.autograd.grad(logits.sum(), watched)
    return logits.detach(), slopes.flatten(1).float().norm(dim=1)


def _num_nonfinite(tensors: Iterable[Tensor]) -> Tensor:
    return torch.stack([(~t.isfinite()).sum() for t in tensors]).sum()


def _chosen(data: Dataset, rows: Tensor, device: torch.device) -> tuple[Tensor, Tensor | None]:
    """Items as the networks see them, and their labels."""
    items = to_float(data.items[rows].to(device))
    return items, None if data.labels is None else data.labels[rows].to(device)


def _features(data: Dataset, rows: Tensor, device: torch.device) -> Tensor:
    """Features (N, D) of these items, read in pieces."""
    return torch.cat([pooled(_chosen(data, part, device)[0]) for part in rows.split(NUM)])


@contextmanager
def _as_they_meet(networks: Iterable[nn.Module]) -> Iterator[None]:
    """Meanwhile batch norm works on the items at hand and remembers nothing; everything else is in evaluation mode."""
    modules = [m for network in networks for m in network.modules()]
    modes = [(m, m.training) for m in modules]
    batch_norms = [m for m in modules if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    tracking = [(m, m.track_running_stats) for m in batch_norms]
    try:
        for module in modules:
            module.training = False
        for module in batch_norms:
            module.training, module.track_running_stats = True, False
        yield
    finally:
        for module, mode in modes:
            module.training = mode
        for module, tracks in tracking:
            module.track_running_stats = tracks


@contextmanager
def _no_random_numbers(device: torch.device) -> Iterator[None]:
    """Whatever is drawn inside from torch's global generators is not missed afterwards."""
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        yield
