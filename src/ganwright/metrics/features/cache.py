"""Features of real data, found once and kept: by content, so that what has changed is never taken for what was.

A file holds the features of some rows of one data set by one pair of eyes. What is asked for and not there yet is
found and added, so an evaluation of 5,000 of 60,000 rows pays for 5,000, the next one for those that are new to it, and
one of the whole split for the rest. Whole splits at once would cost a slow network minutes that nobody asked for, and
files by the draw would hold most rows many times.

The key is the data's content hash, the eyes' hash and their resizing; names do not matter. A hash of weights does not
see the code around them, so a few kept rows are found anew each time; where they differ, all of them are.
"""

import hashlib
import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path

import safetensors.torch
import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.files import sha256_of, write_atomic, write_json
from ganwright.data.dataset import Dataset
from ganwright.data.download import cache_folder
from ganwright.metrics.base import Progress
from ganwright.metrics.features.base import ClassifyingExtractor, FeatureExtractor
from ganwright.metrics.features.pixels import PixelFeatures

VERSION = 1
VARIABLE = "GANWRIGHT_FEATURE_CACHE"
OFF = "off"
MOST_BYTES = 4 * 2**30
NUM_CHECKED = 4
_NEAR = 1e-3
_PREFIX = "features-"  # nothing else in the folder is ever removed


@dataclass(frozen=True)
class _Table:
    """Rows of a data set (n,), ascending, with their features (n, D) and probabilities (n, K) or None."""

    rows: Tensor
    features: Tensor
    probabilities: Tensor | None

    def at(self, wanted: Tensor) -> "tuple[Tensor, Tensor | None]":
        places = torch.searchsorted(self.rows, wanted)
        return self.features[places], None if self.probabilities is None else self.probabilities[places]

    def joined(self, other: "_Table | None") -> "_Table":
        if other is None:
            return self
        rows, order = torch.cat([self.rows, other.rows]).sort()
        both = None
        if self.probabilities is not None and other.probabilities is not None:
            both = torch.cat([self.probabilities, other.probabilities])[order]
        return _Table(rows, torch.cat([self.features, other.features])[order], both)


def features_folder(place: Path | str | None = None) -> Path | None:
    """Where features are kept, or None where they are not.

    place: a folder, or "off"; None: what GANWRIGHT_FEATURE_CACHE says, in the same way, or else features/ in the user's
        cache folder, which XDG_CACHE_HOME moves.
    """
    stated = place if place is not None else os.environ.get(VARIABLE) or cache_folder() / "features"
    return None if str(stated).lower() == OFF else Path(stated).expanduser()


def features_of(
    data: Dataset,
    extractor: FeatureExtractor,
    rows: Tensor | None = None,
    *,
    batch_size: int = 256,
    progress: Progress | None = None,
    place: Path | str | None = None,
    most_bytes: int = MOST_BYTES,
) -> tuple[Tensor, Tensor | None]:
    """Features of rows of a data set (n, D), float32, and class probabilities (n, K) where the extractor gives them.

    rows: int64 (n,), in any order, repeated or not; None: all, in order.
    batch_size: items looked at at a time. progress: called with rows done and rows in all; kept ones are done at once.
    place: a folder to keep features in, or "off"; None: see `features_folder`.
    most_bytes: that the folder may hold; the files used longest ago go first.

    Files that are damaged or of something else are ignored and written anew, and a folder that cannot be written to
    costs a warning only. What was found up to an interruption is kept. Pixels are not kept: reading takes as long.
    Raises UserError for rows outside the data, no rows, and whatever the extractor refuses.
    """
    wanted = torch.arange(len(data)) if rows is None else rows.detach().cpu()
    if wanted.ndim != 1 or wanted.is_floating_point() or wanted.dtype == torch.bool or len(wanted) == 0:
        raise UserError(f"rows must be a list of one or more whole numbers, not {tuple(wanted.shape)} {wanted.dtype}")
    wanted = wanted.long()
    if int(wanted.min()) < 0 or int(wanted.max()) >= len(data):
        raise UserError(f"{data.name}: rows must lie from 0 to {len(data) - 1}; one asked for does not")
    folder = None if isinstance(extractor, PixelFeatures) else features_folder(place)
    file = None if folder is None else folder / f"{_PREFIX}{_key(data, extractor)}.safetensors"
    kept = None if file is None else _read(file, data, extractor)
    if kept is not None and not _still_true(kept, data, extractor):
        kept = None
    distinct = wanted.unique()
    missing = distinct if kept is None else distinct[~torch.isin(distinct, kept.rows)]
    found: list[_Table] = []
    done = len(distinct) - len(missing)
    try:
        if progress is not None and done:
            progress(done, len(distinct))
        for chosen in missing.split(batch_size) if len(missing) else ():
            found.append(_look(data, extractor, chosen))
            done += len(chosen)
            if progress is not None:
                progress(done, len(distinct))
    finally:
        table = _together(found)
        table = kept if table is None else table.joined(kept)
        if file is not None and found and table is not None:
            _write(file, table, data, extractor, most_bytes)
    assert table is not None
    return table.at(wanted)


