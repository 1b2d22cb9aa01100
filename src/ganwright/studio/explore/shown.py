"""Answers with pixels: a binary frame is a header's length, the header as JSON, and the numbers."""

from typing import Any

import torch
from torch import Tensor

from ganwright.metrics.spectrum import SpectrumSums
from ganwright.runs.exploring_live import spectrum_of
from ganwright.studio.replies import json_text

MOST_MAPS = 128


def frame(type: str, values: Tensor, **header: Any) -> bytes:
    """4 bytes (little-endian length), the header with "type", "shape" and "dtype", and the numbers in order.

    values: uint8, or float, which is sent as float32.
    """
    small = values if values.dtype == torch.uint8 else values.float()
    told = {"type": type, "shape": list(values.shape), "dtype": str(small.dtype).removeprefix("torch."), **header}
    head = json_text(told).encode()
    head += b" " * (-len(head) % 4)  # so that numbers begin where a browser can read them in place
    return len(head).to_bytes(4, "little") + head + small.contiguous().numpy().tobytes()


def items_frame(items: Tensor, **header: Any) -> bytes:
    """Images uint8 (..., C, H, W) as "pictures" with the channels last; points (..., D) as "points"."""
    if items.dtype == torch.uint8:
        return frame("pictures", items.movedim(-3, -1), **header)
    return frame("points", torch.nan_to_num(items, nan=0.0, posinf=3e38, neginf=-3e38), **header)


def activations_frame(maps: Tensor, **header: Any) -> bytes:
    """What a layer gave: (C, H, W) as grey maps, or (D,) as a row of numbers.

    128 is 0, and all maps share one scale, whose end is `scale`: the 99.5% quantile of sizes. The strongest maps come
    first; `channels` tells which they are and `rms` how strong. spectrum: mean power of all maps, dB.
    """
    finite = torch.nan_to_num(maps, nan=0.0, posinf=0.0, neginf=0.0)
    facts: dict[str, Any] = {
        "non_finite": int((~maps.isfinite()).sum()),
        "mean": float(finite.mean()),
        "std": float(finite.std(correction=0)),
        "zeros": float((finite == 0).float().mean()),
        "size": list(maps.shape),
    }
    if finite.ndim != 3:
        return frame("activations", finite.flatten()[:4096], **facts, **header)
    strength = finite.square().mean((1, 2)).sqrt()
    chosen = strength.argsort(descending=True, stable=True)[:MOST_MAPS]
    sizes = finite[chosen].abs().flatten()
    scale = float(sizes.kthvalue(max(1, int(0.995 * len(sizes)))).values) or float(sizes.max()) or 1.0
    grey = (128 + 127 * (finite[chosen] / scale).clamp(-1, 1)).round().to(torch.uint8)
    facts |= {"scale": scale, "channels": chosen.tolist(), "rms": strength[chosen].tolist()}
    if min(finite.shape[1:]) > 1:
        facts["spectrum"] = spectrum_of(finite).tolist()
    return frame("activations", grey, **facts, **header)


def spectrum_plain(sums: SpectrumSums) -> dict[str, Any]:
    """A spectrum for a chart: frequency in cycles a pixel, power in dB."""
    _, height, width = sums.shape
    decibels = sums.decibels
    side = min(height, width)
    return {"frequency": [ring / side for ring in range(len(decibels))], "decibels": decibels.tolist()}
