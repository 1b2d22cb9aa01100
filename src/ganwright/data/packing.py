"""Write packs: file by file, going on where it was stopped. One process at a time writes; others wait for it."""

import io
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Protocol

import numpy as np
import torch

from ganwright.core.errors import UserError
from ganwright.core.files import write_atomic, write_json
from ganwright.data.dataset import hash_content
from ganwright.data.packed import FORMAT, Index, Pack, open_pack, read_index
from ganwright.data.pictures import Pictures
from ganwright.data.progress import Progress

SAVE_SECONDS = 2.0
_TRAIN, _TEST, _BAD = 1, 2, 3
_MOST_NAMED = 1000


class CannotWrite(UserError):
    """The pack cannot be written where it should be: no permission, or no space."""


def write_pack(folder: Path, pictures: Pictures, progress: Progress, strict: bool, replace: bool) -> Pack:
    """Write the pack of `pictures`, or what is missing of it, and open it.

    strict: refuse files that cannot be read, instead of leaving them out.
    replace: start over where the folder holds the pack of other files or options; else UserError.
    Raises CannotWrite where there is no permission or space.
    """
    fingerprint = pictures.fingerprint()
    found = _finished(folder, fingerprint, replace)
    if found is None:
        with _alone(folder):
            found = _finished(folder, fingerprint, replace)  # another process may have written it meanwhile
            if found is None:
                index = _begun(folder, fingerprint, replace) or _start(pictures, fingerprint, progress)
                _write_rows(folder, pictures, index, progress, strict)
                found = open_pack(folder)
    if strict and found.index.num_bad:
        _refuse(pictures, found.index.bad[0])
    return found


def _finished(folder: Path, fingerprint: str, replace: bool) -> Pack | None:
    """The folder's pack if it is finished and that of these pictures. With `replace`, any other counts as none."""
    try:
        index = read_index(folder)
        if index is not None and index.fingerprint != fingerprint:
            raise UserError(f"{folder} is a pack of other files or options; choose another folder or delete it")
        return open_pack(folder) if index is not None and index.finished else None
    except UserError:
        if not replace:
            raise
        return None


def _begun(folder: Path, fingerprint: str, replace: bool) -> Index | None:
    """The index of an unfinished pack of these pictures. With `replace`, any other is removed."""
    try:
        index = read_index(folder)
    except UserError:
        index = None
    if index is not None and index.fingerprint == fingerprint and not index.finished:
        return index
    if replace:
        (folder / "index.json").unlink(missing_ok=True)
    return None


def pack_in_memory(pictures: Pictures, progress: Progress, strict: bool) -> Pack:
    """Decode the pictures into memory."""
    index = _start(pictures, pictures.fingerprint(), progress)
    rows = _MemoryRows(index)
    _fill(pictures, index, rows, progress, strict)
    return Pack(index, rows.items, _finish(pictures, index, rows.states, rows.items))


class _Rows(Protocol):
    """Where decoded items go, and the state of each file."""

    states: np.ndarray

    def write(self, row: int, item: np.ndarray) -> None: ...

    def save(self, index: Index) -> None: ...


class _MemoryRows:
    def __init__(self, index: Index) -> None:
        self.items = np.zeros((index.num_rows, *index.shape), np.uint8)
        self.states = np.zeros(index.num_rows, np.uint8)

    def write(self, row: int, item: np.ndarray) -> None:
        self.items[row] = item

    def save(self, index: Index) -> None:
        """Nothing outlives this process."""


class _FileRows:
    """Writes through a file, not through a map: a full disk is then an error instead of the end of the process."""

    def __init__(self, folder: Path, index: Index) -> None:
        self._folder = folder
        head = io.BytesIO()
        shape = (index.num_rows, *index.shape)
        np.lib.format.write_array_header_1_0(head, {"descr": "|u1", "fortran_order": False, "shape": shape})
        self._offset, self._row_bytes = len(head.getvalue()), index.num_bytes // index.num_rows
        if index.num_done:
            states = np.frombuffer((folder / "states.bin").read_bytes(), np.uint8)
            self.states = np.concatenate(
                [states[: index.num_done], np.zeros(index.num_rows - index.num_done, np.uint8)]
            )
            self._file = (folder / "items.npy").open("r+b")
        else:
            _check_space(folder, index)
            self.states = np.zeros(index.num_rows, np.uint8)
            self._file = (folder / "items.npy").open("wb")
            self._file.write(head.getvalue())
            self._file.truncate(self._offset + index.num_bytes)

    def write(self, row: int, item: np.ndarray) -> None:
        self._file.seek(self._offset + row * self._row_bytes)
        self._file.write(item.data)

    def save(self, index: Index) -> None:
        """Put on disk what is done, and only then say so in the index."""
        self._file.flush()
        os.fsync(self._file.fileno())
        write_atomic(self._folder / "states.bin", lambda path: path.write_bytes(self.states.tobytes()))
        write_json(self._folder / "index.json", asdict(index))

    def close(self) -> None:
        self._file.close()


