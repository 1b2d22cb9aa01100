"""Exploring a run with the help of features: directions, projection, nearest training items."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors.torch import save
from torch import Tensor

from ganwright import explore
from ganwright.core.errors import UserError
from ganwright.core.files import write_atomic
from ganwright.data.dataset import to_uint8
from ganwright.data.fitting import Crop
from ganwright.explore.drawing import sheet
from ganwright.explore.space import SpaceName, chunks
from ganwright.metrics.features import ClassifyingExtractor, FeatureExtractor
from ganwright.metrics.features.cache import features_of
from ganwright.metrics.features.pixels import PixelFeatures
from ganwright.metrics.neighbours import nearest
from ganwright.runs.exploring_base import FOLDER, Explored, Opened, Report
from ganwright.runs.exploring_project import Features, project, read_target
from ganwright.runs.eyes import eyes_for
from ganwright.runs.run import Run

NUM_FOR_SPREAD = 1024
NUM_FOR_PROBES = 4096
NUM_HELD_OUT = 200
MOST_AMOUNT = 1000.0
MOST_CANDIDATES = 2**16


def directions(
    run: Run | str | Path,
    num: int = 5,
    *,
    method: Literal["sefa", "classes"] = "sefa",
    space: str | None = None,
    num_shown: int = 3,
    amount: float = 3.0,
    steps: int = 9,
    layers: str | None = None,
    label: int | str | None = None,
    seed: int = 0,
    data_dir: str | None = None,
    out: str | Path | None = None,
    progress: Report | None = None,
) -> Explored:
    """Directions, each shown on `num_shown` samples from -amount to +amount.

    method: "sefa": in closed form from the weights, strongest first; "classes": by probes on labels (of styles of a
        conditional generator) or on what the classifier of the data says of samples, a direction for each class.
    space: "z" or "w"; None: w where there is one; sefa finds them where the generator's weights are: w, if it has one.
    amount: in standard deviations of what is drawn. layers: in w, those that follow (coarse, middle, fine, 2-3).
    """
    here = Opened(run, "directions")
    place = here.space(space)
    if steps < 2 or num < 1:
        raise UserError(f"{num} directions of {steps} steps cannot be shown; take 1 or more of 2 or more")
    if not 0 < amount <= MOST_AMOUNT:
        raise UserError(f"amount {amount:g} is out of range; take a number above 0, at most {MOST_AMOUNT:g}")
    if method == "sefa" and place != here.space(None):
        raise UserError("sefa finds the directions of a style-based generator in w; leave --space out")
    followed = (
        None
        if layers is None
        else explore.parse_layers(layers, explore.as_styled(here.generator, "--layers").num_layers)
    )
    points = explore.Space(here.generator, place)
    here.room(min(num, points.size), num_shown, steps)
    drawn = max(NUM_FOR_SPREAD, num_shown)
    with torch.no_grad():
        vectors = points.vectors(here.latents(drawn, seed), here.labels(drawn, label))
    names: list[str]
    numbers: dict[str, Any] = {"method": method, "space": place, "amount": amount, "layers": layers}
    if method == "sefa":
        weights = here.generator.style_weights(**({} if followed is None else {"layers": followed}))
        found = explore.sefa(weights, min(num, points.size))
        ways, share = found.vectors, found.strengths / weights.double().square().sum()
        names = [f"{i + 1}   {float(s):.1%} of the weights" for i, s in enumerate(share)]
        numbers |= {"strengths": found.strengths.tolist(), "shares": share.tolist()}
        lines = [f"direction {name}" for name in names]
    else:
        told = class_directions(here, space=place, label=label, seed=seed, data_dir=data_dir, progress=progress)
        ways, kinds, accuracy = told.vectors[:num], told.names[:num], told.accuracy[:num]
        names = [f"{kind}   ranks {right:.0%} right" for kind, right in zip(kinds, accuracy, strict=True)]
        numbers |= {"classes": list(kinds), "accuracy": list(accuracy), "by": told.by}
        lines = [f"class {name}" for name in names] + [f"by {told.by}"]
    spread = explore.spread(vectors, ways)
    amounts = torch.linspace(-amount, amount, steps)
    shown = here.labels(num_shown, label)
    strips = [
        explore.traverse(
            here.generator, vectors[:num_shown], way, (amounts * s).tolist(), space=place, labels=shown, layers=followed
        )
        for way, s in zip(ways, spread, strict=True)
    ]
    numbers |= {
        "spread": spread.tolist(),
        "change": [float((s[:, -1] - s[:, 0]).square().mean().sqrt()) for s in strips],
    }
    columns = [f"{a:+.3g}" if abs(a) > 1e-9 else "0" for a in amounts.tolist()]
    title = f"{here.run.config.recipe}: directions in {place}, by {method}; steps in standard deviations"
    picture = sheet(to_uint8(torch.stack(strips)), (), columns, names, title)
    file = (here.run.path / FOLDER / "directions" if out is None else Path(out)) / "directions.safetensors"
    done = here.finish("directions", {"directions": picture}, numbers, lines, seed=seed, out=out)
    content = save({"directions": ways.float().contiguous(), "spread": spread.float().contiguous()})
    write_atomic(file, lambda p: p.write_bytes(content))
    return Explored(done.verb, (*done.files, file), done.numbers, (*done.lines, f"{'':<9}{file}"))


@dataclass(frozen=True)
class ClassDirections:
    """Directions (K, D) on which a class grows, for the classes that could be probed.

    names: of the classes. accuracy: of each, how often it ranks held-out samples right (see `explore.Probe`).
    by: what told the classes.
    """

    vectors: Tensor
    names: tuple[str, ...]
    accuracy: tuple[float, ...]
    by: str


def class_directions(
    here: Opened,
    *,
    space: SpaceName | None = None,
    label: int | str | None = None,
    seed: int = 0,
    data_dir: str | None = None,
    progress: Report | None = None,
) -> ClassDirections:
    """Probe 4,096 samples: by the labels asked for, of styles of a conditional run; else by the data's classifier.

    space: "z" or "w"; None: w where there is one. label: the class of all samples; None: all in turn.
    Raises UserError for data without labels, and where all samples look alike.
    """
    points = explore.Space(here.generator, here.space(space))
    latents, labels = here.latents(NUM_FOR_PROBES, seed, NUM_FOR_SPREAD), here.labels(NUM_FOR_PROBES, label)
    with torch.no_grad():
        vectors = points.vectors(latents, labels)
    if points.name == "w" and labels is not None and label is None:
        targets = torch.nn.functional.one_hot(labels, here.algorithm.num_classes).double()
        by = "the labels asked for"
    else:
        data, _ = here.data(data_dir)
        eyes = eyes_for(here.run.config.data, data, "auto", data_dir=data_dir or here.run._data_dir())
        if not isinstance(eyes, ClassifyingExtractor):
            raise UserError(f"{data.name} has no labels, so no classifier tells classes apart; take --method sefa")
        told = []
        for c in chunks(len(vectors)):
            items = points.made(vectors[c], None if labels is None else labels[c])
            told.append(eyes.classify(to_uint8(items))[1])
            if progress is not None:
                progress(c.stop, len(vectors), "classifying samples")
        targets, by = torch.cat(told), eyes.name
    found = explore.probe(vectors, targets)
    chosen = found.accuracy.isfinite().nonzero().flatten().tolist()
    if not chosen:
        raise UserError("all samples look like one class, so no direction tells classes apart; train it longer")
    return ClassDirections(
        found.vectors[chosen], tuple(map(here.name_of, chosen)), tuple(found.accuracy[chosen].tolist()), by
    )


def invert(
    run: Run | str | Path,
    picture: str | Path,
    *,
    space: str | None = None,
    label: int | str | None = None,
    steps: int = 300,
    restarts: int = 4,
    candidates: int = 512,
    features: Features = "auto",
    crop: Crop = "center",
    seed: int = 0,
    data_dir: str | None = None,
    out: str | Path | None = None,
    progress: Report | None = None,
) -> Explored:
    """Project a picture: the item of the generator that comes closest, and how close.

    picture: a file of any size and mode; it is brought to the generator's size by `crop` and to its channels.
    space: "z" or "w"; None: w where there is one. label: the class, which a conditional run must be told.
    features: beside pixels; "auto": those of the data's classifier where there is one, else the discriminator's.
    Leaves invert.png, reconstruction.png, and the vector in numbers.json.
    """
    here = Opened(run, "projection")
    place = here.space(space)
    if candidates > MOST_CANDIDATES:
        raise UserError(f"{candidates:,} candidates are too many; take at most {MOST_CANDIDATES:,}")
    target = read_target(picture, here.spec, crop)
    found, told = project(
        here,
        target,
        space=place,
        label=label,
        steps=steps,
        restarts=restarts,
        candidates=candidates,
        features=features,
        seed=seed,
        data_dir=data_dir,
        progress=None if progress is None else lambda done, total: progress(done, total, ""),
    )
    difference = (found.item - target).abs() - 1  # in the range of items: black is no difference
    if here.spec.shape[0] == 4:
        difference[3] = 1
    shown = torch.stack([target, found.item, difference])
    columns = ["target", "found", f"off {found.pixels:.3f}"]
    numbers = {
        "picture": str(picture),
        "space": place,
        "pixels": found.pixels,
        "features": found.features,
        "features_by": told,
        "prior": found.prior,
        "restarts": found.losses.tolist(),
        "vector": found.vector.tolist(),
    }
    seen = "" if found.features is None else f", {found.features:.1%} of a sample's distance in features"
    lines = [
        f"found an item {found.pixels:.4f} off in pixels (RMS, range -1 to 1){seen}",
        f"in {place}, at {found.prior:.2f} of the mean square of what is drawn; by {told}",
    ]
    pictures = {
        "invert": sheet(to_uint8(shown[None]), (), columns),
        "reconstruction": sheet_free(found.item),
    }
    return here.finish("invert", pictures, numbers, lines, seed=seed, out=out)


def sheet_free(item: Tensor) -> Any:
    """One item (C, H, W) as a picture of its own size."""
    from ganwright.core.pictures import grid

    return grid(to_uint8(item[None]), scale=1)


def neighbours(
    run: Run | str | Path,
    num: int = 8,
    *,
    nearest_shown: int = 6,
    features: str = "auto",
    weights: str | Path | None = None,
    label: int | str | None = None,
    seed: int = 0,
    data_dir: str | None = None,
    out: str | Path | None = None,
    progress: Report | None = None,
) -> Explored:
    """Samples beside the training items that are nearest to them, in features and in pixels.

    Each row's number is the distance to the nearest over the median that held-out items have: well below 1 it is a
    copy. features: as in `Run.evaluate`.
    """
    here = Opened(run, "neighbours")
    here.room(num, max(nearest_shown, 0) + 1)
    data, other = here.data(data_dir)
    if not 1 <= nearest_shown <= len(data):
        raise UserError(f"{nearest_shown} neighbours cannot be shown; {data.name} has {len(data):,} items")
    eyes = eyes_for(here.run.config.data, data, features, weights, None, data_dir or here.run._data_dir())
    if eyes is None:
        raise UserError("neighbours are looked for in features; name some, or leave --features out")
    with torch.no_grad():
        made = here.generator(here.latents(num, seed), here.labels(num, label)).float()
    items = to_uint8(made)
    sides: dict[str, FeatureExtractor] = {"features": eyes, "pixels": PixelFeatures(here.spec)}
    sheets, captions, numbers, lines = [], [], {}, []
    for place, (side, look) in enumerate(sides.items()):
        table = features_of(data, look, progress=_told(progress, place, len(sides), side))[0]
        own = look(items)
        distances, rows = nearest(own, table, nearest_shown)
        typical = None
        if other is not None:
            held = features_of(other, look, torch.arange(min(NUM_HELD_OUT, len(other))))[0]
            typical = float(nearest(held, table)[0].median()) or None
        ratio = [None if typical is None else float(d) / typical for d in distances[:, 0]]
        sheets.append(torch.cat([items[:, None], data.items[rows]], 1))
        captions.append(
            [f"{r:.2f}" if r is not None else f"{float(d):.3g}" for r, d in zip(ratio, distances[:, 0], strict=True)]
        )
        numbers[side] = {
            "by": look.name,
            "rows": rows.tolist(),
            "distances": distances.tolist(),
            "held_out_median": typical,
            "ratios": ratio,
        }
        closest = min((r for r in ratio if r is not None), default=None)
        said = (
            "no test items to compare with" if closest is None else f"closest {closest:.2f} of what held-out items have"
        )
        lines.append(f"{side:<9}{said} ({look.name})")
    columns = ["sample", "nearest", *map(str, range(2, nearest_shown + 1))]
    pictures = {
        f"neighbours-{side}": sheet(
            sheets[i], captions[i], columns, title=f"{here.run.config.recipe}: nearest training items in {side}"
        )
        for i, side in enumerate(sides)
    }
    return here.finish("neighbours", pictures, numbers, lines, seed=seed, out=out)


def _told(progress: Report | None, place: int, in_all: int, side: str) -> Any:
    if progress is None:
        return None
    return lambda done, total: progress(place * total + done, in_all * total, side)


__all__: Sequence[str] = ["directions", "invert", "neighbours", "read_target"]
