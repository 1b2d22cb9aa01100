"""The files of a run that browsers may have: panels and what evaluations drew, whole or small, and the report."""

import functools
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ganwright.core.errors import UserError
from ganwright.core.pictures import png_bytes
from ganwright.runs.report import render
from ganwright.runs.report_facts import RunFacts, is_png
from ganwright.studio.replies import NotFound, problem
from ganwright.studio.state import Studio, studio_of

FOLDERS = ("samples", "evaluations")
SIZES = (64, 1024)
KEPT_SIZE = 256
"""Smaller ones are kept in memory, since the list of runs shows them again and again."""

KINDS = ("fixed", "fresh", "real")
REPORT_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
    "sandbox allow-scripts; frame-ancestors 'self'"
)
"""The report is one file with its scripts in it; the sandbox keeps it from the studio."""


async def file(request: Request) -> Response:
    """A PNG below samples/ or evaluations/ of a run."""
    studio, named = studio_of(request), request.path_params
    return await _answered(lambda: _tagged(request, _named(studio, named["run"], named["path"]), None))


async def picture(request: Request) -> Response:
    """A run's panel at most `size` pixels wide. images: of which moment; kind: fixed, fresh or real."""
    return await _answered(lambda: _tagged(request, *_panel(studio_of(request), request)))


async def report(request: Request) -> Response:
    """The run's report, made from its folder now: as a download, or with ?view=true to be looked at."""
    headers = {"content-security-policy": REPORT_POLICY}
    if request.query_params.get("view") != "true":
        headers["content-disposition"] = 'attachment; filename="report.html"'

    def made() -> Response:
        text = render(RunFacts(studio_of(request).run_folder(request.path_params["run"])))
        return Response(text, media_type="text/html", headers=headers)

    return await _answered(made)


async def _answered(make: Callable[[], Response]) -> Response:
    """What is made in a thread, or a line; files may go while they are looked at."""
    try:
        return await run_in_threadpool(make)
    except UserError as error:
        return problem(error)
    except OSError as error:
        return problem(NotFound(f"{error.filename or 'a file of the run'}: {error.strerror or error}"))


def _named(studio: Studio, run: str, place: str) -> Path:
    folder = studio.run_folder(run)
    path = folder / place
    parts = place.split("/")
    strange = len(place) > 500 or not place.isprintable() or any(p in ("", ".", "..") or "\\" in p for p in parts)
    if strange or parts[0] not in FOLDERS or path.suffix != ".png" or not _is_inside(path, folder) or not is_png(path):
        raise NotFound(f"there is no picture '{place[:100]}' in run '{run[:100]}'")
    return path


def _panel(studio: Studio, request: Request) -> tuple[Path, int]:
    folder = studio.run_folder(request.path_params["run"])
    asked = request.query_params
    kind, images, size = asked.get("kind", "fixed"), asked.get("images", "0"), asked.get("size", "192")
    if kind not in KINDS:
        raise UserError(f"there is no kind '{kind[:50]}' of panel; it is {', '.join(KINDS)}")
    if not _is_number(images, 12) or not _is_number(size, 4) or not SIZES[0] <= int(size) <= SIZES[1]:
        raise UserError(f"'images' is a number of images, and 'size' one of pixels from {SIZES[0]} to {SIZES[1]}")
    name = "real.png" if kind == "real" else f"{kind}-{int(images):012d}.png"
    path = folder / "samples" / name
    if not _is_inside(path, folder) or not is_png(path):
        raise NotFound(f"there is no panel {name} in this run")
    return path, int(size)


def _tagged(request: Request, path: Path, size: int | None) -> Response:
    """A picture with a tag by which browsers ask whether it changed."""
    facts = path.stat()
    tag = f'"{facts.st_mtime_ns:x}-{facts.st_size:x}-{size or 0}"'
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if size is None:
        content = path.read_bytes()
    else:
        content = _kept(path, facts.st_mtime_ns, size) if size <= KEPT_SIZE else _small(path, size)
    return Response(content, media_type="image/png", headers=headers)


@functools.lru_cache(maxsize=512)
def _kept(path: Path, changed: int, size: int) -> bytes:
    return _small(path, size)


def _small(path: Path, size: int) -> bytes:
    """A picture at most `size` pixels wide, with the mark where it had one."""
    try:
        with Image.open(path) as image:
            marked = "XML:com.adobe.xmp" in image.info
            image.load()
            shown = image.convert("RGBA" if image.mode == "RGBA" else "RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UserError(f"{path.name} cannot be read: {error}") from error
    if shown.width > size:
        height = max(1, round(shown.height * size / shown.width))
        shown = shown.resize((size, height), Image.Resampling.LANCZOS)
    return png_bytes(shown, {"Software": "ganwright"}, marked)


def _is_inside(path: Path, folder: Path) -> bool:
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):
        return False


def _is_number(text: str, most_digits: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= most_digits