def _start(pictures: Pictures, fingerprint: str, progress: Progress) -> Index:
    shape = pictures.measure(progress)
    labelled = pictures.labels is not None
    return Index(FORMAT, fingerprint, list(shape), len(pictures.files), list(pictures.class_names), labelled)


def _write_rows(folder: Path, pictures: Pictures, index: Index, progress: Progress, strict: bool) -> None:
    try:
        rows = _FileRows(folder, index)
        try:
            _fill(pictures, index, rows, progress, strict)
        finally:
            rows.close()
        items = np.lib.format.open_memmap(folder / "items.npy", mode="c")
        labels = _finish(pictures, index, rows.states, items)
        if labels is not None:
            write_atomic(folder / "labels.npy", lambda path: _save_array(path, labels))
        write_json(folder / "index.json", asdict(index))
        (folder / "states.bin").unlink(missing_ok=True)
    except OSError as error:
        raise _cannot(folder, error) from error
    except UserError as error:
        if isinstance(error.__cause__, OSError):
            raise _cannot(folder, error.__cause__) from error
        raise


def _fill(pictures: Pictures, index: Index, rows: _Rows, progress: Progress, strict: bool) -> None:
    """Decode what is not done yet; what is done is saved every two seconds and when stopped."""
    channels, height, width = index.shape
    saved = time.monotonic()
    try:
        for item in pictures.items((channels, height, width), index.num_done):
            state = _BAD
            if isinstance(item, str):
                index.num_bad += 1
                index.bad += [item] if len(index.bad) < _MOST_NAMED else []
            else:
                pixels, test = item
                rows.write(index.num_rows - 1 - index.num_test if test else index.num_train, pixels)
                state = _TEST if test else _TRAIN
                index.num_test += test
                index.num_train += not test
            rows.states[index.num_done] = state
            index.num_done += 1
            progress(index.num_done, index.num_rows)
            if strict and state == _BAD:
                _refuse(pictures, index.bad[-1])
            if time.monotonic() - saved > SAVE_SECONDS:
                rows.save(index)
                saved = time.monotonic()
    finally:
        rows.save(index)
    if not index.num_train + index.num_test:
        raise UserError(
            f"none of the {index.num_rows} pictures in {pictures.root} can be read; the first: {index.bad[0]}"
        )


def _finish(pictures: Pictures, index: Index, states: np.ndarray, items: np.ndarray) -> np.ndarray | None:
    """Return the labels of all rows, -1 for the unused, and note the hashes in the index."""
    labels = None
    if pictures.labels is not None:
        of_files = np.asarray(pictures.labels)
        labels = np.full(index.num_rows, -1, np.int64)
        labels[index.rows("train")] = of_files[states == _TRAIN]
        labels[index.rows("test")] = of_files[states == _TEST][::-1]
    for split in ("train", "test"):
        rows = index.rows(split)
        own_labels = None if labels is None else torch.from_numpy(labels[rows])
        index.content_hashes[split] = hash_content(torch.from_numpy(items[rows]), own_labels)
    index.finished = True
    return labels


def _refuse(pictures: Pictures, reason: str) -> None:
    raise UserError(f"{pictures.root}: {reason}; mend or remove it, or leave out strict to skip such files")


def _save_array(path: Path, array: np.ndarray) -> None:
    with path.open("wb") as file:  # np.save would add .npy to the name
        np.save(file, array, allow_pickle=False)


def _check_space(folder: Path, index: Index) -> None:
    free = shutil.disk_usage(folder).free
    if index.num_bytes > free:
        raise CannotWrite(
            f"{folder} needs {index.num_bytes / 1e9:.1f} GB and {free / 1e9:.1f} GB are free; "
            "free some space, choose another folder, or a smaller size"
        )


def _cannot(folder: Path, error: OSError) -> CannotWrite:
    return CannotWrite(f"cannot write {folder}: {error.strerror or error}; free some space or choose another folder")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, which the system lets go of when the process ends, however it ends."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / ".lock").open("w")
    except OSError as error:
        raise _cannot(folder, error) from error
    with file:
        try:
            import fcntl
        except ImportError:  # Windows: no lock
            yield
            return
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
