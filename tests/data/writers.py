"""Tiny files in the published formats."""

import gzip
import struct
from pathlib import Path

import numpy as np
from PIL import Image


def idx_bytes(array: np.ndarray) -> bytes:
    """An IDX file of unsigned bytes."""
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def write_mnist(folder: Path, num: int = 30, packed: bool = True, dot: bool = False) -> np.ndarray:
    """Write `num` images of each split with labels 0 to 9 in turn; returns the training images."""
    folder.mkdir(parents=True, exist_ok=True)
    images = np.random.default_rng(0).integers(0, 256, (num, 28, 28), dtype=np.uint8)
    labels = (np.arange(num) % 10).astype(np.uint8)
    for stem in ("train", "t10k"):
        for part, array in (("images", images), ("labels", labels)):
            name = f"{stem}-{part}{'.' if dot else '-'}idx{array.ndim}-ubyte"
            data = idx_bytes(array)
            if packed:
                (folder / f"{name}.gz").write_bytes(gzip.compress(data))
            else:
                (folder / name).write_bytes(data)
    return images


def cifar_rows(num: int, seed: int = 0) -> np.ndarray:
    """Rows of a CIFAR-10 batch, labels 0 to 9 in turn."""
    rows = np.random.default_rng(seed).integers(0, 256, (num, 3073), dtype=np.uint8)
    rows[:, 0] = np.arange(num) % 10
    return rows


def write_pictures(folder: Path, num: int = 12, mode: str = "RGB") -> list[np.ndarray]:
    """Write `num` pictures 0.png, 1.png, ... of 16x16 random pixels; returns the pixels of each."""
    folder.mkdir(parents=True, exist_ok=True)
    channels = {"L": (), "RGB": (3,), "RGBA": (4,)}[mode]
    generator = np.random.default_rng(num)
    pixels = [generator.integers(0, 256, (16, 16, *channels), dtype=np.uint8) for _ in range(num)]
    for number, array in enumerate(pixels):
        Image.fromarray(array).save(folder / f"{number}.png")
    return pixels