def _look(data: Dataset, extractor: FeatureExtractor, rows: Tensor) -> _Table:
    items = data.items[rows.to(data.items.device)]
    if isinstance(extractor, ClassifyingExtractor):
        features, probabilities = extractor.classify(items)
        return _Table(rows, features.detach().float().cpu(), probabilities.detach().float().cpu())
    return _Table(rows, extractor(items).detach().float().cpu(), None)


def _together(tables: list[_Table]) -> _Table | None:
    if not tables:
        return None
    probabilities = [t.probabilities for t in tables if t.probabilities is not None]
    return _Table(
        torch.cat([t.rows for t in tables]),
        torch.cat([t.features for t in tables]),
        torch.cat(probabilities) if probabilities else None,
    )


def _still_true(kept: _Table, data: Dataset, extractor: FeatureExtractor) -> bool:
    """Whether some kept rows, spread over all of them, come out as they did, but for rounding."""
    chosen = kept.rows[torch.linspace(0, len(kept.rows) - 1, min(NUM_CHECKED, len(kept.rows))).long()]
    now, before = _look(data, extractor, chosen), kept.at(chosen)
    return _near(now.features, before[0]) and _near(now.probabilities, before[1])


def _near(now: Tensor | None, before: Tensor | None) -> bool:
    if now is None or before is None:
        return now is before
    if now.shape != before.shape:
        return False
    return bool((now - before).abs().max() <= _NEAR * before.abs().max())


def _record(data: Dataset, extractor: FeatureExtractor) -> dict[str, object]:
    return {
        "version": VERSION,
        "content_hash": data.content_hash,
        "features_hash": extractor.hash,
        "resize": extractor.resize,
        "classes": isinstance(extractor, ClassifyingExtractor),
    }


def _key(data: Dataset, extractor: FeatureExtractor) -> str:
    return hashlib.sha256(json.dumps(_record(data, extractor), sort_keys=True).encode()).hexdigest()[:32]


def _read(file: Path, data: Dataset, extractor: FeatureExtractor) -> _Table | None:
    """What is kept, or None where there is nothing, something else, or a file that does not hold what it should."""
    beside = file.with_suffix(".json")
    try:
        record = json.loads(beside.read_text(encoding="utf-8"))
        if not isinstance(record, dict) or record.pop("sha256", None) != sha256_of(file):
            return None
        record.pop("about", None)
        if record != _record(data, extractor):
            return None
        held = safetensors.torch.load_file(file)
        table = _Table(held["rows"], held["features"], held.get("probabilities"))
        if not _is_sound(table, len(data)):
            return None
        for path in (file, beside):
            os.utime(path)
    except (OSError, ValueError, KeyError, safetensors.SafetensorError):
        return None
    return table


def _is_sound(table: _Table, num_items: int) -> bool:
    rows, features, probabilities = table.rows, table.features, table.probabilities
    tables = [features] if probabilities is None else [features, probabilities]
    if rows.dtype != torch.int64 or rows.ndim != 1 or len(rows) == 0:
        return False
    if any(t.dtype != torch.float32 or t.ndim != 2 or len(t) != len(rows) for t in tables):
        return False
    return bool((rows.diff() > 0).all()) and int(rows[0]) >= 0 and int(rows[-1]) < num_items


def _write(file: Path, table: _Table, data: Dataset, extractor: FeatureExtractor, most_bytes: int) -> None:
    tensors = {"rows": table.rows, "features": table.features.contiguous()}
    if table.probabilities is not None:
        tensors["probabilities"] = table.probabilities.contiguous()
    if sum(t.nbytes for t in tensors.values()) > most_bytes:
        return
    about = f"{len(table.rows)} of {len(data)} items of {data.name} by {extractor.name}"
    try:
        write_atomic(file, lambda path: safetensors.torch.save_file(tensors, path))
        write_json(file.with_suffix(".json"), {**_record(data, extractor), "about": about, "sha256": sha256_of(file)})
        _make_room(file, most_bytes)
    except (UserError, OSError) as error:
        logging.getLogger("ganwright").warning(
            f"features of {data.name} are not kept ({error}); set {VARIABLE} to another folder, or to off"
        )


def _make_room(newest: Path, most_bytes: int) -> None:
    """Remove the files used longest ago until all together hold no more than most_bytes; the newest one stays."""
    files = sorted(
        newest.parent.glob(f"{_PREFIX}{'[0-9a-f]' * 32}.safetensors"),
        key=lambda path: path.stat().st_mtime,
        reverse=True,
    )
    files.sort(key=lambda path: path != newest)
    total = 0
    for file in files:
        total += file.stat().st_size
        if total > most_bytes and file != newest:
            file.unlink(missing_ok=True)
            file.with_suffix(".json").unlink(missing_ok=True)
