"""`ganwright data`: look data over before training on it, and pack large folders."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cyclopts import App

from ganwright.cli.flags import DataDir, Json, Overrides, Quiet, verb
from ganwright.cli.overrides import NO_OPTIONS

if TYPE_CHECKING:
    from ganwright.data.audit import Audit

MOST_SHOWN = 12
"""Rows of a list that people are shown; --json has all of them."""

app = App(name="data", help="Look data over, and pack large folders.")

check_app = verb(
    "data check",
    "PATH [flags]",
    """
ganwright data check faces/
ganwright data check digits
ganwright data check npz:images.npz --json
""",
)
pack_app = verb(
    "data pack",
    "PATH OUT [flags] [--option VALUE ...]",
    """
ganwright data pack faces/ packs/faces --size 64
ganwright data pack faces/ packs/faces --crop pad --channels rgb
""",
)
app.command(check_app)
app.command(pack_app)


@check_app.default
def check(path: str, /, *, data_dir: DataDir = None, json: Json = False, quiet: Quiet = False) -> None:
    """Report what data holds, and what is wrong with it.

    Counts, sizes, pixel formats, broken files, copies, look-alikes, classes.

    Args:
        path: A folder of pictures, or any data that `train` takes.
    """
    from ganwright.cli import output
    from ganwright.cli.counter import counter
    from ganwright.data.audit import audit

    with counter(output.messages(quiet), "looking at items") as progress:
        found = audit(path, None if data_dir is None else str(data_dir), progress)
    output.print_result(json, found.plain(), describe(found))


@pack_app.default
def pack(
    path: str,
    out: Path,
    /,
    *,
    data_dir: DataDir = None,
    json: Json = False,
    quiet: Quiet = False,
    overrides: Overrides = NO_OPTIONS,
) -> None:
    """Decode a folder of pictures into a pack.

    Packs are mapped from disk, so that sets larger than the memory can be trained
    on. The same command again goes on where it stopped.

    Every option of `folder` data can be given: --size, --crop, --channels,
    --background, --labels, --strict, --test-fraction; they are explained by
    `ganwright list options --recipe dcgan --data folder:PATH`.

    Args:
        path: The folder of pictures.
        out: The folder of the pack; train on it with pack:OUT.
    """
    from dataclasses import asdict

    from ganwright.cli import output
    from ganwright.cli.counter import counter
    from ganwright.data.folder import FolderConfig
    from ganwright.data.pack import pack as make_pack

    source = FolderConfig.parse({**overrides.values(), "path": path.removeprefix("folder:")}, "data pack")
    with counter(output.messages(quiet), "packing") as progress:
        packed = make_pack(source, out, progress, None if data_dir is None else str(data_dir))
    count = f"{packed.num_train:,} pictures" + (f" and {packed.num_test:,} for testing" if packed.num_test else "")
    lines = [
        f"packed  {count}, {'x'.join(map(str, packed.shape))}, {output.size(packed.num_bytes)}",
        *([f"note    {packed.note}"] if packed.note else []),
        f"next    ganwright train pack:{packed.path}",
    ]
    output.print_result(json, asdict(packed), lines)


def describe(found: "Audit") -> Iterator[str]:
    """An audit as lines for people: the facts, what is wrong, what to do."""
    splits = ", ".join(f"{count:,} {split}" for split, count in found.num_items.items())
    yield f"{found.name}: {sum(found.num_items.values()):,} items" + (
        f" ({splits})" if len(found.num_items) > 1 else ""
    )
    yield from _counted("sizes", found.sizes)
    yield from _counted("modes", found.modes)
    if found.trained_shape:
        yield f"{'trained as':<12}{'x'.join(map(str, found.trained_shape))}"
    yield from _counted("classes", found.classes)
    if found.mean:
        spread = ", ".join(f"{mean:.4g} ± {std:.4g}" for mean, std in zip(found.mean, found.std, strict=True))
        yield f"{'values':<12}{spread} (mean and standard deviation of each channel)"
    if found.num_transparent:
        yield f"{'transparent':<12}{found.num_transparent:,}"
    if found.num_ignored:
        yield f"{'ignored':<12}{found.num_ignored:,} files that are no pictures"
    yield from _listed("broken", [f"{file}: {why}" for file, why in found.corrupt.items()])
    yield from _listed("copies", [" = ".join(group) for group in found.duplicates])
    yield from _listed("look alike", [" ~ ".join(group) for group in found.near_duplicates])
    yield ""
    yield from found.advice or ["nothing to mend"]


def _counted(title: str, counts: Mapping[str, int]) -> Iterator[str]:
    if counts:
        shown = [f"{name} {count:,}" for name, count in list(counts.items())[:MOST_SHOWN]]
        more = [f"and {len(counts) - MOST_SHOWN} more"] if len(counts) > MOST_SHOWN else []
        yield f"{title:<12}" + ", ".join(shown + more)


def _listed(title: str, rows: list[str]) -> Iterator[str]:
    for index, row in enumerate(rows[:MOST_SHOWN]):
        yield f"{title if index == 0 else '':<12}{row}"
    if len(rows) > MOST_SHOWN:
        yield f"{'':<12}and {len(rows) - MOST_SHOWN:,} more; --json lists all"
