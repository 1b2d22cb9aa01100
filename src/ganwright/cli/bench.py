"""`ganwright bench`: recipes measured side by side, beside what papers report."""

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

    names = None if recipes is None else [name.strip() for name in recipes.split(",") if name.strip()]
    watch = _watch(output.messages(quiet))
    try:
        found = bench.modes(
            data,
            names,
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
