"""Read pictures: any format and mode that Pillow opens, to 8 bits a channel, upright, first frame only."""

import io
import threading
import warnings
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from ganwright.core.errors import UserError

Channels = Literal["gray", "rgb", "rgba"]
Colour = tuple[int, int, int]

MODES: dict[Channels, str] = {"gray": "L", "rgb": "RGB", "rgba": "RGBA"}
WHITE: Colour = (255, 255, 255)
MAX_PIXELS = 2**26
"""Larger pictures are refused: a small file may claim to be one that fills the memory."""

_GRAY_MODES = {"1", "L", "LA", "La", "I", "F"}
_PROGRAMS = {"EPS", "WMF", "EMF"}
_ORIENTATION = 0x0112
_TURNED = range(5, 9)  # EXIF orientations that swap width and height


@dataclass(frozen=True)
class Header:
    """What a picture's file says before it is decoded.

    width, height: pixels, as the picture is shown (EXIF orientation applied).
    mode: Pillow's name of the pixel format, e.g. "RGB", "P", "I;16".
    gray: True where it has no colour. alpha: True where it has transparency.
    """

    width: int
    height: int
    mode: str
    gray: bool
    alpha: bool


def read_header(path: Path) -> Header:
    """Read size and mode without decoding. Raises UserError naming a file that is no picture, empty or too large."""
    try:
        with _quiet(), Image.open(path) as image:
            width, height = image.size
            _check_size(width, height)
            _check_format(image)
            if "exif" in image.info and image.format != "TIFF":  # Pillow turns TIFF itself
                try:
                    turned = image.getexif().get(_ORIENTATION) in _TURNED
                except Exception:
                    turned = False  # damaged EXIF
                width, height = (height, width) if turned else (width, height)
            return Header(width, height, image.mode, _is_gray(image), image.has_transparency_data)
    except Exception as error:
        raise UserError(f"{path}: {_reason(error, _num_bytes(path))}") from error


def size_of(data: bytes, name: str, formats: Sequence[str]) -> tuple[int, int]:
    """Width and height that a file's bytes claim, without decoding. formats: as Pillow names them; others are refused.

    Raises UserError naming a file that is none of these.
    """
    try:
        with _quiet(), Image.open(io.BytesIO(data), formats=list(formats)) as image:
            return image.size
    except Image.DecompressionBombError as error:
        raise UserError(f"{name} has too many pixels") from error
    except Exception as error:
        raise UserError(f"{name} is no picture that can be read; take {', '.join(formats)}") from error


