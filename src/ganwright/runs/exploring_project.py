"""Projecting a picture with a run: the picture as an item, the features it is compared by, and the search itself."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import torch
from PIL import Image
from torch import Tensor

from ganwright import explore
from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.core.errors import UserError
from ganwright.core.images import Channels, decode, read_image, to_array
from ganwright.core.spec import DataSpec
from ganwright.data.dataset import to_float
from ganwright.data.fitting import Crop, fit
from ganwright.explore.invert import Look
from ganwright.explore.space import SpaceName
from ganwright.metrics.features.classifier import ClassifierFeatures
from ganwright.metrics.features.prepare import fitting
from ganwright.runs.exploring_base import Opened
from ganwright.runs.eyes import eyes_for

Features = Literal["auto", "discriminator", "none"]
_CHANNELS: dict[int, Channels] = {1: "gray", 3: "rgb", 4: "rgba"}
_WHITE = (255, 255, 255)


def project(
    here: Opened,
    target: Tensor,
    *,
    space: SpaceName,
    label: int | str | None = None,
    steps: int = 300,
    restarts: int = 4,
    candidates: int = 512,
    features: Features = "auto",
    seed: int = 0,
    data_dir: str | None = None,
    progress: Callable[[int, int], None] | None = None,
    watch: Callable[[Tensor], None] | None = None,
) -> tuple[explore.Found, str]:
    """Find the item that is most like `target` (*shape); also by which features. See `explore.invert`.

    label: the class, which a conditional run must be told. features: beside pixels; "auto": those of the data's
    classifier where there is one, else the discriminator's.
    Raises UserError where the class is missing and where latents never vary.
    """
    if here.algorithm.num_classes and label is None:
        raise UserError(f"{here.run.path} is conditional; say with --class what the picture shows")
    chosen = here.labels(1, label)
    look, told = features_to_match(here, features, data_dir)
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
        space=space,
        label=None if chosen is None else int(chosen[0]),
        steps=steps,
        restarts=restarts,
        candidates=candidates,
        limit=limit,
        seed=seed,
        progress=progress,
        watch=watch,
    )
    return found, told


def read_target(picture: str | Path, spec: DataSpec, crop: Crop = "center") -> Tensor:
    """Read a picture as an item of a spec: float (C, H, W) in [-1, 1]. Raises UserError for what is no picture."""
    return _fitted(read_image(Path(picture), _channels(spec)), spec, crop)


def decode_target(data: bytes, name: str, spec: DataSpec, crop: Crop = "center") -> Tensor:
    """The same of a file's bytes. name: what an error calls it."""
    return _fitted(decode(data, name, _channels(spec)), spec, crop)


def _channels(spec: DataSpec) -> Channels:
    if not spec.is_image or spec.shape[0] not in _CHANNELS:
        raise UserError(f"items of {spec} are no pictures; those of 1, 3 and 4 channels can be read")
    return _CHANNELS[spec.shape[0]]


def _fitted(image: Image.Image, spec: DataSpec, crop: Crop) -> Tensor:
    _, height, width = spec.shape
    return to_float(torch.from_numpy(to_array(fit(image, width, height, crop, _WHITE)).copy()))


def features_to_match(here: Opened, features: str, data_dir: str | None) -> tuple[Look | None, str]:
    """Features with gradients, and their name. Raises UserError for unknown ones, and for what there is not."""
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
