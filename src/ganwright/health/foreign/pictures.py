"""Samples that another program wrote as pictures, step by step, and the signals that can be measured on them."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.events import Event
from ganwright.core.images import Channels, read_image, to_array
from ganwright.data.dataset import Dataset, to_float
from ganwright.data.fitting import fit
from ganwright.data.pictures import find_pictures, in_order, natural
from ganwright.health.diversity import DIVERSITY
from ganwright.health.drift import DRIFT
from ganwright.health.look import LEAST_ITEMS, NUM, NUM_DIRECTIONS, reference
from ganwright.health.memory import MEMORY
from ganwright.health.snapshot import Cloud, Last, Reference, Snapshot, pooled

MOST_STEPS = 200
LARGEST_SIDE = 64

_WORDS = r"steps?|iter(?:ation)?s?|it|epochs?|kimg|fakes|img|images|samples?|grid"
_NAMED = re.compile(rf"(?:^|[^a-z])(?:{_WORDS})[^a-z0-9]*(\d+)", re.IGNORECASE)
_NUMBER = re.compile(r"\d+")
_AGAINST_ITSELF = ("diversity", "vendi", "distinct", "duplicates", "movement")
"""Signals, by their beginnings, that mean something where samples are told relative to the run's own best."""

Progress = Callable[[int, int], object]


@dataclass(frozen=True)
class Shot:
    """The samples of one step. names: the same sample of two steps has the same name."""

    step: int
    items: Tensor
    names: tuple[str, ...]


@dataclass(frozen=True)
class Samples:
    """What a folder of samples tells. events: `signals`, by step. notes: what was assumed, one sentence each."""

    events: tuple[Event, ...]
    notes: tuple[str, ...]


def measure(
    folder: Path,
    real: Dataset | None = None,
    held_out: Dataset | None = None,
    grid: tuple[int, int] | None = None,
    scale: int = 1,
    progress: Progress | None = None,
) -> Samples:
    """Measure the samples of each step.

    folder: with a sub folder of pictures for each step, or files with the step in their names.
    real: images that the samples are to resemble; held_out: others that were not trained on. None: samples are told
        relative to those of the step at which they differ most.
    grid: rows and columns of samples in each picture; None: each picture is one sample.
    scale: what a step of the names is in the unit of the log.
    Raises UserError where steps or enough pictures are not found.
    """
    if real is not None and not real.spec.is_image:
        raise UserError(f"{real.name} are points; pictures cannot be compared with them")
    files, notes = _by_step(folder, grid)
    shots = _read(folder, files, grid, real, progress or (lambda done, total: None))
    few = [s.step for s in shots if len(s.items) < LEAST_ITEMS]
    shots = [s for s in shots if len(s.items) >= LEAST_ITEMS]
    if len(shots) < 2:
        raise UserError(
            f"{folder}: at least two steps with {LEAST_ITEMS} samples or more each are needed, "
            f"{len(shots)} of {len(files)} have them; if each picture is a sheet of many, say --grid ROWSxCOLUMNS"
        )
    if few:
        notes.append(f"{len(few)} of {len(files)} steps have fewer than {LEAST_ITEMS} samples and are left out")
    known, shots = _reference(shots, real, held_out)
    if real is None:
        notes.append("samples are told relative to those of the step at which they differ most; --real says more")
    return Samples(tuple(_signals(shots, known, real is not None, scale)), tuple(notes))


def step_of(name: str) -> int | None:
    """The step in a name: the number after a word such as step, iter, epoch or kimg, else the first number."""
    named = _NAMED.search(name) or _NUMBER.search(name)
    digits = named[named.re.groups] if named else ""
    return int(digits) if 0 < len(digits) <= 15 else None


