"""The recipe `auto`: load the data, look at it and at the device, and take what `recipes.auto` chooses for them."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ganwright.core.errors import UserError
from ganwright.data.dataset import DataConfig, Dataset
from ganwright.data.folder import FolderConfig
from ganwright.data.progress import shown
from ganwright.recipes.auto import AUTO, Choice, Own, choose, facts_of, side_for
from ganwright.recipes.rpgan_dcgan import rpgan_dcgan
from ganwright.recipes.run_config import RunConfig
from ganwright.runs.folder import RunFolder
from ganwright.training.precision import choose_device


def asked(*layers: Mapping[str, Any]) -> RunConfig:
    """A config that holds what was asked of data and device, whatever else it holds.

    layers: dotted options and their values, each over the last. Raises UserError where none names the data.
    """
    if not any({"data", "data.kind"} & set(layer) for layer in layers):
        raise UserError(f"the recipe {AUTO} chooses by the data: name it, as in `ganwright train digits`")
    config = rpgan_dcgan().override({"recipe": AUTO})
    for layer in layers:
        config = config.override({n: v for n, v in layer.items() if n.partition(".")[0] in ("data", "device")})
    return config


def chosen(asked: RunConfig, data_dir: str | None = None) -> tuple[Choice, Dataset]:
    """What `auto` chooses for the data and device of a config, and the data that it looked at.

    Raises UserError for data that nothing can be learnt from.
    """
    device = choose_device(asked.device).type
    own, data, dataset = _sized(asked.data, device, data_dir)
    return choose(facts_of(data, dataset, device, own)), dataset


def _sized(data: DataConfig, device: str, data_dir: str | None) -> tuple[Own | None, DataConfig, Dataset]:
    """The pictures as they are, where they are scaled; the source that scales them, and what it gives."""
    if getattr(data, "size", 0) is not None:  # it was asked for, or cannot be
        return None, data, data.load("train", data_dir)
    dataset, mixed = None, False
    if isinstance(data, FolderConfig):  # its headers tell, without decoding all of it at a size that is not wanted
        pictures = data.pictures(data_dir)
        with shown(f"measuring {data.path}") as progress:
            headers = pictures.headers(progress)
        shape: tuple[int, ...] = pictures.shape_of(headers)
        sizes = Counter((h.width, h.height) for h in headers)
        (width, height), number = sizes.most_common(1)[0]
        mixed = number < len(headers)
    else:
        dataset = data.load("train", data_dir)
        shape = dataset.spec.shape
        if not dataset.spec.is_image:
            return None, data, dataset
        height, width = shape[1:]
    side = side_for(shape, device) or (shape[1] if mixed else None)
    if side is None:
        return None, data, data.load("train", data_dir) if dataset is None else dataset
    scaled = data.model_copy(update={"size": side})
    return Own(width, height, mixed), scaled, scaled.load("train", data_dir)


def choice_of(folder: RunFolder) -> Choice | None:
    """What `auto` chose for the run of a folder, and said of it; None where it chose nothing."""
    started = next((e for e in folder.events() if e["type"] == "started"), {})
    told = started.get("auto") or {}
    return Choice(folder.config(), told["chose"], told["because"]) if {"chose", "because"} <= set(told) else None


def asks_for_auto(recipe: str | RunConfig | None, file: Mapping[str, Any]) -> bool:
    """True where nothing else was asked for: neither a recipe, nor one in a config file, nor a whole config."""
    named = recipe if recipe is not None else file.get("recipe", AUTO)
    return named == AUTO and not {"data", "algorithm", "optimisers"} <= set(file)
