"""Features by name: what a metric looks at items with."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.core.table import look_up
from ganwright.metrics.features import classifier, module, onnx, pixels, random
from ganwright.metrics.features.base import ClassifyingExtractor, FeatureExtractor, Wanted
from ganwright.metrics.features.resize import RULES


@dataclass(frozen=True)
class FeatureRow:
    """A row of the table.

    description: one line: what it looks at, and when to choose it. build: makes it.
    argument: what stands behind a colon; empty: nothing.
    needs_argument: True where it cannot do without, or without weights given beside it.
    takes_weights: True where the argument is a file of weights.
    """

    description: str
    build: Callable[[Wanted], FeatureExtractor]
    argument: str = ""
    needs_argument: bool = False
    takes_weights: bool = False


def _inception(wanted: Wanted) -> FeatureExtractor:
    from ganwright.metrics.features.inception import InceptionFeatures

    weights = wanted.weights if wanted.argument is None else Path(wanted.argument).expanduser()
    return InceptionFeatures(weights, wanted.rule, wanted.device)


FEATURES: dict[str, FeatureRow] = {
    "random": FeatureRow(
        "a fixed random convolutional embedding, 512 numbers: honest where nothing was trained; one SEED, one measure",
        random.build,
        "SEED",
    ),
    "pixels": FeatureRow(
        "the items themselves: coordinates of points, pixels of images brought to at most 32x32", pixels.build
    ),
    "classifier": FeatureRow(
        "the last layer of a classifier fitted on the data's labels, and its classes: the choice for small gray images",
        classifier.build,
        "PATH",
        needs_argument=True,
        takes_weights=True,
    ),
    "inception": FeatureRow(
        "the InceptionV3 that published FID figures use, 2,048 numbers, and its 1,008 classes",
        _inception,
        "FILE",
        takes_weights=True,
    ),
    "onnx": FeatureRow(
        "an ONNX file of your own; its first output are features, a second one class logits",
        onnx.build,
        "FILE",
        needs_argument=True,
        takes_weights=True,
    ),
    "python": FeatureRow(
        "a torch module of your own, named by where Python finds it", module.build, "MODULE:NAME", needs_argument=True
    ),
}


def parse_features(
    text: str,
    spec: DataSpec,
    *,
    weights: Path | None = None,
    rule: str | None = None,
    device: torch.device | None = None,
) -> FeatureExtractor:
    """Make the features that a text names: a row of the table, and behind a colon what that row takes.

    text: "random", "random:SEED", "pixels", "inception", "inception:FILE", "onnx:FILE", "python:package.module:name"
        or "classifier:PATH".
    spec: of the items. weights: a file for features that take one, in place of the argument.
    rule: of resizing, a row of RULES; None: the features' own. device: to compute on; None: the CPU.
    Raises UserError for an unknown name or rule, a missing or needless argument, and whatever the features refuse.
    """
    name, colon, rest = text.partition(":")
    row = look_up(FEATURES, name, "features")
    if rule is not None:
        look_up(RULES, rule, "resize rule")
    if (colon and not rest) or (row.needs_argument and not rest and weights is None):
        raise UserError(f"features '{name}' need {row.argument} behind a colon, as in '{name}:{row.argument}'")
    if rest and not row.argument:
        raise UserError(f"features '{name}' take nothing behind a colon, not '{rest}'")
    if weights is not None and not row.takes_weights:
        raise UserError(f"features '{name}' take no weights file; leave {weights} away, or name others")
    if weights is not None and rest:
        raise UserError(f"features '{text}' name a file already; leave {weights} away")
    return row.build(Wanted(rest or None, spec, weights, rule, device))


def default_features(spec: DataSpec, device: torch.device | None = None) -> FeatureExtractor:
    """What to look with where nothing was trained or named: the points themselves; for images, random convolutions.

    Images below 4x4 are looked at pixel by pixel.
    """
    if not spec.is_image or min(spec.shape[1:]) < random.LEAST_SIDE:
        return pixels.PixelFeatures(spec)
    return random.RandomFeatures(spec, device=device)


__all__ = [
    "FEATURES",
    "ClassifyingExtractor",
    "FeatureExtractor",
    "FeatureRow",
    "Wanted",
    "default_features",
    "parse_features",
]
