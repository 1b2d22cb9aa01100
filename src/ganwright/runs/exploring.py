"""Exploring a run: what its generator learnt, as pictures and numbers in a folder. Functions named as the verbs are."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ganwright import explore
from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.core.errors import UserError
from ganwright.data.dataset import to_uint8
from ganwright.explore.drawing import frames, sheet, slabs
from ganwright.explore.space import chunks
from ganwright.metrics.features.cache import features_of
from ganwright.metrics.frechet import frechet_distance
from ganwright.metrics.manifolds import NEIGHBOURS, manifolds
from ganwright.metrics.reference import draw_reference
from ganwright.networks.base import Generator
from ganwright.networks.styled import StyledGenerator
from ganwright.ops.paths import Along
from ganwright.runs.exploring_base import Explored, Opened, Report
from ganwright.runs.exploring_items import directions, invert, neighbours
from ganwright.runs.exploring_motion import parse_formats
from ganwright.runs.eyes import eyes_for
from ganwright.runs.run import Run

STYLE_VALUES = (1.0, 0.85, 0.7, 0.5, 0.25, 0.0)
SMOOTH = 33
"""Steps of each way of an animation, at least."""
NORMAL_VALUES = (math.inf, 2.0, 1.5, 1.0, 0.5, 0.25)


def interpolate(
    run: Run | str | Path,
    num: int = 6,
    *,
    steps: int = 11,
    space: str | None = None,
    along: Along | None = None,
    label: int | str | None = None,
    end_label: int | str | None = None,
    formats: str = "png",
    seed: int = 0,
    out: str | Path | None = None,
) -> Explored:
    """Ways between samples: a row each, from sample i to sample i + 1 of this seed, the last back to the first.

    space: "z" or "w"; None: w where there is one. along: "linear" or "spherical"; None: what suits the space.
    label: the class of all items; None: of a conditional run all classes, a row each. end_label: where the ways end.
    formats: "gif", "webp" and "mp4" (which needs ffmpeg) beside "png", separated by commas. out: a folder; None:
    explored/ in the run's.
    """
    kinds = parse_formats(formats)
    here = Opened(run, "interpolating")
    place = here.space(space)
    way = along or ("linear" if place == "w" else "spherical")
    here.room(num, max(steps, SMOOTH) if kinds else steps)
    starts, labels = here.latents(num, seed), here.labels(num, label)
    ends = starts.roll(-1, 0) if num > 1 else here.latents(1, seed, 1)
    end_labels = None if end_label is None else here.labels(num, end_label)

    def ways(num_steps: int) -> Tensor:
        return explore.interpolate(
            here.generator, starts, ends, num_steps, space=place, along=way, labels=labels, end_labels=end_labels
        )

    items = ways(steps)
    shown = to_uint8(items)
    columns = [f"{i / (steps - 1):.2g}" for i in range(steps)]
    rows = _ways(here, labels, end_labels)
    title = f"{here.run.config.recipe}: {way} in {place}"
    moves = [float((a - b).square().mean().sqrt()) for a, b in zip(items.unbind(1)[1:], items.unbind(1), strict=False)]
    numbers = {"space": place, "along": way, "num": num, "steps": steps, "step_change": moves}
    many = frames(to_uint8(ways(max(steps, SMOOTH)))) if kinds else ()
    lines = [
        f"{num} ways of {steps} steps, {way} in {place}; a step changes pixels by {sum(moves) / len(moves):.3f} (RMS)"
    ]
    pictures = {"interpolate": sheet(shown, rows, columns, title=title)}
    return here.finish("interpolate", pictures, numbers, lines, seed=seed, out=out, ways=many, formats=kinds)


def _ways(here: Opened, labels: Tensor | None, end_labels: Tensor | None) -> list[str]:
    if labels is None:
        return []
    names = [here.name_of(int(label)) for label in labels]
    if end_labels is None:
        return names
    return [f"{a} to {here.name_of(int(b))}" for a, b in zip(names, end_labels, strict=True)]


def truncate(
    run: Run | str | Path,
    num_samples: int = 1000,
    *,
    values: Sequence[float] | None = None,
    cutoff: int | None = None,
    num_shown: int = 10,
    label: int | str | None = None,
    features: str = "auto",
    weights: str | Path | None = None,
    seed: int = 0,
    data_dir: str | None = None,
    out: str | Path | None = None,
    progress: Report | None = None,
) -> Explored:
    """A sweep of truncation: the same samples at each value, with FID, precision and recall there.

    num_samples: judged at each value, against as many training items. values: of a style-based generator what is kept
    of the distance to the mean style, of others the limit of the latents (see `explore.truncate`); None: a sweep.
    cutoff: truncate only the first so many layers. num_shown: columns of the picture. features: as in `Run.evaluate`;
    "none" draws the picture alone. Figures of few items are biased: compare them with each other only.
    """
    here = Opened(run, "truncation")
    config = here.run.config.algorithm
    drawn, limit = (config.latent, config.latent_limit) if isinstance(config, AdversarialConfig) else ("normal", 2.0)
    styled = isinstance(here.generator, StyledGenerator)
    swept = tuple(values) if values is not None else STYLE_VALUES if styled or drawn == "uniform" else NORMAL_VALUES
    if features != "none" and num_samples <= NEIGHBOURS:
        raise UserError(f"{num_samples} samples cannot be judged; take {NEIGHBOURS + 1} samples or more")
    here.room(num_shown, len(swept))
    data, other = here.data(data_dir) if features != "none" else (None, None)
    num, real, eyes = num_shown, None, None
    if data is not None:
        reference = draw_reference(data, other, "train", num_samples, seed)
        eyes = eyes_for(here.run.config.data, data, features, weights, None, data_dir or here.run._data_dir())
        assert eyes is not None
        num = reference.num
        real = features_of(data, eyes, reference.real[1])[0]
    count = max(num, num_shown)
    latents, labels = here.latents(count, seed), here.labels(count, label)
    shown, rows = [], []
    for place, value in enumerate(swept):
        made, found = [], []
        for c in chunks(count):
            own = None if labels is None else labels[c]
            items = explore.truncate(
                here.generator, latents[c], value, labels=own, cutoff=cutoff, drawn=drawn, limit=limit
            )
            made.append(to_uint8(items))
            if eyes is not None:
                found.append(eyes(made[-1]))
            if progress is not None:
                progress(place * count + c.stop, len(swept) * count, f"truncation {value:g}")
        shown.append(torch.cat(made)[:num_shown])
        rows.append(_judged(value, real, torch.cat(found)[:num] if found else None))
    numbers: dict[str, Any] = {"space": "w" if styled else "z", "cutoff": cutoff, "rows": rows}
    if real is not None and eyes is not None:
        numbers |= {
            "num_samples": num,
            "features": eyes.name,
            "features_hash": eyes.hash,
            "data": here.run.config.data.tag,
        }
    captions = [_caption(row) for row in rows]
    lines = [f"{'truncation':<12}FID       precision  recall" if real is not None else "truncation"]
    lines += [_line(row) for row in rows]
    if real is not None and eyes is not None:
        lines.append(f"n {num:,} a side, {eyes.name}, {NEIGHBOURS} neighbours")
    title = f"{here.run.config.recipe}: truncation" + ("" if cutoff is None else f" of the first {cutoff} layers")
    return here.finish(
        "truncate", {"truncate": sheet(torch.stack(shown), captions, title=title)}, numbers, lines, seed=seed, out=out
    )


def _judged(value: float, real: Tensor | None, fake: Tensor | None) -> dict[str, float | None]:
    if real is None or fake is None:
        return {"value": value}
    found = manifolds(real, fake)
    return {
        "value": value,
        "fid": frechet_distance(real, fake),
        "precision": found.precision,
        "recall": found.recall,
    }


def _caption(row: dict[str, float | None]) -> str:
    value = f"{row['value']:g}"
    return f"{value}   FID {row['fid']:.1f}" if "fid" in row else value


def _line(row: dict[str, float | None]) -> str:
    line = f"{row['value']:<12g}"
    return line + f"{row['fid']:<10.2f}{row['precision']:<11.3f}{row['recall']:.3f}" if "fid" in row else line.rstrip()


def mix(
    run: Run | str | Path,
    num_sources: int = 5,
    num_styles: int = 8,
    *,
    crossover: str = "coarse,middle,fine",
    label: int | str | None = None,
    seed: int = 0,
    out: str | Path | None = None,
) -> Explored:
    """Grids of styles: each row is a source, of which some layers take the style of the item that heads the column.

    crossover: which layers, one grid each, separated by commas: coarse, middle, fine, or numbers such as 2-3.
    Raises UserError for a run whose generator is not style-based.
    """
    here = Opened(run, "mixing styles")
    styled = explore.as_styled(here.generator, "mixing styles")
    groups = [part.strip() for part in crossover.split(",") if part.strip()]
    layers = {name: explore.parse_layers(name, styled.num_layers) for name in groups}
    if not groups or not all(layers.values()):
        empty = [name for name, found in layers.items() if not found]
        raise UserError(f"crossover '{','.join(empty) or crossover}' has no layers among {styled.num_layers}")
    here.room(num_sources + 1, num_styles + 1, len(layers))
    sources, styles = here.latents(num_sources, seed), here.latents(num_styles, seed, num_sources)
    own, other = here.labels(num_sources, label), here.labels(num_styles, label, num_sources)
    place = explore.Space(styled, "w")
    down = place.made(place.vectors(sources, own))
    across = place.made(place.vectors(styles, other))
    sheets, changes = [], {}
    for name, chosen in layers.items():
        mixed = explore.mix(styled, sources, styles, chosen, labels=own, style_labels=other)
        changes[name] = float((mixed - down[:, None]).square().mean().sqrt())
        full = torch.cat([down[:, None], mixed], 1)
        corner = torch.full_like(down[:1, None], -1.0)
        sheets.append(torch.cat([torch.cat([corner, across[None]], 1), full]))
    captions = [_layers(name, found) for name, found in layers.items()]
    picture = sheet(
        to_uint8(torch.stack(sheets)), ["style of", *["source"] * num_sources], groups=captions,
        title=f"{here.run.config.recipe}: styles mixed",
    )  # fmt: skip
    numbers = {
        "num_layers": styled.num_layers,
        "layers": {name: [found.start, found.stop - 1] for name, found in layers.items()},
        "change": changes,
    }
    lines = [
        f"{name:<9}{_layers('', layers[name]):<14}changes pixels by {change:.3f} (RMS)"
        for name, change in changes.items()
    ]
    return here.finish("mix", {"mix": picture}, numbers, lines, seed=seed, out=out)


def _layers(name: str, found: range) -> str:
    numbers = f"layers {found.start}-{found.stop - 1}" if len(found) > 1 else f"layer {found.start}"
    return f"{name}: {numbers}" if name and not name[0].isdigit() else numbers


def shapes(run: Run | str | Path, *, seed: int = 0, out: str | Path | None = None) -> Explored:
    """The tensors that go through every network of a run: a table, and a drawing.

    Raises UserError for a run that has no checkpoint yet.
    """
    here = Opened(run, None)
    found = {name: explore.shapes(network, *_inputs(here, network)) for name, network in here.networks.items()}
    lines = []
    for name, one in found.items():
        lines += [f"{name}: {one.kind}, {one.num_parameters:,} parameters, {one.multiply_adds:,} multiply-adds an item"]
        rows = [("layer", "kind", "input", "output", "parameters", "multiply-adds")]
        rows += [
            (
                layer.name or "(the rest)", layer.kind, *_sizes(layer),
                f"{layer.num_parameters:,}", f"{layer.multiply_adds:,}",
            )
            for layer in one.layers
        ]  # fmt: skip
        widths = [max(len(row[i]) for row in rows) for i in range(6)]
        for row in rows:
            left = "  ".join(cell.ljust(w) for cell, w in zip(row[:4], widths, strict=False))
            lines.append(f"  {left}  {row[4].rjust(widths[4])}  {row[5].rjust(widths[5])}")
        lines.append("")
    numbers = {"networks": {name: one.plain() for name, one in found.items()}}
    return here.finish("shapes", {"shapes": slabs(found)}, numbers, lines, seed=seed, out=out, synthetic=False)


def _inputs(here: Opened, network: torch.nn.Module) -> tuple[Tensor | None, ...]:
    """One item for a network; a discriminator of packs gets a pack."""
    label = torch.zeros(1, dtype=torch.int64) if getattr(network, "num_classes", 0) else None
    if isinstance(network, Generator):
        return torch.zeros(1, network.latent_size), label
    channels, *size = here.spec.shape
    return torch.zeros(1, channels * getattr(here.config, "pack", 1), *size), label


def _sizes(layer: explore.Layer) -> tuple[str, str]:
    if not layer.input and not layer.output:
        return "not used", ""
    return "x".join(map(str, layer.input)) or "1", "x".join(map(str, layer.output)) or "1"


__all__ = ["Explored", "directions", "interpolate", "invert", "mix", "neighbours", "shapes", "truncate"]
