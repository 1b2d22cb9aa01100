"""Uploaded pictures that are to be projected, brought to the run's size and channels; the last few are held."""

import secrets
import threading
from collections import OrderedDict

from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.images import size_of
from ganwright.core.spec import DataSpec
from ganwright.runs.exploring_project import decode_target
from ganwright.studio.replies import NotFound
from ganwright.studio.state import Studio

NAME = r"^[A-Za-z0-9_-]{8,32}$"
MOST_BYTES = 10_000_000
MOST_PIXELS = 2**24
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
MOST_HELD = 32


class Targets:
    """The studio's service of pictures to project, by name."""

    def __init__(self, studio: Studio) -> None:
        self._there: OrderedDict[str, Tensor] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, data: bytes, spec: DataSpec) -> str:
        """Decode a file and return its name. Raises UserError for what is no picture of a known type, or too large."""
        _check(data)
        target = decode_target(data, "the picture", spec)
        name = secrets.token_urlsafe(9)
        with self._lock:
            self._there[name] = target
            while len(self._there) > MOST_HELD:
                self._there.popitem(last=False)
        return name

    def of(self, name: str) -> Tensor:
        """The picture as an item, float (C, H, W) in [-1, 1]. Raises NotFound."""
        with self._lock:
            if name not in self._there:
                raise NotFound("that picture is not held any more; choose it again")
            self._there.move_to_end(name)
            return self._there[name]


def _check(data: bytes) -> None:
    """Look at the head only: what the file claims to be."""
    width, height = size_of(data, "the picture", FORMATS)
    if width * height > MOST_PIXELS:
        raise UserError(f"{width}x{height} pixels are too many; the most is {MOST_PIXELS:,}")
