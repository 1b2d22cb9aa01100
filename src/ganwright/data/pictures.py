"""The picture files of a folder: which there are, what classes and splits they form, and how one becomes an item."""

import hashlib
import json
import math
import os
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np

from ganwright.core.errors import UserError
from ganwright.core.images import Channels, Colour, Header, decode, read_header, to_array
from ganwright.data.fitting import Crop, choose_size, fit
from ganwright.data.progress import Progress

Labels = Literal["auto", "none", "required"]
Item = TypeVar("Item")
Result = TypeVar("Result")

_WEB = ".png .apng .jpg .jpeg .jpe .jfif .gif .webp .avif"
_OTHER = ".bmp .dib .tif .tiff .jp2 .j2k .ppm .pgm .pbm .pnm .tga .ico"
SUFFIXES = frozenset(f"{_WEB} {_OTHER}".split(" "))  # of pictures; other files are left alone
_TRAIN, _TEST = ("train", "training"), ("test", "testing", "val", "valid", "validation")
SPLITS = frozenset(_TRAIN + _TEST)
"""Names of folders, in lower case, that are splits of the data and not classes."""


@dataclass(frozen=True)
class File:
    """One picture file: its path below the root with slashes, its bytes, and when it was changed."""

    name: str
    num_bytes: int
    changed: int


@dataclass(frozen=True)
class Listing:
    """What a folder holds.

    files: the pictures, in natural order of their names ("2" before "10").
    num_ignored: visible files of other kinds.
    """

    root: Path
    files: tuple[File, ...]
    num_ignored: int


@dataclass(frozen=True)
class Fitting:
    """How a picture becomes an item; None leaves it to the pictures."""

    size: int | None
    crop: Crop
    channels: Channels | None
    background: Colour


