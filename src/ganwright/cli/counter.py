"""A count of work done, for verbs that are no training: a bar on a terminal, a line every so often elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class Report(Protocol):
    """Takes how many are done, how many there are in all and, where work has stages, what is being done."""

    def __call__(self, done: int, total: int, what: str = "", /) -> None: ...


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

            def report(done: int, total: int, stage: str = "", /) -> None:
                said = f"{what}: {stage}" if stage else what
                bar.update(task, completed=done, total=total, description=said)

            yield report
    else:
        yield _lines(console, what)


def _lines(console: Console, what: str) -> Report:
    due = time.monotonic() + LINE_SECONDS

    def report(done: int, total: int, stage: str = "", /) -> None:
        nonlocal due
        if time.monotonic() >= due:
            console.print(f"{what}: {stage + ', ' if stage else ''}{done:,} of {total:,}")
            due = time.monotonic() + LINE_SECONDS

    return report
