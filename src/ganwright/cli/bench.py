"""`ganwright bench`: recipes measured side by side, beside what papers report."""

import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

from ganwright.cli.flags import DataDir, Flag, Json, MaybeWhole, Quiet, Whole, verb

if TYPE_CHECKING:
    from rich.console import Console

    from ganwright.bench import Watch

app = App(name="bench", help="Measure recipes side by side.")

modes_app = verb(
    "bench modes",
    "[flags]",
    """
ganwright bench modes                                   # ring8, 10 seeds
ganwright bench modes --data grid25 --recipes gan,pacgan --seeds 3
ganwright bench modes --data stacked-mnist --images 500000
ganwright bench modes --seeds 2 --images 20000 --out bench/taste
""",
)
app.command(modes_app)


@modes_app.default
def modes(
    *,
    data: Literal["ring8", "grid25", "stacked-mnist"] = "ring8",
    recipes: str | None = None,
    seeds: MaybeWhole = None,
    first_seed: Whole = 0,
    images: MaybeWhole = None,
    networks: Literal["plain", "reference"] = "plain",
    out: Path | None = None,
    data_dir: DataDir = None,
    markdown: Annotated[Flag, Parameter(name="--markdown")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Count the modes that each recipe reaches, over seeds.

    Trains every recipe for every seed, many at once, and judges samples of the
    averaged generators: modes covered, share of high quality, reverse KL, spread;
    beside a perfect sampler and published figures. The same command again goes on
    where it stopped; what is finished is not trained again.

    Leaves bench.json, modes.png and a run folder for each seed.

    Args:
        data: Points on a ring or a grid, or stacks of three MNIST digits.
        recipes: Which, separated by commas; see `ganwright list recipes`.
        seeds: How many seeds; by default 10 on points and 1 on images.
        first_seed: The first of them.
        images: Length of every run in images seen; by default each recipe's, or what they share.
        networks: What recipes for images get on points: plain, two perceptrons with two hidden layers of 128; or
            reference, those of rpgan-r1r2.
        out: A folder; by default bench/modes-DATA.
        markdown: Print the table in Markdown.
    """
    from ganwright import bench
    from ganwright.bench import table
    from ganwright.cli import output
    from ganwright.cli.failures import Stopped
    from ganwright.training import Interrupted

    watch = _watch(output.messages(quiet))
    try:
        found = bench.modes(
            data,
            _names(recipes),
            seeds=seeds,
            first_seed=first_seed,
            images=images,
            networks=networks,
            out=out,
            data_dir=None if data_dir is None else str(data_dir),
            watch=watch,
        )
    except Interrupted as stop:
        line = f"{stop} of a run, saved; the same command again goes on"
        raise Stopped(line, 128 + stop.signal_number) from stop
    shown = table.markdown(found) if markdown else table.lines(found)
    places = ["", f"picture  {found.folder / bench.PICTURE}", f"figures  {found.folder / bench.JSON}"]
    output.print_result(json, found.plain(), shown if markdown else [*shown, *places])


health_app = verb(
    "bench health",
    "[flags]",
    """
ganwright bench health --cells digits-dcgan             # minutes: one cell
ganwright bench health --workers 8                      # the development half
ganwright bench health --half test --recover --data-dir data
ganwright bench health --cells ring8-mlp --sabotages unbounded,sorted-data
""",
)
app.command(health_app)


@health_app.default
def health(
    *,
    half: Literal["development", "test"] = "development",
    cells: str | None = None,
    sabotages: str | None = None,
    seeds: MaybeWhole = None,
    healthy_seeds: MaybeWhole = None,
    first_seed: MaybeWhole = None,
    workers: Whole = 2,
    recover: Annotated[Flag, Parameter(name="--recover")] = False,
    keep: Annotated[Flag, Parameter(name="--keep")] = False,
    out: Path | None = None,
    data_dir: DataDir = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Break GANs on purpose, and see whether their failures are noticed.

    Trains every cell (a data set and a recipe made small) healthy and under every
    sabotage. Whether a run truly failed, and since when, is its outcome on samples
    against its healthy twin of the same seed; then the detectors are played its
    events. Prints the confusion, detection, false alarms and delay. What is
    recorded is not trained again: to judge changed detectors costs seconds.

    Leaves health.json, health.png and a folder with the events of each run.

    Args:
        half: development, to work on detectors with; or test, other data and recipes, to be run once they are fixed.
        cells: Which settings, separated by commas; by default all of the half.
        sabotages: Which, separated by commas; by default all that fit.
        seeds: How many of each sabotage; by default 2, and 1 on the test half.
        healthy_seeds: How many of each cell without sabotage; by default 10, and 20 on the test half.
        first_seed: The first of them; by default 100, and 0 on the test half.
        workers: Runs trained at a time, each on one thread.
        recover: Train all that can be mended by options, and all healthy runs, once more with --on-failure recover.
        keep: Leave the checkpoints and pictures of every run as well.
        out: A folder; by default bench/health.
    """
    from ganwright.bench import health as bench
    from ganwright.bench.health import table
    from ganwright.cli import output
    from ganwright.cli.failures import Stopped
    from ganwright.training import Interrupted

    try:
        found = bench.prove(
            half,
            _names(cells),
            _names(sabotages),
            seeds=seeds,
            healthy_seeds=healthy_seeds,
            first_seed=first_seed,
            workers=workers,
            recover=recover,
            keep=keep,
            out=out,
            data_dir=None if data_dir is None else str(data_dir),
            watch=_watch(output.messages(quiet)),
        )
    except (Interrupted, KeyboardInterrupt) as stop:
        number = stop.signal_number if isinstance(stop, Interrupted) else signal.SIGINT
        raise Stopped("stopped; the same command again goes on with the runs that are missing", 128 + number) from stop
    place = found.folder / found.half
    places = ["", f"picture  {place / bench.PICTURE}", f"figures  {place / bench.JSON}"]
    output.print_result(json, found.plain(), [*table.lines(found), *places])


def _names(listed: str | None) -> list[str] | None:
    """ "a, b" -> ["a", "b"]; None stays."""
    return None if listed is None else [name.strip() for name in listed.split(",") if name.strip()]


def _watch(messages: "Console") -> "Watch":
    """Shows trainings and counts on the console."""
    from ganwright.bench import Watch
    from ganwright.bench.watch import Report
    from ganwright.cli.counter import counter
    from ganwright.cli.progress import progress
    from ganwright.training import Callback

    class Shown(Watch):
        def say(self, line: str) -> None:
            messages.print(line)

        def training(self, total_images: int, num_images: int) -> AbstractContextManager[Callback]:
            @contextmanager
            def shown() -> Iterator[Callback]:
                with progress(messages, total_images, num_images) as display:
                    yield display

            return shown()

        def counting(self, what: str) -> AbstractContextManager[Report]:
            return counter(messages, what)

    return Shown()
