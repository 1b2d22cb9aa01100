"""A folder of pictures of any kind, decoded on all cores, once: the items are kept in the user's cache."""

import hashlib
import json
import logging
from typing import Literal

from pydantic import Field

from ganwright.core.images import WHITE, Channels, Colour
from ganwright.core.processes import machine_memory
from ganwright.data.dataset import DataConfig, Dataset, check_split
from ganwright.data.download import cache_folder, find_path
from ganwright.data.fitting import Crop
from ganwright.data.packed import Pack
from ganwright.data.packing import CannotWrite, pack_in_memory, write_pack
from ganwright.data.pictures import Fitting, Labels, Pictures, arrange, find_pictures
from ganwright.data.progress import Progress, shown

_BACKGROUNDS: dict[str, Colour] = {"white": WHITE, "black": (0, 0, 0), "gray": (128, 128, 128)}
_MOST_NAMED = 3


class FolderConfig(DataConfig):
    """The pictures below a folder: any format, mode, size, orientation and bit depth."""

    kind: Literal["folder"] = "folder"

    path: str
    """The folder. A relative one is looked for in the working folder, then in the data folder."""

    size: int | None = Field(default=None, ge=4, le=4096)
    """Pixels a side, after `crop`. None: the pictures' own size where all agree, else the largest power of two, from 8
    to 256, that the smaller sides of at least 95% of them reach."""

    crop: Crop = "center"
    """What becomes of pictures of other proportions: "center" keeps the largest centred part, "none" stretches the
    whole picture, "pad" keeps it whole and fills the rest with the background."""

    channels: Literal["auto"] | Channels = "auto"
    """What an item holds. auto: gray where no picture has colour, else rgb; transparency is kept by rgba only."""

    background: Literal["white", "black", "gray"] = "white"
    """What shows through where a picture is transparent, and fills what `crop` "pad" adds."""

    test_fraction: float = Field(default=0.0, ge=0, le=0.9)
    """Share of the pictures held out as test data, chosen by a hash of each file's bytes, so that copies stay together.
    Sub folders named train and test (or val) are the splits instead."""

    labels: Labels = "auto"
    """Whether sub folders are classes. auto: where there are two or more and no picture lies outside them."""

    strict: bool = False
    """Refuse a folder with files that cannot be read, instead of leaving them out with a warning."""

    def build(self, split: str = "train", data_dir: str | None = None, progress: Progress | None = None) -> Dataset:
        """Return the pictures of a split, in memory, or mapped from the cache where they would fill half of it.

        progress: called with pictures done and pictures in all; None shows a bar after two seconds.
        """
        check_split(split)
        pictures = self.pictures(data_dir)
        with shown(f"decoding {self.path}", progress) as hook:
            pack = self._pack(pictures, hook)
        note = describe_bad(self.name, pack.index.num_bad, pack.index.num_rows, pack.index.bad, self.path)
        if note:
            logging.getLogger("ganwright").warning(note)
        return pack.dataset(self.name, split, pack.index.num_bytes < machine_memory() / 2, note)

    def pictures(self, data_dir: str | None = None) -> Pictures:
        """List the folder and arrange it into classes and splits, without reading a picture."""
        channels = None if self.channels == "auto" else self.channels
        fitting = Fitting(self.size, self.crop, channels, _BACKGROUNDS[self.background])
        return arrange(find_pictures(find_path(self.path, data_dir)), self.labels, self.test_fraction, fitting)

    def _pack(self, pictures: Pictures, progress: Progress) -> Pack:
        place = json.dumps([str(pictures.root.resolve()), self.labels, *pictures.options()])
        folder = cache_folder() / "folders" / hashlib.sha256(place.encode()).hexdigest()[:24]
        try:
            return write_pack(folder, pictures, progress, self.strict, replace=True)
        except CannotWrite as error:
            logging.getLogger("ganwright").warning(f"{error}; {self.name} is decoded again each time")
            return pack_in_memory(pictures, progress, self.strict)


def describe_bad(name: str, num_bad: int, num_files: int, bad: list[str], path: str) -> str:
    """One line about files that were left out; empty where there are none."""
    if not num_bad:
        return ""
    named = "; ".join(bad[:_MOST_NAMED]) + (f" and {num_bad - _MOST_NAMED} more" if num_bad > _MOST_NAMED else "")
    return (
        f"{name}: left out {num_bad} of {num_files} pictures that cannot be read ({named}); "
        f"`ganwright data check {path}` lists them"
    )
