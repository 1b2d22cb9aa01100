"""Exploring a run with the help of features: directions, projection, nearest training items."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors.torch import save
from torch import Tensor

from ganwright import explore
from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.core.errors import UserError
from ganwright.core.files import write_atomic
from ganwright.core.images import Channels, read_image, to_array
from ganwright.core.spec import DataSpec
from ganwright.data.dataset import to_float, to_uint8
from ganwright.data.fitting import Crop, fit
from ganwright.explore.drawing import sheet
from ganwright.explore.invert import Look
from ganwright.explore.space import chunks
from ganwright.metrics.features import ClassifyingExtractor, FeatureExtractor
from ganwright.metrics.features.cache import features_of
from ganwright.metrics.features.classifier import ClassifierFeatures
from ganwright.metrics.features.pixels import PixelFeatures
from ganwright.metrics.features.prepare import fitting
from ganwright.metrics.neighbours import nearest
from ganwright.runs.exploring_base import FOLDER, Explored, Opened, Report
from ganwright.runs.eyes import eyes_for
from ganwright.runs.run import Run

NUM_FOR_SPREAD = 1024
NUM_FOR_PROBES = 4096
NUM_HELD_OUT = 200
MOST_AMOUNT = 1000.0
MOST_CANDIDATES = 2**16
_CHANNELS: dict[int, Channels] = {1: "gray", 3: "rgb", 4: "rgba"}


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
        probed, kinds, told = _probed(here, points, label, data_dir, seed, progress)
        chosen = [k for k in range(len(kinds)) if bool(probed.accuracy[k].isfinite())][:num]
        if not chosen:
            raise UserError("all samples look like one class, so no direction tells classes apart; train it longer")
        ways = probed.vectors[chosen]
        names = [f"{kinds[k]}   ranks {float(probed.accuracy[k]):.0%} right" for k in chosen]
        numbers |= {"classes": [kinds[k] for k in chosen], "accuracy": probed.accuracy[chosen].tolist(), "by": told}
        lines = [f"class {name}" for name in names] + [f"by {told}"]
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


def _probed(
    here: Opened,
    points: explore.Space,
    label: int | str | None,
    data_dir: str | None,
    seed: int,
    progress: Report | None,
) -> tuple[explore.Probe, list[str], str]:
    """Probes, the names of the classes, and by what they were told."""
    latents, labels = here.latents(NUM_FOR_PROBES, seed, NUM_FOR_SPREAD), here.labels(NUM_FOR_PROBES, label)
    with torch.no_grad():
        vectors = points.vectors(latents, labels)
    if points.name == "w" and labels is not None and label is None:
        num_classes = here.algorithm.num_classes
        targets = torch.nn.functional.one_hot(labels, num_classes).double()
        return explore.probe(vectors, targets), [here.name_of(k) for k in range(num_classes)], "the labels asked for"
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
    targets = torch.cat(told)
    names = [here.name_of(k) for k in range(targets.shape[1])]
    return explore.probe(vectors, targets), names, eyes.name


def invert(
    run: Run | str | Path,
    picture: str | Path,
    *,
    space: str | None = None,
    label: int | str | None = None,
    steps: int = 300,
    restarts: int = 4,
    candidates: int = 512,
    features: Literal["auto", "discriminator", "none"] = "auto",
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
    if here.algorithm.num_classes and label is None:
        raise UserError(f"{here.run.path} is conditional; say with --class what the picture shows")
    if candidates > MOST_CANDIDATES:
        raise UserError(f"{candidates:,} candidates are too many; take at most {MOST_CANDIDATES:,}")
    target = read_target(picture, here.spec, crop)
    chosen = here.labels(1, label)
    look, told = _look(here, features, data_dir)
    config = here.run.config.algorithm
    kind = config.latent if isinstance(config, AdversarialConfig) else "normal"
    if kind == "constant":
        raise UserError("its latents are always 0, so it makes one item only; there is nothing to look for")
    limit = {"uniform": 1.0, "truncated": getattr(config, "latent_limit", 2.0)}.get(kind)
    found = explore.invert(
        here.generator,
        target,
        here.draw,
        look=look,
        space=place,
        label=None if chosen is None else int(chosen[0]),
        steps=steps,
        restarts=restarts,
        candidates=candidates,
        limit=limit,
        seed=seed,
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


def read_target(picture: str | Path, spec: DataSpec, crop: Crop = "center") -> Tensor:
    """Read a picture as an item of a spec: float (C, H, W) in [-1, 1]. Raises UserError for what is no picture."""
    channels, height, width = spec.shape
    if channels not in _CHANNELS:
        raise UserError(f"items of {channels} channels are no pictures; 1, 3 and 4 can be read")
    image = fit(read_image(Path(picture), _CHANNELS[channels]), width, height, crop, (255, 255, 255))
    return to_float(torch.from_numpy(to_array(image).copy()))


def _look(here: Opened, features: str, data_dir: str | None) -> tuple[Look | None, str]:
    """Features with gradients, and their name."""
    if features == "none":
        return None, "pixels alone"
    if features not in ("auto", "discriminator"):
        raise UserError(f"unknown features '{features}'; a projection takes auto, discriminator or none")
    if features == "auto" and here.spec.num_classes:
        source = here.run.config.data
        eyes = eyes_for(source, here.data(data_dir)[0], "auto", data_dir=data_dir or here.run._data_dir())
        if isinstance(eyes, ClassifierFeatures):
            network, spec = eyes.fitted.network, eyes.fitted.spec
            return lambda items: network.features(fitting(items, spec)).flatten(1).float(), eyes.name
    judge: Any = here.networks.get("discriminator")
    if getattr(here.config, "pack", 1) == 1 and judge is not None and not hasattr(judge, "members"):
        return lambda items: judge.features(items).flatten(1).float(), "the discriminator's features"
    if features == "discriminator":
        raise UserError("this run's discriminator looks at packs, or is a committee; take --features none")
    return None, "pixels alone"


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
