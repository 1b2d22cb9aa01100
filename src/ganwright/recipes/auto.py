"""The recipe that nobody has to name: from what is known of the data and the device to a config, and why.

A pure function. It measures nothing, so the same data and kind of device always give the same config: a run that was
stopped goes on as it began, and run.toml, which holds the result, repeats it anywhere. docs/auto.md shows the choices.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import log2
from typing import Any

from ganwright.core.errors import UserError
from ganwright.core.schedules import Cosine
from ganwright.core.spec import DataSpec
from ganwright.data.augment.ada import AdaptiveAugmentation
from ganwright.data.dataset import DataConfig, Dataset, Endless
from ganwright.networks.layers.doubling import nearest_sides, num_doublings
from ganwright.recipes.mlp import mlp
from ganwright.recipes.r3gan import RATE, r3gan, schedules
from ganwright.recipes.rpgan import rpgan_r1r2
from ganwright.recipes.rpgan_dcgan import rpgan_dcgan
from ganwright.recipes.run_config import RunConfig

AUTO = "auto"
"""What stands for the choice where a recipe's name is asked for."""

ABOUT = "The default: looks at data and device, chooses one of these with its settings, and says what and why."

LARGEST_SIDE = {"cpu": 64, "mps": 64, "cuda": 256}
"""Pixels a side that pictures are scaled down to, where their source can scale; by kind of device."""

LEAST_ITEMS = 8
FEW_ITEMS = 5_000
"""Fewer, and the discriminator is shown changed images as soon as it learns the real ones by heart."""

MANY_ITEMS = 50_000
"""As many, and a GPU's networks are as wide as the authors'."""

PASSES = 200
"""Longest run in passes over the data."""

PLAYERS = ("generator", "discriminator")
LEAST_PER_CLASS, MOST_CLASSES = 100, 1_000
UNEVEN = 3.0
"""A class with so many times the items of another is drawn as often as the other."""

MOST_PERCEPTRON_VALUES = 16_384
_WORDS = {1: "gray", 3: "colour", 4: "transparent colour"}
_DEVICES = {"cpu": "a CPU", "mps": "an Apple GPU", "cuda": "a GPU"}


@dataclass(frozen=True)
class Own:
    """The size of pictures before they are scaled, in pixels; of most of them, where they are of mixed sizes."""

    width: int
    height: int
    mixed: bool = False


@dataclass(frozen=True)
class Facts:
    """What the choice is made from.

    data: where the items come from, with what was asked of it.
    spec: shape and classes of the items as they would be trained on.
    num_items: training items; None for a distribution that every draw samples afresh.
    class_counts: training items of each class; empty without labels.
    device: "cpu", "mps" or "cuda".
    spread: standard deviation of all coordinates of points; None for images.
    own: the pictures' own size where they are scaled; else None.
    """

    data: DataConfig
    spec: DataSpec
    num_items: int | None
    class_counts: tuple[int, ...]
    device: str
    spread: float | None = None
    own: Own | None = None


@dataclass(frozen=True)
class Choice:
    """A config, and in words what was chosen and why."""

    config: RunConfig
    chose: str
    because: str


def facts_of(data: DataConfig, dataset: Dataset, device: str, own: Own | None = None) -> Facts:
    """What a loaded data set says of itself; arguments as in `Facts`."""
    counts = () if dataset.labels is None else dataset.labels.bincount(minlength=dataset.spec.num_classes).tolist()
    endless = isinstance(dataset, Endless)
    spread = None if dataset.spec.is_image else float(dataset.items.std(correction=0))
    return Facts(data, dataset.spec, None if endless else len(dataset), tuple(counts), device, spread, own)


def side_for(shape: tuple[int, ...], device: str) -> int | None:
    """Pixels a side to scale pictures (C, H, W) to; None where they can be trained on as they are.

    As they are: within the device's LARGEST_SIDE squared, and of sides that networks of doublings reach. Else the
    largest of 8, 10, 12, 14, 16, 20, 24, 28, 32, 40 ... that neither side falls below.
    """
    _, height, width = shape
    most = LARGEST_SIDE[device]
    if height * width <= most**2 and num_doublings(height, width):
        return None
    side = max(8, min(height, width, most))
    step = 1 << max(side.bit_length() - 3, 0)
    return side // step * step


