"""Look a data set over before training on it: what it holds, what is wrong with it, and what to do about it."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.images import Header, decode, read_header, to_array
from ganwright.core.seeding import generator_for
from ganwright.data import parse_data
from ganwright.data.advice import advise
from ganwright.data.dataset import DataConfig, Dataset, Endless, NoTestSplit
from ganwright.data.folder import FolderConfig
from ganwright.data.pictures import Pictures, in_order
from ganwright.data.progress import Progress, shown
from ganwright.data.similar import SIDE, fingerprints, near_duplicates

MOST_COMPARED = 50_000
"""Near duplicates are looked for among at most this many items, drawn by a fixed seed."""


@dataclass(frozen=True)
class Audit:
    """What a data set holds.

    num_items: that can be read, by split. num_ignored: files that are no pictures.
    corrupt: file -> why it cannot be read.
    sizes: "WIDTHxHEIGHT" (as shown, upright) -> how many; "D numbers" for points. modes: pixel format -> how many.
    num_transparent: pictures with transparency.
    classes: name -> how many, over all splits; empty without labels.
    mean, std: of each channel, 0 to 255, every picture counting the same; of each coordinate for points.
    duplicates: groups of files with the same bytes, or items with the same values.
    near_duplicates: groups of items that look almost the same, beside those; num_compared: items looked at for this.
    trained_shape: (C, H, W) of the items that training would see, with the options as they are.
    """

    name: str
    num_items: dict[str, int]
    num_ignored: int
    corrupt: dict[str, str]
    sizes: dict[str, int]
    modes: dict[str, int]
    num_transparent: int
    classes: dict[str, int]
    mean: list[float]
    std: list[float]
    duplicates: list[list[str]]
    near_duplicates: list[list[str]]
    num_compared: int
    trained_shape: list[int]
    advice: list[str]

    def plain(self) -> dict[str, Any]:
        """All of it as plain data for JSON."""
        return asdict(self)


def audit(source: DataConfig | str | Path, data_dir: str | None = None, progress: Progress | None = None) -> Audit:
    """Look over every item of a source.

    source: a config, what `parse_data` reads, or a path.
    progress: called with items done and items in all; None shows a bar after two seconds.
    Raises UserError where the source cannot be found; files that cannot be read are findings.
    """
    config = source if isinstance(source, DataConfig) else parse_data(str(source))
    with shown(f"checking {config.name}", progress) as hook:
        if isinstance(config, FolderConfig):
            return _audit_folder(config, config.pictures(data_dir), hook)
        return _audit_items(config, data_dir, hook)


@dataclass(frozen=True)
class _Look:
    """What is kept of one item. sums: of each channel's values and of their squares, over the number of pixels."""

    name: str
    test: bool
    digest: bytes
    thumbnail: Tensor
    mean: np.ndarray
    square: np.ndarray


def _audit_folder(config: FolderConfig, pictures: Pictures, progress: Progress) -> Audit:
    looks, headers, corrupt = [], [], {}
    labels = Counter()
    found = in_order(lambda at: _look_at(pictures, at), range(len(pictures.files)))
    for at, (look, header) in enumerate(found):
        progress(at + 1, len(pictures.files))
        if isinstance(look, str):
            corrupt[pictures.files[at].name] = look
            continue
        looks.append(look)
        headers.append(header)
        if pictures.labels is not None:
            labels[pictures.class_names[pictures.labels[at]]] += 1
    sizes = Counter(f"{h.width}x{h.height}" for h in headers)
    modes = Counter(h.mode for h in headers)
    shape = list(pictures.measure(lambda done, total: None)) if looks else []
    mean, std = _moments(looks, all(h.gray for h in headers))
    return _audit(
        config,
        looks,
        num_ignored=pictures.num_ignored,
        corrupt=corrupt,
        sizes=dict(sizes.most_common()),
        modes=dict(modes.most_common()),
        num_transparent=sum(h.alpha for h in headers),
        classes={name: labels[name] for name in pictures.class_names},
        mean=mean,
        std=std,
        trained_shape=shape,
    )


def _look_at(pictures: Pictures, at: int) -> tuple[_Look, Header] | tuple[str, None]:
    """Decode one file at full size. A string is why it cannot be read."""
    name = pictures.files[at].name
    path = pictures.root / name
    try:
        header = read_header(path)
        data = path.read_bytes()
        image = decode(data, str(path), "rgb", pictures.fitting.background)
    except (UserError, OSError) as error:
        return str(error).removeprefix(f"{path}: "), None
    pixels = to_array(image)
    small = to_array(image.resize((SIDE, SIDE), Image.Resampling.BOX, reducing_gap=2.0))
    mean = pixels.mean((1, 2), dtype=np.float64)
    square = np.square(pixels, dtype=np.float32).mean((1, 2), dtype=np.float64)
    thumbnail = fingerprints(torch.from_numpy(small.copy())[None])[0]
    digest = hashlib.sha256(data).digest()
    return _Look(name, pictures.is_test(at, data), digest, thumbnail, mean, square), header