@dataclass(frozen=True)
class Pictures:
    """The pictures of a folder as a data set to be made.

    files: in the order of the items; labels: one a file, or None.
    tests: for each file whether it is test data; None leaves it to the hash of its bytes and `test_fraction`.
    """

    root: Path
    files: tuple[File, ...]
    labels: tuple[int, ...] | None
    class_names: tuple[str, ...]
    tests: tuple[bool, ...] | None
    test_fraction: float
    fitting: Fitting
    num_ignored: int = field(compare=False)

    def fingerprint(self) -> str:
        """Changes when a file or an option does."""
        parts = [(f.name, f.num_bytes, f.changed) for f in self.files]
        text = json.dumps([str(self.root.resolve()), parts, self.labels, self.tests, *self.options()])
        return hashlib.sha256(text.encode()).hexdigest()

    def options(self) -> list[object]:
        """All that decides how the files become items."""
        made_by = 1  # raise this number when the same options come to mean other pixels
        return [made_by, self.test_fraction, *vars(self.fitting).values()]

    def measure(self, progress: Progress) -> tuple[int, int, int]:
        """The items' shape (C, H, W); looks into the files' headers where the options leave it open.

        Raises UserError where no header can be read.
        """
        if self.fitting.size is not None and self.fitting.channels is not None:
            return _num_channels(self.fitting.channels), self.fitting.size, self.fitting.size
        return self.shape_of(self.headers(progress))

    def headers(self, progress: Progress) -> list[Header]:
        """What the files that can be read say of themselves. Raises UserError where none can."""
        headers, refused = [], ""
        for done, header in enumerate(in_order(self._header, self.files), 1):
            progress(done, len(self.files))
            if isinstance(header, Header):
                headers.append(header)
            else:
                refused = refused or header
        if not headers:
            raise UserError(f"none of the {len(self.files)} pictures in {self.root} can be read; the first: {refused}")
        return headers

    def shape_of(self, headers: Sequence[Header]) -> tuple[int, int, int]:
        """The items' shape (C, H, W) for pictures with these headers."""
        gray = all(h.gray for h in headers)
        width = height = self.fitting.size or 0
        if not width:
            width, height = choose_size([(h.width, h.height) for h in headers])
        return _num_channels(self.fitting.channels or ("gray" if gray else "rgb")), height, width

    def _header(self, file: File) -> Header | str:
        try:
            return read_header(self.root / file.name)
        except UserError as error:
            return str(error).removeprefix(f"{self.root}{os.sep}")

    def items(self, shape: tuple[int, int, int], start: int = 0) -> Iterator[tuple[np.ndarray, bool] | str]:
        """For each file from `start` on its item (C, H, W) and whether it is test data, or why it cannot be read."""
        together = max(1, min(16, 2**22 // math.prod(shape)))
        return in_order(lambda at: self._item(at, shape), range(start, len(self.files)), together)

    def _item(self, at: int, shape: tuple[int, int, int]) -> tuple[np.ndarray, bool] | str:
        name = self.files[at].name
        channels: Channels = "gray" if shape[0] == 1 else "rgb" if shape[0] == 3 else "rgba"
        background, crop = self.fitting.background, self.fitting.crop
        try:
            data = (self.root / name).read_bytes()
            # three times the size wanted is enough to scale down from
            image = decode(data, name, channels, background, at_least=3 * max(shape[1:]))
        except UserError as error:
            return str(error)
        except OSError as error:
            return f"{name}: cannot be read: {error.strerror}"
        item = to_array(fit(image, shape[2], shape[1], crop, background))
        return np.ascontiguousarray(item), self.is_test(at, data)

    def is_test(self, at: int, data: bytes) -> bool:
        """Whether a file with these bytes is test data."""
        return self.tests[at] if self.tests is not None else is_held_out(data, self.test_fraction)


def find_pictures(root: Path) -> Listing:
    """List the pictures below `root`; links are followed, hidden files and folders are not.

    Raises UserError where it is no folder, cannot be read, or holds no picture.
    """
    if not root.is_dir():
        raise UserError(f"{root} is {'a file, not a folder' if root.exists() else 'no folder that exists'}")
    files, num_ignored, seen = [], 0, set()

    def refuse(error: OSError) -> None:
        raise UserError(f"cannot read {error.filename}: {error.strerror}") from error

    for place, folders, names in os.walk(root, followlinks=True, onerror=refuse):
        folders[:] = [f for f in folders if not f.startswith(".") and f != "__MACOSX"]
        here = os.stat(place)
        if (here.st_dev, here.st_ino) in seen:  # a link to a folder above
            folders[:] = []
            continue
        seen.add((here.st_dev, here.st_ino))
        for name in names:
            path = Path(place, name)
            if name.startswith("."):
                continue
            if path.suffix.lower() not in SUFFIXES or not path.is_file():
                num_ignored += 1
                continue
            facts = path.stat()
            files.append(File(path.relative_to(root).as_posix(), facts.st_size, facts.st_mtime_ns))
    if not files:
        other = f", only {num_ignored} other files" if num_ignored else ""
        raise UserError(f"{root} holds no pictures{other}; pictures are files named .png, .jpg, .gif, .webp, .tif ...")
    return Listing(root, tuple(sorted(files, key=lambda f: natural(f.name))), num_ignored)


def arrange(listing: Listing, labels: Labels, test_fraction: float, fitting: Fitting) -> Pictures:
    """Find classes and splits in the names of the folders.

    Where the root holds nothing but split folders, train among them, these are the splits (test, or else val, is the
    test data) and what is below them the data. Each sub folder is then a class if there are at least two and no picture
    lies outside them. Raises UserError where labels are required and there are none.
    """
    files, tests = listing.files, None
    tops = {f.name.split("/")[0] for f in files if "/" in f.name}
    split_names = {t for t in tops if t.lower() in SPLITS}
    if split_names == tops and all("/" in f.name for f in files) and any(t.lower() in _TRAIN for t in tops):
        test = min((t for t in tops if t.lower() in _TEST), key=lambda t: _TEST.index(t.lower()), default=None)
        files = tuple(f for f in files if (top := f.name.split("/")[0]) == test or top.lower() in _TRAIN)
        tests = tuple(f.name.split("/")[0] == test for f in files)
    folders = [f.name.split("/")[(1 if tests is not None else 0) : -1] for f in files]
    names = tuple(sorted({f[0] for f in folders if f}, key=natural))
    num_loose = sum(not f for f in folders)
    why = f"{num_loose} pictures lie outside sub folders" if num_loose else "it has only one sub folder"
    labelled = labels != "none" and not num_loose and len(names) > 1
    if labels == "required" and not labelled:
        raise UserError(f"{listing.root} has no labels: {why}; put the pictures of each class into a folder of its own")
    found = tuple(names.index(f[0]) for f in folders) if labelled else None
    return Pictures(
        listing.root, files, found, names if labelled else (), tests, test_fraction, fitting, listing.num_ignored
    )


def natural(name: str) -> list[tuple[int, int, str]]:
    """A key that sorts numbers within names by value: img2 before img10."""
    parts = re.split(r"(\d+)", name)
    return [(0, int(p), p) if p.isdecimal() else (1, 0, p) for p in parts if p]


def is_held_out(data: bytes, fraction: float) -> bool:
    """Whether an item with these bytes is test data: equal ones always fall on the same side."""
    return fraction > 0 and int.from_bytes(hashlib.sha256(data).digest()[:8]) < fraction * 2**64


def in_order(work: Callable[[Item], Result], items: Sequence[Item], num_together: int = 16) -> Iterator[Result]:
    """Apply `work` on all cores, in threads (Pillow decodes outside Python's lock), a little ahead of the reader.

    num_together: items a thread takes at once.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    pool = ThreadPoolExecutor(cores, "pictures")
    ahead: deque[Future[list[Result]]] = deque()
    try:
        for start in range(0, len(items), num_together):
            some = items[start : start + num_together]
            ahead.append(pool.submit(lambda some: [work(item) for item in some], some))
            if len(ahead) > 2 * cores:
                yield from ahead.popleft().result()
        while ahead:
            yield from ahead.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _num_channels(channels: Channels) -> int:
    return {"gray": 1, "rgb": 3, "rgba": 4}[channels]