def choose(facts: Facts) -> Choice:
    """Choose. Raises UserError for too few items, and for images that no network here can make."""
    if facts.num_items is not None and facts.num_items < LEAST_ITEMS:
        raise UserError(
            f"{facts.data.name} has {facts.num_items} training item{'' if facts.num_items == 1 else 's'}, and there is "
            f"nothing to learn from fewer than {LEAST_ITEMS}; hundreds are better"
        )
    if not facts.spec.is_image:
        return _for_points(facts)
    if not num_doublings(*facts.spec.shape[1:]):
        return _for_odd_sides(facts)
    return _on_gpu(facts) if facts.device == "cuda" else _on_cpu(facts)


def _for_points(facts: Facts) -> Choice:
    """Perceptrons that covered every mode of ring and grid on every seed (docs/modes.md)."""
    base = rpgan_r1r2()
    size = facts.spec.num_values
    changes: dict[str, Any] = _batch(facts, base.batch_size)
    told = "perceptrons, relativistic loss with R1 and R2"
    reasons = [f"points of {size} number{'' if size == 1 else 's'}: of all recipes this one covers the most modes"]
    if size > 3:  # many numbers a point: waves along each of them would drown the point itself
        wide = {"generator.hidden": [256] * 4, "discriminator.hidden": [256] * 3, "discriminator.octaves": []}
        changes |= wide | {"generator.latent_size": max(8, min(size, 64))}
        told = f"wide {told}"
        reasons.append("so many numbers need 256 neurons a layer")
    if facts.spread is not None and not 0.05 <= facts.spread <= 20:
        reasons.append(f"their spread is {facts.spread:.2g}, and 1 is what this learns best: scale them")
    return _choice(facts, base, changes, told, reasons)


def _for_odd_sides(facts: Facts) -> Choice:
    """Perceptrons for small images of a source that cannot scale them; a UserError for the others."""
    _, height, width = facts.spec.shape
    sides = " or ".join(map(str, nearest_sides(min(height, width))))
    scales = "size" in type(facts.data).model_fields
    if scales or facts.spec.num_values > MOST_PERCEPTRON_VALUES:
        mend = f"--data.size {sides}" if scales else f"{sides} pixels a side"
        raise UserError(
            f"{facts.data.name}: no network here makes images of {height}x{width}; sides must be 4 to 15 pixels times "
            f"2, 4, 8 ...: use {mend}"
        )
    base = mlp()
    penalties = [{"kind": kind, "gamma": Cosine(start=1.0, end=0.1).plain()} for kind in ("r1", "r2")]
    changes = {"loss": "relativistic-pairing", "penalties": penalties, "images": 1_000_000} | _batch(facts, 64)
    reasons = [f"{height}x{width} is no size that convolutions can double to; {sides} would be, and would do better"]
    return _choice(facts, base, changes, "perceptrons, relativistic loss with R1 and R2", reasons)


def _on_cpu(facts: Facts) -> Choice:
    """Narrow convolutions: in the same time they see several times as many images as wide or residual ones."""
    side = _side(facts)
    width = 32 if side <= 32 else 24 if side <= 64 else 16 if side <= 128 else 8 if side <= 256 else 4
    gamma = round(max(1.0, 2 * (side / 64) ** 2), 1) * (2 if _are_few(facts) else 1)
    easy = side <= 32 and facts.spec.shape[0] == 1  # gray and small: higher rates for a shorter time do
    base = rpgan_dcgan("small" if easy else None)
    changes = {
        **_length(facts, base.images if easy else 600_000 if side <= 32 else 300_000),
        **_batch(facts, base.batch_size),
        **{f"{player}.width": width for player in PLAYERS},
        **{f"penalties.{index}.gamma": Cosine(start=gamma, end=gamma / 10).plain() for index in (0, 1)},
        **_conditional(facts),
        **_few(facts, antialias=False),
    }
    told = f"convolutions {width} wide, relativistic loss, R1 and R2 of gamma {gamma:g}{_extras(facts)}"
    return _choice(facts, base, changes, told, _about_images(facts, "narrow networks learn most in an hour"))


def _on_gpu(facts: Facts) -> Choice:
    """The modern baseline, set by size as its authors did; half as wide where there are fewer images than they had."""
    side = _side(facts)
    preset = "cifar10" if side <= 40 else "ffhq-64" if side <= 90 else "ffhq-256"
    widest = 768 if facts.num_items is None or facts.num_items >= MANY_ITEMS else 384
    width = max(widest >> max(round(log2(side / 32)), 0), 16)
    gamma = max(0.05, round(2 * (side / 64) ** 3.1, 2))  # runs through the authors' gammas of 64x64 and 256x256
    changes = {
        **schedules(None, (gamma, gamma / 10), 0.55 if side <= 40 else 0.3, 500_000, RATE),
        **_length(facts, 25_000_000, least=2_000_000),
        **_batch(facts, 256 if side <= 40 else 128 if side <= 90 else 64),
        **{f"{p}.{name}": value for p in PLAYERS for name, value in (("width", width), ("max_width", widest))},
        **_conditional(facts),
        **_few(facts, antialias=True),
    }
    if _are_few(facts):
        del changes["augmentations.0.p"]
    told = f"residual networks up to {widest} wide, relativistic loss, R1 and R2 of gamma {gamma:g}{_extras(facts)}"
    reasons = _about_images(facts, "the modern baseline, set by size as its authors did")
    return _choice(facts, r3gan(preset), changes, told, reasons)