def _audit_items(config: DataConfig, data_dir: str | None, progress: Progress) -> Audit:
    datasets = {"train": config.load("train", data_dir)}
    first = datasets["train"]
    notes = []
    if not isinstance(first, Endless):
        try:
            datasets["test"] = config.build("test", data_dir)
        except NoTestSplit:
            pass  # a source without test data is as it should be
        except UserError as error:
            notes.append(f"the test data was not looked at: {error}")
    notes = [d.note for d in datasets.values() if d.note] + notes
    total = sum(map(len, datasets.values()))
    looks = []
    for look in (k for split, dataset in datasets.items() for k in _look_through(split, dataset)):
        looks.append(look)
        progress(len(looks), total)
    labels = Counter(int(n) for d in datasets.values() if d.labels is not None for n in d.labels)
    shape = first.spec.shape
    size = f"{shape[2]}x{shape[1]}" if first.spec.is_image else f"{shape[0]} numbers"
    mode = {1: "L", 3: "RGB", 4: "RGBA"}.get(shape[0], f"{shape[0]} channels") if first.spec.is_image else "float32"
    mean, std = _moments(looks, gray=False)
    return _audit(
        config,
        looks,
        num_ignored=0,
        corrupt={},
        sizes={size: total},
        modes={mode: total},
        num_transparent=0,
        classes={name: labels[number] for number, name in enumerate(first.class_names)},
        mean=mean,
        std=std,
        trained_shape=list(shape),
        extra_advice=notes,
        compare=first.spec.is_image,
    )


def _look_through(split: str, dataset: Dataset) -> Iterator[_Look]:
    for start in range(0, len(dataset), 1024):
        items = dataset.items[start : start + 1024]
        values = items.double().flatten(2) if items.ndim == 4 else items.double()[:, :, None]
        prints = fingerprints(items) if items.ndim == 4 else items
        means, squares = values.mean(2).numpy(), values.square().mean(2).numpy()
        for row, item in enumerate(items):
            digest = hashlib.sha256(item.numpy().tobytes()).digest()
            yield _Look(f"{split} {start + row}", split == "test", digest, prints[row], means[row], squares[row])


def _audit(
    config: DataConfig,
    looks: list[_Look],
    compare: bool = True,
    extra_advice: Iterable[str] = (),
    **facts: Any,
) -> Audit:
    """Join the facts with what comparing the items finds."""
    by_digest: dict[bytes, list[_Look]] = {}
    for look in looks:
        by_digest.setdefault(look.digest, []).append(look)
    copies = sorted((g for g in by_digest.values() if len(g) > 1), key=lambda g: -len(g))
    distinct = [group[0] for group in by_digest.values()]
    if len(distinct) > MOST_COMPARED:
        chosen = torch.randperm(len(distinct), generator=generator_for(0, "audit"))[:MOST_COMPARED].sort().values
        distinct = [distinct[i] for i in chosen.tolist()]
    near = near_duplicates(torch.stack([k.thumbnail for k in distinct])) if compare and distinct else []
    counts = Counter("test" if look.test else "train" for look in looks)
    leaked = sum(len({k.test for k in group}) > 1 for group in copies)
    leaked += sum(len({distinct[row].test for row in group}) > 1 for group in near)
    result = Audit(
        name=config.name,
        num_items=dict(sorted(counts.items(), reverse=True)),
        duplicates=[[k.name for k in group] for group in copies],
        near_duplicates=[[distinct[row].name for row in group] for group in near],
        num_compared=len(distinct) if compare else 0,
        advice=[],
        **facts,
    )
    return Audit(**{**vars(result), "advice": [*extra_advice, *advise(result, config, leaked)]})


def _moments(looks: list[_Look], gray: bool) -> tuple[list[float], list[float]]:
    """Mean and standard deviation of each channel, rounded to 1e-4; one channel where there is no colour."""
    if not looks:
        return [], []
    mean = np.mean([k.mean for k in looks], 0)
    std = np.sqrt(np.maximum(np.mean([k.square for k in looks], 0) - mean**2, 0))
    end = 1 if gray else None
    return [round(float(v), 4) for v in mean[:end]], [round(float(v), 4) for v in std[:end]]
