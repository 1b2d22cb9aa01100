"""Animations: GIF and WebP through Pillow, MP4 through the ffmpeg program where there is one."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from PIL import Image

from ganwright.core.errors import UserError
from ganwright.core.files import write_atomic
from ganwright.core.pictures import MARK_XMP, TRAINED_ALGORITHMIC_MEDIA

FORMATS = ("gif", "mp4", "png", "webp")
_FRAME_MILLISECONDS = 80


def parse_formats(text: str) -> tuple[str, ...]:
    """Read "png", "gif", "webp" and "mp4", separated by commas; png is always written. Returns those of animations.

    Raises UserError for others, and for mp4 where there is no encoder.
    """
    asked = [part.strip().lower() for part in text.split(",") if part.strip()]
    for kind in asked:
        if kind not in FORMATS:
            raise UserError(f"unknown format '{kind}'; known: {', '.join(FORMATS)}")
        if kind == "mp4":
            encoder()
    return tuple(dict.fromkeys(kind for kind in asked if kind != "png"))


def encoder() -> str:
    """The ffmpeg program: of the system, or of the package imageio-ffmpeg. Raises UserError where there is neither."""
    found = shutil.which("ffmpeg")
    if found is None and find_spec("imageio_ffmpeg") is not None:
        import imageio_ffmpeg  # pyright: ignore[reportMissingImports]

        try:
            found = imageio_ffmpeg.get_ffmpeg_exe()
        except RuntimeError:  # the package is there without its program
            found = None
    if found is None:
        raise UserError(
            "mp4 needs the program ffmpeg (or pip install 'ganwright[video]'); or take --formats webp or gif"
        )
    return found


def write_animation(frames: Sequence[Image.Image], file: Path, about: Mapping[str, str]) -> None:
    """Write frames as an animation that carries the mark of generated media; the file's ending says how.

    GIF and WebP repeat for ever. WebP holds the mark as XMP; GIF and MP4, for which Pillow has no place for XMP, as a
    comment.
    """
    text = "; ".join(f"{name}: {value}" for name, value in about.items())
    comment = f"digital source type: {TRAINED_ALGORITHMIC_MEDIA}; {text}"
    if file.suffix == ".mp4":
        write_atomic(file, lambda p: _encode(frames, p, comment))
        return
    kind: Literal["GIF", "WEBP"] = "GIF" if file.suffix == ".gif" else "WEBP"
    extra: dict[str, Any] = {"lossless": True, "xmp": MARK_XMP.encode()}
    if kind == "GIF":
        extra = {"comment": comment.encode(), "optimize": False}
    options: dict[str, Any] = {"save_all": True, "duration": _FRAME_MILLISECONDS, "loop": 0, **extra}
    write_atomic(file, lambda p: frames[0].save(p, format=kind, append_images=list(frames[1:]), **options))


def _encode(frames: Sequence[Image.Image], file: Path, comment: str) -> None:
    """Give frames to ffmpeg, as H.264 that every player knows; sides are made even, as it wants them."""
    width, height = frames[0].size
    command = [
        encoder(), "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}",
        "-framerate", f"{1000 / _FRAME_MILLISECONDS:g}", "-i", "-", "-an", "-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2",
        "-c:v", "libx264", "-crf", "18", "-pix_fmt", "yuv420p", "-movflags", "+faststart", "-fflags", "+bitexact",
        "-metadata", f"comment={comment}", "-f", "mp4", str(file),
    ]  # fmt: skip
    pixels = b"".join(frame.tobytes() for frame in frames)
    done = subprocess.run(command, input=pixels, capture_output=True, check=False)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise UserError(f"ffmpeg could not write an mp4 ({said[-1][:200] if said else 'it did not say why'})")
