"""The panels as data addresses for the page, few and small enough that it stays easy to send."""

import base64
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from PIL import Image, features

from ganwright.runs.report_facts import PanelFiles

MOST_MOMENTS = 120
MOST_CHARACTERS = 14_000_000  # of all panels over time together
_QUALITY = 75

T = TypeVar("T")
Shown = dict[str, int | str]


def thin(items: Sequence[T], most: int) -> list[T]:
    """Return at most `most` (2 or more) of the items, evenly spaced, the first and the last among them."""
    if len(items) <= most:
        return list(items)
    return [items[round(i * (len(items) - 1) / (most - 1))] for i in range(most)]


def inlined(panels: Sequence[PanelFiles], most_characters: int = MOST_CHARACTERS) -> tuple[list[Shown], str]:
    """Return the panels to show, each {"images", "fixed", "fresh"}, and a note on what was reduced ("" if nothing).

    More than 120 moments are thinned evenly. Files too large together are recompressed as WebP with their marks,
    where that makes them smaller; if it is not enough, fewer moments are shown.
    """
    chosen = thin(panels, MOST_MOMENTS)
    num_bytes = sum(p.stat().st_size for panel in chosen for p in (panel.fixed, panel.fresh) if p)
    recompress = num_bytes * 4 / 3 > most_characters and features.check("webp")
    address = webp_address if recompress else png_address
    shown: list[Shown] = []
    for panel in chosen:
        pictures = {"fixed": panel.fixed, "fresh": panel.fresh}
        shown.append({"images": panel.num_images} | {kind: address(p) for kind, p in pictures.items() if p})
    while len(shown) > 2 and sum(len(str(v)) for panel in shown for v in panel.values()) > most_characters:
        shown = thin(shown, max(2, len(shown) * 3 // 4))
    notes = [f"{len(shown)} of the {len(panels)} moments are shown"] if len(shown) < len(panels) else []
    notes += ["the panels over time are recompressed"] if recompress else []
    return shown, "; ".join(notes)


def png_address(path: Path) -> str:
    """Return a PNG as a data: address, byte for byte, its marks included."""
    return _address("png", path.read_bytes())


def webp_address(path: Path) -> str:
    """Return a picture as a data: address: a lossy WebP with its XMP packet, or the file if that is smaller."""
    try:
        with Image.open(path) as image:
            packet = image.info.get("xmp", b"")
            file = io.BytesIO()
            image.convert("RGBA" if image.mode == "RGBA" else "RGB").save(file, "WEBP", quality=_QUALITY, xmp=packet)
            if file.tell() > path.stat().st_size:
                return png_address(path)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return png_address(path)
    return _address("webp", file.getvalue())


def _address(kind: str, data: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
