"""`ganwright diagnose`: what is wrong with a training, of ganwright or of any other program."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ganwright.cli.flags import DataDir, Json, MaybeWhole, Quiet, verb

app = verb(
    "diagnose",
    "[RUN_OR_LOG] [flags]",
    """
ganwright diagnose runs/digits-demo
ganwright diagnose lightning_logs/version_0/metrics.csv --images-per-step 64
ganwright diagnose log.csv --columns d_loss=critic,g_loss=actor,step=n
ganwright diagnose runs/tensorboard/ --samples fakes/ --real folder:faces
ganwright diagnose train.log --samples sheets/ --grid 8x8 --json
""",
)


_WIDEST, _PIPED = 100, 80  # characters of a line that is drawn


@app.default
def diagnose(
    run_or_log: Annotated[Path | None, Parameter(help="A run folder, or the log of any other program.")] = None,
    /,
    *,
    columns: str | None = None,
    images_per_step: MaybeWhole = None,
    samples: Path | None = None,
    grid: str | None = None,
    real: str | None = None,
    data_dir: DataDir = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Tell what is wrong with a training, since when, why, and what to do.

    Takes a run folder, or the log of any program: CSV, JSON lines, what a script
    printed, or TensorBoard's event files. Losses alone tell of flagrant failures
    only; a folder of samples (--samples) lets collapse be seen, and the data
    (--real) what is left out. Exits with 0 whatever the verdict is.

    Args:
        columns: Which column is what, where names do not say it: d_loss=NAME,g_loss=NAME,step=NAME and d_real, d_fake,
            d_loss_real, d_loss_fake, d_gradient, g_gradient, epoch.
        images_per_step: Images in one step (the batch size), to tell times in images.
        samples: A folder of samples: a sub folder for each step, or files with the step in their names.
        grid: Rows and columns of samples in each picture, as 8x8, where it is a sheet of many.
        real: The data that samples are to resemble: digits, mnist, folder:PATH and others.
    """
    from ganwright import runs
    from ganwright.cli import output
    from ganwright.cli.counter import counter

    console = output.messages(quiet)
    with counter(console, "reading samples") as progress:
        found = runs.diagnose(
            run_or_log,
            columns=_columns(columns),
            images_per_step=images_per_step,
            samples=samples,
            grid=_grid(grid),
            real=real,
            data_dir=None if data_dir is None else str(data_dir),
            progress=progress,
        )
    shown = output.make_console(sys.stdout)
    width = min(shown.width, _WIDEST) if shown.is_terminal else _PIPED
    ascii_only = not shown.encoding.lower().startswith("utf")
    output.print_result(json, found.plain(), [] if json else [found.text(width, ascii_only)])


def _columns(given: str | None) -> dict[str, str]:
    """Read d_loss=NAME,g_loss=NAME; a name may hold commas where what follows them is no role."""
    from ganwright.core.errors import UserError

    found: dict[str, str] = {}
    last = ""
    for part in (given or "").split(",") if given else []:
        role, equals, name = part.partition("=")
        if equals:
            last = role.strip()
            found[last] = name.strip()
        elif last:
            found[last] += f",{part}"
        else:
            raise UserError(f"--columns is '{given}'; write it as d_loss=NAME,g_loss=NAME,step=NAME")
    return found


def _grid(given: str | None) -> tuple[int, int] | None:
    """Read 8x8."""
    from ganwright.core.errors import UserError

    if given is None:
        return None
    rows, _, columns = given.lower().partition("x")
    if not (rows.isascii() and rows.isdecimal() and columns.isascii() and columns.isdecimal()):
        raise UserError(f"--grid is '{given}'; write rows and columns as 8x8")
    if not 0 < int(rows) * int(columns) <= 10_000:
        raise UserError(f"--grid is '{given}'; between 1 and 10,000 samples fit a picture")
    return int(rows), int(columns)
