"""Which data may be trained on: what is built in, and what lies in the folders that this studio may use."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ganwright.core.errors import UserError
from ganwright.core.files import expanded
from ganwright.core.table import look_up
from ganwright.data import DATA, parse_data
from ganwright.data.pictures import SUFFIXES
from ganwright.recipes.run_config import RunConfig
from ganwright.studio.state import Studio

MOST_LISTED = 200
_TITLES = {
    "digits": "Digits, 8x8",
    "mnist": "MNIST",
    "fashion-mnist": "Fashion-MNIST",
    "stacked-mnist": "Stacked MNIST",
    "cifar10": "CIFAR-10",
    "ring8": "Ring of 8",
    "grid25": "Grid of 25",
    "gaussian1d": "One Gaussian",
}


def folders_of(studio: Studio) -> list[Path]:
    """The folders below which data may lie."""
    named = [studio.runs_dir, *([studio.data_dir] if studio.data_dir else []), *studio.data_folders]
    return [folder.resolve() for folder in named]


def confined(studio: Studio, source: str) -> str:
    """A source as `parse_data` reads it, with its path made whole.

    Raises UserError for one that is unknown, and for a path outside of `folders_of`: links are followed first.
    """
    kind, colon, path = source.partition(":")
    if len(source) > 4_000 or not source.isprintable():
        raise UserError("the data's name is no name of data")
    if kind in DATA and not colon:
        return parse_data(source).tag
    if kind in DATA and "path" not in DATA[kind].model_fields:
        parse_data(source)  # says that it takes no path
    if kind not in DATA and not any(mark in source for mark in "/\\.~:") and not Path(source).exists():
        look_up(DATA, source, "data set")  # says what is near
    place = _inside(studio, path if kind in DATA else source)
    whole = f"{kind}:{place}" if kind in DATA else str(place)
    config = parse_data(whole)
    return f"{config.tag}:{place}"


def check_options(studio: Studio, options: dict[str, Any]) -> dict[str, Any]:
    """Options with the paths among them made whole. Raises UserError for those that lead out of the folders, or would
    run code of other packages.
    """
    checked = dict(options)
    for name, value in options.items():
        last = name.rpartition(".")[2]
        if last == "path":
            checked[name] = str(_inside(studio, str(value)))
        elif name == "data" or (last == "kind" and name.startswith("data")):
            raise UserError(f"'{name}' is chosen with the data itself")
        elif last == "evaluate_features":
            _check_features(name, str(value))
    return checked


def check_config(config: RunConfig) -> None:
    """Raise UserError for the config of a run that would run code of other packages: it may come from anywhere."""
    _check_features("evaluate_features", config.evaluate_features)


def _check_features(name: str, value: str) -> None:
    if ":" in value and not value.startswith("random:"):
        raise UserError(
            f"'{name}': from the studio, features are auto, none, random, pixels or inception; files and modules "
            "are for the command line"
        )


def sources(studio: Studio) -> Iterator[dict[str, Any]]:
    """Every source there is, with what it is."""
    for kind, config in DATA.items():
        takes_path = "path" in config.model_fields
        required = [name for name, field in config.model_fields.items() if field.is_required() and name != "path"]
        if required:
            continue
        yield {
            "source": kind,
            "title": _TITLES.get(kind, kind),
            "meaning": (config.__doc__ or "").strip().partition("\n")[0],
            "kind": kind,
            "group": "built-in",
            "path": None,
            "takes_path": takes_path,
        }
    for folder in studio.data_folders:
        yield _listed(f"folder:{folder}", folder.name, f"the folder {folder}", "folder", folder)
    uploads = studio.own_dir / "uploads"
    for folder in sorted(uploads.iterdir())[:MOST_LISTED] if uploads.is_dir() else ():
        if folder.is_dir() and not folder.name.startswith("."):
            yield _listed(f"folder:{folder}", folder.name, "uploaded pictures", "upload", folder)
    if studio.data_dir is not None:
        for folder in sorted(studio.data_dir.iterdir())[:MOST_LISTED] if studio.data_dir.is_dir() else ():
            if folder.is_dir() and not folder.name.startswith(".") and folder.name not in DATA and _shows(folder):
                yield _listed(f"folder:{folder}", folder.name, f"in {studio.data_dir}", "folder", folder)


def _listed(source: str, title: str, meaning: str, group: str, path: Path) -> dict[str, Any]:
    return {
        "source": source,
        "title": title,
        "meaning": meaning,
        "kind": "folder",
        "group": group,
        "path": str(path),
        "takes_path": False,
    }


def _shows(folder: Path) -> bool:
    """Whether a folder, or one in it, holds pictures; only a glance."""
    try:
        for number, path in enumerate(folder.rglob("*")):
            if path.suffix.lower() in SUFFIXES:
                return True
            if number > MOST_LISTED:
                return False
    except OSError:
        return False
    return False


def _inside(studio: Studio, path: str) -> Path:
    """A path of the user's, whole and with links followed."""
    if not path or len(path) > 4_000 or not path.isprintable():
        raise UserError("name the path of a folder or file of pictures")
    roots = folders_of(studio)
    given = expanded(path)
    tried = [given] if given.is_absolute() else [root / given for root in (Path.cwd(), *roots)]
    for place in tried:
        try:
            whole = place.resolve()
            is_there = whole.exists()
        except (OSError, ValueError, RuntimeError):
            continue
        if is_there and any(whole.is_relative_to(root) for root in roots):
            return whole
    raise UserError(
        f"there is no '{path[:200]}' in the folders that this studio may use ({', '.join(map(str, roots))}); start it "
        "with `ganwright studio --data FOLDER` to add one"
    )
