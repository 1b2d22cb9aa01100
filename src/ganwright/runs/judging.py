"""Evaluating what there is: a run's averaged generator, or pictures that any other program made."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from PIL import Image
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.events import EventWriter
from ganwright.core.pictures import grid, write_png
from ganwright.core.seeding import Draws
from ganwright.data import parse_data
from ganwright.data.dataset import DataConfig, Dataset, NoTestSplit, check_split
from ganwright.data.fitting import Crop
from ganwright.data.folder import FolderConfig
from ganwright.data.pictures import find_pictures
from ganwright.metrics.base import Walk
from ganwright.metrics.evaluate import Report, evaluate
from ganwright.metrics.evaluation import Evaluation
from ganwright.runs.eyes import eyes_for

if TYPE_CHECKING:
    from ganwright.runs.run import Run

PICTURES = "evaluations"
_LOOKED_AT = 20


def evaluate_run(
    run: "Run",
    num_samples: int | None,
    features: str,
    weights: str | Path | None,
    resize: str | None,
    metrics: Sequence[str] | None,
    split: str,
    seed: int,
    data_dir: str | None,
    progress: Report | None,
) -> Evaluation:
    """Do what `Run.evaluate` says."""
    source = run.config.data
    data, other = both_splits(source, split, data_dir)
    trained_on = data if split == "train" else other
    record = run.checkpoint.state()["record"]
    if trained_on is not None and record.get("content_hash", trained_on.content_hash) != trained_on.content_hash:
        raise UserError(
            f"{data.name} is no longer the data that {run.path} was trained on (another content hash); put it back"
        )
    algorithm, networks = run.model
    if algorithm.sample is None or algorithm.latents is None:
        raise UserError(f"{run.path} holds a {run.config.algorithm.tag} run; it makes no samples to evaluate")
    wanted = 10_000 if num_samples is None else num_samples
    labels = labels_like(data, wanted, seed) if algorithm.num_classes else None
    score, sample, latents = algorithm.score, algorithm.sample, algorithm.latents
    evaluation = evaluate(
        run.batches(wanted, seed, labels=labels),
        data,
        eyes_for(source, _training(data, other, split), features, weights, resize, data_dir),
        num_samples=_as_many(wanted, data, other) if num_samples is None else wanted,
        seed=seed,
        metrics=metrics,
        other=other,
        split=split,
        score=None if score is None else lambda items, own: score(networks, items, own).float(),
        labels=labels,
        walk=Walk(
            generate=lambda points, own: sample(networks, points, own).float(),
            latents=lambda num: latents(Draws((seed, "path length"), torch.device("cpu")), num),
            labels=labels,
        ),
        progress=progress,
    )
    state = run.checkpoint.state()
    shown = write_pictures(
        evaluation, run.path / PICTURES, {"recipe": run.config.recipe, "images": str(state["num_images"])}
    )
    events = EventWriter(run.folder.events_file)
    events.write(
        "metrics",
        state["iteration"],
        state["num_images"],
        **evaluation.plain(),
        pictures={name: str(path.relative_to(run.path)) for name, path in shown.items()},
    )
    return evaluation


def evaluate_samples(
    folder: str | Path,
    real: str | DataConfig,
    num_samples: int | None = None,
    *,
    features: str = "auto",
    weights: str | Path | None = None,
    resize: str | None = None,
    metrics: Sequence[str] | None = None,
    split: str = "train",
    seed: int = 0,
    data_dir: str | None = None,
    out: str | Path | None = None,
    progress: Report | None = None,
) -> Evaluation:
    """Judge pictures that any program made.

    folder: of pictures, of any format. They are brought to the size and the channels of the data, and a note says so
        where that changed them.
    real: the data they are to resemble, as `parse_data` reads it. The other arguments are those of `Run.evaluate`.
    out: a folder for pictures of what was found, such as the closest pairs; None writes none.
    """
    source = parse_data(real) if isinstance(real, str) else real
    data, other = both_splits(source, split, data_dir)
    if not data.spec.is_image:
        raise UserError(f"{data.name} are points; a folder of pictures cannot be compared with them")
    channels, height, width = data.spec.shape
    made, note = _pictures(Path(folder), channels, height, width)
    wanted = 10_000 if num_samples is None else num_samples
    if num_samples is None:
        wanted = min(_as_many(wanted, data, other), len(made))
    items = made.items[torch.randperm(len(made), generator=torch.Generator().manual_seed(seed))]
    evaluation = evaluate(
        items.split(256),
        data,
        eyes_for(source, _training(data, other, split), features, weights, resize, data_dir),
        num_samples=wanted,
        seed=seed,
        metrics=metrics,
        other=other,
        split=split,
        progress=progress,
    )
    if out is not None:
        write_pictures(evaluation, Path(out), {"samples": str(folder)})
    return Evaluation(evaluation.figures, (*note, *evaluation.notes), evaluation.seconds, evaluation.pictures)


def both_splits(source: DataConfig, split: str, data_dir: str | None) -> tuple[Dataset, Dataset | None]:
    """The asked split of the data as it is trained on, and the other one; None where there is none."""
    check_split(split)
    data = source.load(split, data_dir)
    try:
        return data, source.load("test" if split == "train" else "train", data_dir)
    except NoTestSplit:
        return data, None


def _training(data: Dataset, other: Dataset | None, split: str) -> Dataset:
    """The split that features are fitted on, whichever is judged against."""
    return other if split == "test" and other is not None else data


def labels_like(data: Dataset, num: int, seed: int) -> Tensor:
    """Labels drawn as often as the data has them."""
    assert data.labels is not None
    draws = Draws((seed, "labels"), torch.device("cpu"))
    return data.labels[draws.integers("labels", len(data.labels), num)]


def write_pictures(evaluation: Evaluation, folder: Path, about: dict[str, str]) -> dict[str, Path]:
    """Write what the figures drew, a PNG each, with the mark of generated media. Returns the files by name."""
    files = {name: folder / f"{name}.png" for name in evaluation.pictures}
    for name, file in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        write_png(
            grid(evaluation.pictures[name][None], scale=1), file, {"Software": "ganwright", "shows": name} | about
        )
    return files


def _as_many(wanted: int, data: Dataset, other: Dataset | None) -> int:
    """As many as the data allows, so that the default never asks for too much."""
    return min(wanted, max(len(data) // 2, min(len(data), 0 if other is None else len(other))))


def _pictures(folder: Path, channels: int, height: int, width: int) -> tuple[Dataset, tuple[str, ...]]:
    """The pictures of a folder in the data's form, and a note where they had another."""
    names: dict[int, Any] = {1: "gray", 3: "rgb", 4: "rgba"}
    crop: Crop = "center" if height == width else "none"
    size = height if height == width else None
    made = FolderConfig(path=str(folder), size=size, channels=names[channels], labels="none", crop=crop).build("train")
    if tuple(made.spec.shape) != (channels, height, width):
        raise UserError(
            f"{folder}: pictures of {made.spec.shape[1]}x{made.spec.shape[2]} do not compare with data of "
            f"{height}x{width}; resize them first"
        )
    return made, _resized(Path(folder), made, height, width)


def _resized(folder: Path, made: Dataset, height: int, width: int) -> tuple[str, ...]:
    """A note where the first pictures had another size."""
    sizes = set()
    for file in find_pictures(folder).files[:_LOOKED_AT]:
        with suppress(OSError), Image.open(folder / file.name) as picture:
            sizes.add(picture.size)
    if sizes <= {(width, height)}:
        return ()
    found = ", ".join(f"{w}x{h}" for w, h in sorted(sizes)[:3])
    return (f"pictures of {found} were brought to {width}x{height}: samples of another size say less",)
