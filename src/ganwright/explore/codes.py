"""Codes: what items are made from, truncated, mixed and moved at will, and made into items at once.

Of a style-based generator codes are the styles of all its layers (N, num_layers, style_size), of others the latents
(N, latent_size). Nothing here changes the generator or builds anything: a call costs what its arithmetic costs.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from ganwright.core.errors import UserError, nearest
from ganwright.core.seeding import generator_for
from ganwright.explore.space import as_styled, chunks
from ganwright.networks.base import Generator
from ganwright.networks.styled import NOISES, Noise, StyledGenerator
from ganwright.ops.paths import Along, lerp, slerp


@torch.no_grad()
def encode(generator: Generator, latents: Tensor, labels: Tensor | None = None) -> Tensor:
    """Latents (N, latent_size), and labels (N,) of a conditional generator, -> codes.

    generator: in evaluation mode. Of a style-based one the styles carry the class; of others the codes do not.
    """
    return generator.mapping(latents, labels) if isinstance(generator, StyledGenerator) else latents


@torch.no_grad()
def decode(
    generator: Generator, codes: Tensor, labels: Tensor | None = None, noise: Noise | None = None, num_chunk: int = 256
) -> Tensor:
    """Codes -> items (N, *shape), float32.

    labels: (N,) of conditional generators that are not style-based; others ignore them.
    noise: of a style-based generator "fixed" (the same each time), "random", "none", or a map (N or 1, 1, H, W) for
        each layer, see `noise_maps`; None: fixed. Others have none, and ignore it.
    num_chunk: items made at once. Raises UserError for another noise.
    """
    if not isinstance(generator, StyledGenerator):
        return torch.cat(
            [generator(codes[c], None if labels is None else labels[c]).float() for c in chunks(len(codes), num_chunk)]
        )
    num_layers = len(generator.noise_layers)
    if isinstance(noise, str) and noise not in NOISES:
        raise UserError(f"unknown noise '{noise}'; known: {', '.join(NOISES)}, or maps")
    if not isinstance(noise, str | None) and num_layers and len(noise) != num_layers:
        raise UserError(f"{len(noise)} maps of noise do not fit {num_layers} layers with noise; see noise_maps")
    made = []
    for c in chunks(len(codes), num_chunk):
        own = noise if isinstance(noise, str | None) else [m if len(m) == 1 else m[c] for m in noise]
        made.append(generator.synthesis(codes[c], own).float())
    return torch.cat(made)


def truncated(generator: Generator, codes: Tensor, share: float, cutoff: int | None = None) -> Tensor:
    """Codes nearer to the mean: mean + share * (code - mean); the mean style, or of latents 0.

    share: 1 leaves them, 0 gives the mean, more exaggerates. cutoff: the first so many layers of a style-based
    generator only; None: all. Raises UserError for a cut-off where there are no styles, and for numbers out of range.
    """
    if not math.isfinite(share):
        raise UserError(f"truncation {share} is no number; take 0, the mean, to 1, which changes nothing")
    if cutoff is not None:
        num_layers = as_styled(generator, "a cut-off layer").num_layers
        if not 0 <= cutoff <= num_layers:
            raise UserError(f"cut-off {cutoff} is out of range; this generator has {num_layers} layers, take 0 to all")
    if share == 1:
        return codes
    return generator.truncated(codes, share, cutoff) if isinstance(generator, StyledGenerator) else codes * share


def mixed(codes: Tensor, others: Tensor, layers: Iterable[int], share: float = 1.0) -> Tensor:
    """Codes (..., num_layers, style_size) of which `layers` follow `others`, by a share from 0 to 1 of the way.

    codes and others are broadcast, so that (A, 1, L, D) and (1, B, L, D) make a grid.
    Raises UserError for codes without layers, and for layers that there are not.
    """
    chosen = _mask(codes, layers)
    return torch.where(chosen, others.to(codes.dtype) if share == 1 else torch.lerp(codes, others, share), codes)


def moved(
    codes: Tensor, directions: Tensor, amounts: Sequence[float] | Tensor, layers: Iterable[int] | None = None
) -> Tensor:
    """Codes + sum of amount k * direction k: what sliders do.

    codes: (..., D) or, with layers, (..., num_layers, D). directions: (K, D). amounts: (K,), or (N, K) for N codes.
    layers: those that follow, of styles; None: all. Amounts in standard deviations are those times `spread`.
    Raises UserError where the sizes do not fit.
    """
    steps = torch.as_tensor(amounts, dtype=codes.dtype, device=codes.device)
    if directions.ndim != 2 or steps.shape[-1:] != directions.shape[:1] or directions.shape[1] != codes.shape[-1]:
        raise UserError(
            f"directions {tuple(directions.shape)} times amounts {tuple(steps.shape)} do not move codes "
            f"{tuple(codes.shape)}; give (K, {codes.shape[-1]}) and K numbers"
        )
    shift = steps @ directions.to(codes.dtype)
    if shift.ndim == 2:
        shift = shift.unflatten(0, (-1, *[1] * (codes.ndim - 2)))
    return codes + shift if layers is None else codes + shift * _mask(codes, layers)


def part_way(starts: Tensor, ends: Tensor, share: float | Tensor, along: Along = "linear") -> Tensor:
    """Codes, or latents, on the way from starts to ends (N, ..., D), of one shape.

    share: 0 gives the starts, 1 the ends; one number or (N,). along: "linear", which suits styles, or "spherical",
    which suits normal latents, see `between`.
    """
    if starts.shape != ends.shape:
        raise UserError(f"a way leads between codes of one shape, not {tuple(starts.shape)} and {tuple(ends.shape)}")
    where = torch.as_tensor(share, dtype=starts.dtype, device=starts.device)
    where = where.expand(len(starts)).view(-1, *[1] * (starts.ndim - 1)).expand(*starts.shape[:-1], 1)
    way = slerp if along == "spherical" else lerp
    return way(starts.flatten(0, -2), ends.flatten(0, -2), where.flatten(0, -2)).view_as(starts)


def spread(codes: Tensor, directions: Tensor) -> Tensor:
    """Standard deviations (K,) of codes along directions (K, D): 1 on a slider. Takes many codes, say 1,024."""
    flat = codes.flatten(0, -2)
    return ((flat - flat.mean(0)) @ directions.T.to(flat.dtype)).std(0)


def noise_maps(generator: Generator, seed: int, num: int = 1) -> list[Tensor]:
    """Maps of noise (num, 1, H, W) for every layer, the same for a seed; empty for a generator without noise.

    num: 1, the same for all items, or one for each.
    """
    draw = generator_for("noise", seed)
    layers = generator.noise_layers if isinstance(generator, StyledGenerator) else []
    return [torch.randn(num, *layer.fixed.shape[1:], generator=draw).to(layer.fixed) for layer in layers]


@contextmanager
def captured(network: nn.Module, names: Iterable[str]) -> Iterator[dict[str, Tensor]]:
    """Within the block, what these modules gave when they were last called, by name: copies (N, ...), detached.

    names: as in the rows of `shapes`, or any of `network.named_modules()`. `decode` calls neither a style-based
    generator as a whole ("") nor its mapping network.
    Raises UserError for a name that there is not.
    """
    modules, seen, handles = dict(network.named_modules()), {}, []
    chosen = list(names)
    for name in chosen:
        if name not in modules:
            raise UserError(f"{type(network).__name__} has no layer '{name}'; {nearest(name, [*modules][1:21])}")

    def keep(name: str) -> Any:
        def hook(module: nn.Module, inputs: Any, output: Any) -> None:
            if isinstance(output, Tensor):
                seen[name] = output.detach().clone()  # what follows may change it in place

        return hook

    try:
        handles += [modules[name].register_forward_hook(keep(name)) for name in chosen]
        yield seen
    finally:
        for handle in handles:
            handle.remove()


def _mask(codes: Tensor, layers: Iterable[int]) -> Tensor:
    """(num_layers, 1), True where a layer is meant."""
    if codes.ndim < 3:
        raise UserError("only styles differ from layer to layer, and this generator has none; leave layers out")
    num_layers, chosen = codes.shape[-2], list(layers)
    if not all(0 <= layer < num_layers for layer in chosen):
        raise UserError(f"layers {', '.join(map(str, chosen))}: there are 0 to {num_layers - 1}")
    mask = torch.zeros(num_layers, 1, dtype=torch.bool, device=codes.device)
    mask[chosen] = True
    return mask