def _by_step(folder: Path, grid: tuple[int, int] | None) -> tuple[dict[int, list[str]], list[str]]:
    """The files of each step, by names below the folder, and what was assumed."""
    names = [file.name for file in find_pictures(folder).files]
    inside = [name for name in names if "/" in name]
    nested = len(inside) > len(names) / 2
    found: dict[int, list[str]] = {}
    for name in inside if nested else [n for n in names if "/" not in n]:
        step = step_of(name.split("/")[0] if nested else Path(name).stem)
        if step is not None:
            found.setdefault(step, []).append(name)
    if not found:
        what = "sub folders" if nested else "pictures"
        raise UserError(f"{folder}: no step in the names of its {what}; name them like step_001000")
    if grid is None and not nested and all(len(files) == 1 for files in found.values()):
        raise UserError(
            f"{folder}: one picture a step; if each is a sheet of samples, say --grid ROWSxCOLUMNS, e.g. --grid 8x8"
        )
    notes = []
    if len(found) > MOST_STEPS:
        every = -(-len(found) // MOST_STEPS)
        notes.append(f"of {len(found)} steps every {every}th is looked at")
        found = {step: found[step] for step in sorted(found)[::-1][::every]}
    return {step: sorted(found[step], key=natural) for step in sorted(found)}, notes


def _read(
    folder: Path, files: dict[int, list[str]], grid: tuple[int, int] | None, real: Dataset | None, progress: Progress
) -> list[Shot]:
    """The first 128 samples of each step, as float images of one shape."""
    shape = _shape(folder / next(iter(files.values()))[0], grid, real)
    channels: Channels = "gray" if shape[0] == 1 else "rgb" if shape[0] == 3 else "rgba"
    shots = []
    for done, (step, names) in enumerate(files.items(), 1):
        rows, columns = grid or (1, 1)
        chosen = names[: -(-NUM // (rows * columns))]
        cells = list(in_order(lambda name: _cells(folder / name, grid, channels, shape), chosen))
        named = [f"{_without_step(n)}:{i}" for n, made in zip(chosen, cells, strict=True) for i in range(len(made))]
        shots.append(Shot(step, to_float(torch.cat(cells)[:NUM]), tuple(named[:NUM])))
        progress(done, len(files))
    return shots


def _shape(first: Path, grid: tuple[int, int] | None, real: Dataset | None) -> tuple[int, int, int]:
    """What samples are brought to: the data's shape, or that of the first picture, 64 pixels a side at most."""
    if real is not None:
        num_channels, height, width = real.spec.shape
        return num_channels, height, width
    picture = read_image(first)
    rows, columns = grid or (1, 1)
    if picture.width < columns or picture.height < rows:
        raise UserError(f"{first} has {picture.width}x{picture.height} pixels, too few for a grid of {rows}x{columns}")
    return 3, min(LARGEST_SIDE, picture.height // rows), min(LARGEST_SIDE, picture.width // columns)


def _cells(path: Path, grid: tuple[int, int] | None, channels: Channels, shape: tuple[int, int, int]) -> Tensor:
    """The samples of a picture, uint8 (N, C, H, W)."""
    picture = read_image(path, channels)
    rows, columns = grid or (1, 1)
    if picture.width < columns or picture.height < rows:
        raise UserError(f"{path} has {picture.width}x{picture.height} pixels, too few for a grid of {rows}x{columns}")
    xs = [round(i * picture.width / columns) for i in range(columns + 1)]
    ys = [round(i * picture.height / rows) for i in range(rows + 1)]
    boxes = [(left, top, right, bottom) for top, bottom in pairwise(ys) for left, right in pairwise(xs)]
    cells = [fit(picture.crop(box), shape[2], shape[1], "none", (255, 255, 255)) for box in boxes]
    return torch.stack([torch.from_numpy(to_array(cell).copy()) for cell in cells])


def _without_step(name: str) -> str:
    """What is left of a file's name without the step: its number within the step."""
    if "/" in name:
        return name.partition("/")[2]
    named = _NAMED.search(name) or _NUMBER.search(name)
    return name if named is None else name[: named.start()] + name[named.end() :]


def _reference(shots: list[Shot], real: Dataset | None, held_out: Dataset | None) -> tuple[Reference, list[Shot]]:
    """What samples are measured against, and equally many samples of each step."""
    num = min(len(s.items) for s in shots)
    if real is not None:
        known = reference(real, held_out, 0, torch.device("cpu"))
        num = min(num, known.num)
        chosen = known.cloud.features[:num]
        held = None if known.held_out is None else known.held_out[:num]
        known = replace(
            known, items=known.items[:num], labels=None, cloud=Cloud(chosen), other=known.other[:num], held_out=held
        )
        return known, [replace(s, items=s.items[:num], names=s.names[:num]) for s in shots]
    shots = [replace(s, items=s.items[:num], names=s.names[:num]) for s in shots]
    best = max((pooled(s.items) for s in shots), key=lambda rows: float(Cloud(rows).mean_distance))
    centre = best.mean(0)
    rows = best - centre
    ways = torch.nn.functional.normalize((rows - rows.roll(-1, 0))[:NUM_DIRECTIONS], dim=1).T.contiguous()
    empty = torch.empty(0)
    return Reference(empty, None, centre, Cloud(rows), rows, rows, ways), shots


def _signals(shots: list[Shot], known: Reference, has_real: bool, scale: int) -> list[Event]:
    """The signals that need samples and nothing else, at each step."""
    events: list[Event] = []
    last: Last | None = None
    names: tuple[str, ...] = ()
    none = torch.empty(0)
    for number, shot in enumerate(shots, 1):
        cloud = Cloud(known.see(shot.items))
        seen = Snapshot(
            known,
            live=cloud,
            stepped=none,
            averaged=cloud,
            real_scores=none,
            fake_scores=none,
            real_slopes=none,
            fake_slopes=none,
            num_nonfinite={},
            held_out_scores=None if known.held_out is None else none,
            last=last,
        )
        values = {
            name: float(signal.measure(seen))
            for name, signal in {**DIVERSITY, **MEMORY, **DRIFT}.items()
            if (has_real or name.startswith(_AGAINST_ITSELF))
            and seen.has.issuperset(signal.needs)
            and not (name == "movement" and shot.names != names)
        }
        events.append({"type": "signals", "iteration": number, "num_images": shot.step * scale, "values": values})
        last, names = seen.shadows, shot.names
    return events