def read_image(path: Path, channels: Channels = "rgb", background: Colour = WHITE) -> Image.Image:
    """Decode a picture's file; see `decode`. Raises UserError naming a file that cannot be read."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: {_reason(error, None)}") from error
    return decode(data, str(path), channels, background)


def decode(
    data: bytes, name: str, channels: Channels = "rgb", background: Colour = WHITE, at_least: int | None = None
) -> Image.Image:
    """Decode a file's bytes to an upright 8-bit picture of mode L, RGB or RGBA.

    name: what an error calls the file.
    background: colour that shows through where the picture is transparent; for "rgba" the transparency is kept.
    at_least: a JPEG may be decoded at 1/2, 1/4 or 1/8 of its size, as long as both sides keep this many pixels;
        much faster where it is scaled down afterwards. None decodes at full size.

    16-bit pixels are divided by 257. 32-bit whole numbers count as 16-bit up to 65535, and as 31-bit beyond. Real
    numbers are taken to lie in 0..1, 0..255 or 0..65535, whichever is the first that holds them all.

    Raises UserError naming a file that is empty, cut short, damaged, not a picture, or of more than MAX_PIXELS.
    """
    try:
        with _quiet(), Image.open(io.BytesIO(data)) as image:
            _check_size(*image.size)
            _check_format(image)
            if at_least is not None:
                image.draft(None, (at_least, at_least))  # type: ignore[arg-type]
            if image.format == "PNG":
                _check_sums(data)
            image.load()
            _turn(image)
            return _convert(_eight_bits(image), channels, background)
    except Exception as error:
        raise UserError(f"{name}: {_reason(error, len(data))}") from error


def to_array(image: Image.Image) -> np.ndarray:
    """L, RGB or RGBA -> uint8 (C, H, W)."""
    pixels = np.asarray(image)
    return pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)


class _Refused(Exception):
    """A reason in words of our own."""


_lock = threading.Lock()
_shown: list[warnings.catch_warnings] = []
_num_quiet = 0


@contextmanager
def _quiet() -> Iterator[None]:
    """Hide Pillow's warnings about odd files: each is read, or refused with a line of our own.

    Threads share the filters of warnings, so the first to enter changes them and the last to leave puts them back.
    """
    global _num_quiet
    with _lock:
        if _num_quiet == 0:
            _shown.append(warnings.catch_warnings())
            _shown[-1].__enter__()
            warnings.filterwarnings("ignore", module=r"PIL\.")
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        _num_quiet += 1
    try:
        yield
    finally:
        with _lock:
            _num_quiet -= 1
            if _num_quiet == 0:
                _shown.pop().__exit__(None, None, None)


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise _Refused(f"{width}x{height} is too large to read; the most is {MAX_PIXELS:,} pixels")


def _check_format(image: Image.Image) -> None:
    """Refuse what Pillow hands to other programs to be run, whatever the file is called."""
    if image.format in _PROGRAMS:
        raise _Refused(f"{image.format} is a program that draws, and not pixels; save it as PNG")


def _check_sums(png: bytes) -> None:
    """Refuse a PNG with damaged pixels, which Pillow would decode to garbage: it does not look at their checksums."""
    start = 8
    while start + 12 <= len(png):
        end = start + 8 + int.from_bytes(png[start : start + 4])
        kind = png[start + 4 : start + 8]
        if kind == b"IDAT" and zlib.crc32(png[start + 4 : end]) != int.from_bytes(png[end : end + 4]):
            raise _Refused("damaged or cut short (wrong checksum of the pixels)")
        start = end + 4


def _reason(error: Exception, num_bytes: int | None) -> str:
    if num_bytes == 0:
        return "the file is empty"
    match error:
        case _Refused():
            return str(error)
        case Image.DecompressionBombError() | Image.DecompressionBombWarning():
            return f"too large to read; the most is {MAX_PIXELS:,} pixels"
        case UnidentifiedImageError():
            return "not a picture of a known format"
        case FileNotFoundError() | PermissionError() | IsADirectoryError():
            return f"cannot be read: {error.strerror}"
        case MemoryError():
            return "too large for the memory"
    detail = " ".join(str(error).split()) or type(error).__name__
    return f"damaged or cut short ({detail})"


def _num_bytes(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _is_gray(image: Image.Image) -> bool:
    if image.mode == "P":
        palette = image.getpalette() or []
        return palette[0::3] == palette[1::3] == palette[2::3]
    return image.mode in _GRAY_MODES or image.mode.startswith("I;16")


def _turn(image: Image.Image) -> None:
    try:
        ImageOps.exif_transpose(image, in_place=True)
    except Exception:
        return  # damaged EXIF: the picture itself may be fine


def _eight_bits(image: Image.Image) -> Image.Image:
    """Scale pixels of more than 8 bits; the other modes are left as they are."""
    if image.mode == "F":
        values = np.asarray(image, np.float64)
        if not np.isfinite(values).all() or values.min() < 0 or values.max() > 65535:
            raise _Refused("real-valued pixels outside 0 to 65535")
        scale = next(s for limit, s in ((1, 255), (255, 1), (65535, 1 / 257)) if values.max() <= limit)
    elif image.mode == "I" or image.mode.startswith("I;16"):
        values = np.asarray(image).astype(np.float64).clip(min=0)
        scale = 1 / 257 if values.max() <= 65535 else 255 / (2**31 - 1)
    else:
        return image
    return Image.fromarray((values * scale).round().astype(np.uint8))


def _convert(image: Image.Image, channels: Channels, background: Colour) -> Image.Image:
    if channels == "rgba":
        return image.convert("RGBA")
    if image.has_transparency_data:
        below = Image.new("RGBA", image.size, (*background, 255))
        image = Image.alpha_composite(below, image.convert("RGBA"))
        image = image.convert("RGB")
    return image.convert(MODES[channels])
