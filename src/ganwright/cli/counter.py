"""A count of work done, for verbs that are no training: a bar on a terminal, a line every so often elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Report = Callable[[int, int], None]
"""Takes how many are done and how many there are in all."""

LINE_SECONDS = 5.0


@contextmanager
def counter(console: Console, what: str) -> Iterator[Report]:
    """Show progress while the block runs.

    what: what is being done, e.g. "reading images".
    """
    if console.is_terminal and not console.quiet:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task(what, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)
    else:
        yield _lines(console, what)


def _lines(console: Console, what: str) -> Report:
    due = time.monotonic() + LINE_SECONDS

    def report(done: int, total: int) -> None:
        nonlocal due
        if time.monotonic() >= due:
            console.print(f"{what}: {done:,} of {total:,}")
            due = time.monotonic() + LINE_SECONDS

    return report