def _side(facts: Facts) -> float:
    """Of a square with as many pixels."""
    _, height, width = facts.spec.shape
    return (height * width) ** 0.5


def _batch(facts: Facts, size: int) -> dict[str, Any]:
    return {"batch_size": size if facts.num_items is None else min(size, facts.num_items)}


def _length(facts: Facts, most: int, least: int = 100_000) -> dict[str, Any]:
    """PASSES over the data, within limits, and the marks on the way."""
    images = most if facts.num_items is None else min(most, max(least, facts.num_items * PASSES))
    images = round(images, 2 - len(str(images)))
    return {"images": images, "tick_images": images // 20, "log_images": max(images // 200, 1)}


def _few(facts: Facts, antialias: bool) -> dict[str, Any]:
    if not _are_few(facts):
        return {}
    adaptive = AdaptiveAugmentation(images_per_unit=100_000, antialias=antialias)
    return {"augmentations": [adaptive.plain()]}


def _are_few(facts: Facts) -> bool:
    return facts.num_items is not None and facts.num_items < FEW_ITEMS


def _conditional(facts: Facts) -> dict[str, Any]:
    if not _by_class(facts):
        return {f"{player}.conditional": False for player in PLAYERS}
    balanced = {"data.balanced": True} if _are_uneven(facts) else {}
    return balanced | {f"{player}.conditional": True for player in PLAYERS}


def _by_class(facts: Facts) -> bool:
    return 1 < len(facts.class_counts) <= MOST_CLASSES and min(facts.class_counts) >= LEAST_PER_CLASS


def _are_uneven(facts: Facts) -> bool:
    return max(facts.class_counts) > UNEVEN * min(facts.class_counts)


def _extras(facts: Facts) -> str:
    return ("; ADA" if _are_few(facts) else "") + ("; by class" if _by_class(facts) else "")


def _about_images(facts: Facts, why: str) -> Iterator[str]:
    """The reasons: what the data is, the device, and what follows from either."""
    channels, height, width = facts.spec.shape
    kind = _WORDS.get(channels, f"{channels}-channel")
    number = "endless" if facts.num_items is None else f"{facts.num_items:,}"
    yield f"{number} {kind} images of {width}x{height}{_scaled(facts)} on {_DEVICES[facts.device]}: {why}"
    if _are_few(facts):
        flip = "" if facts.data.flip else " (mirrored ones as real? --data.flip)"
        yield f"few, so ADA against learning by heart{flip}"
    counts = facts.class_counts
    if _by_class(facts):
        uneven = f" of {min(counts):,} to {max(counts):,} items, drawn equally often" if _are_uneven(facts) else ""
        yield f"{len(counts)} classes{uneven}, each on request"
    elif len(counts) > MOST_CLASSES:
        yield f"{len(counts):,} classes are too many to learn ({MOST_CLASSES:,}), so they are left aside"
    elif len(counts) > 1:
        yield f"the classes are left aside: one has {min(counts)} items, {LEAST_PER_CLASS} are needed"


def _scaled(facts: Facts) -> str:
    if (own := facts.own) is None:
        return ""
    _, height, width = facts.spec.shape
    cut = getattr(facts.data, "crop", "none") == "center" and own.width * height != own.height * width
    middle = "the middle of " if cut else ""
    mixed = " and other sizes" if own.mixed else ""
    return f" (from {middle}{own.width}x{own.height}{mixed}; --data.size for another)"


def _choice(facts: Facts, base: RunConfig, changes: dict[str, Any], told: str, reasons: Iterable[str]) -> Choice:
    data = {**facts.data.model_dump(mode="json"), "kind": facts.data.tag}
    config = base.override({"data": data, **changes}, AUTO)
    name = config.recipe if config.preset is None else f"{config.recipe} ({config.preset})"
    return Choice(config, f"{name}: {told}", "; ".join(reasons))
