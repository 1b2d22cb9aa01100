"""Packs of pictures: made once from a folder, then mapped, so that a set larger than the memory can be trained on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ganwright.core.errors import UserError
from ganwright.data.dataset import DataConfig, Dataset, check_split
from ganwright.data.download import find_path
from ganwright.data.folder import FolderConfig, describe_bad
from ganwright.data.packed import open_pack
from ganwright.data.packing import write_pack
from ganwright.data.progress import Progress, shown


class PackConfig(DataConfig):
    """A pack that `ganwright data pack` made; its items are mapped from disk, not loaded."""

    kind: Literal["pack"] = "pack"

    path: str
    """The pack's folder. A relative one is looked for in the working folder, then in the data folder."""

    def build(self, split: str = "train", data_dir: str | None = None) -> Dataset:
        """Map a split. Raises UserError where the folder is no pack, or an unfinished or damaged one."""
        check_split(split)
        return open_pack(find_path(self.path, data_dir)).dataset(self.name, split, in_memory=False)


@dataclass(frozen=True)
class Packed:
    """What `pack` made.

    shape: of an item, (C, H, W). note: one line about pictures that were left out, else empty.
    """

    path: Path
    num_train: int
    num_test: int
    num_bad: int
    shape: tuple[int, ...]
    class_names: tuple[str, ...]
    num_bytes: int
    note: str


def pack(source: FolderConfig, out: Path, progress: Progress | None = None, data_dir: str | None = None) -> Packed:
    """Decode a folder of pictures into a pack at `out`; goes on where it was stopped, by whatever.

    progress: called with pictures done and pictures in all; None shows a bar after two seconds.
    Raises UserError for the pack of other files or options, for a folder with other things in it, and a full disk.
    """
    if out.exists() and not (out.is_dir() and (not any(out.iterdir()) or _is_begun(out))):
        raise UserError(f"{out} exists and is no pack; choose another folder")
    pictures = source.pictures(data_dir)
    with shown(f"packing {source.path}", progress) as hook:
        index = write_pack(out, pictures, hook, source.strict, replace=False).index
    note = describe_bad(source.name, index.num_bad, index.num_rows, index.bad, source.path)
    classes, shape = tuple(index.class_names), tuple(index.shape)
    return Packed(out, index.num_train, index.num_test, index.num_bad, shape, classes, index.num_bytes, note)


def _is_begun(folder: Path) -> bool:
    return any((folder / name).exists() for name in ("index.json", ".lock"))
