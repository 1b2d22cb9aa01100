"""Tell that something long is going on, once it has gone on for two seconds."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[int, int], None]
"""Called with how much is done and how much there is in all."""

AFTER_SECONDS = 2.0


@contextmanager
def shown(title: str, hook: Progress | None = None, in_bytes: bool = False) -> Iterator[Progress]:
    """Yield a hook that draws a bar on stderr, if it is a terminal, or writes one line there; `hook` replaces it.

    Nothing is shown for what is done within two seconds.
    """
    if hook is not None:
        yield hook
        return
    bar = _Bar(title, in_bytes)
    try:
        yield bar
    finally:
        bar.close()


class _Bar:
    def __init__(self, title: str, in_bytes: bool) -> None:
        self._title, self._in_bytes = title, in_bytes
        self._start = time.monotonic()
        self._told = False
        self._bar = None
        self._task = None

    def __call__(self, done: int, total: int) -> None:
        if not self._told and time.monotonic() - self._start > AFTER_SECONDS and done < total:
            self._told = True
            if sys.stderr.isatty():
                self._open()
            else:
                print(f"{self._title} ...", file=sys.stderr, flush=True)
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, total=total)

    def _open(self) -> None:
        from rich import progress
        from rich.console import Console

        counts = progress.DownloadColumn() if self._in_bytes else progress.MofNCompleteColumn()
        title, left = progress.TextColumn("{task.description}"), progress.TimeRemainingColumn()
        console = Console(stderr=True)
        self._bar = progress.Progress(title, progress.BarColumn(), counts, left, console=console, transient=True)
        self._task = self._bar.add_task(self._title, total=None)
        self._bar.start()

    def close(self) -> None:
        if self._bar is not None:
            self._bar.stop()


class DownloadProgress:
    """What pooch calls while it downloads: `total` is set first, `update` adds bytes, `reset` starts over."""

    def __init__(self, hook: Progress) -> None:
        self.total = 0
        self._done = 0
        self._hook = hook

    def update(self, num_bytes: int) -> None:
        """Count bytes; pooch counts whole chunks, which may pass the total."""
        self._done += num_bytes
        self._hook(min(self._done, self.total), self.total)

    def reset(self) -> None:
        """Start over."""
        self._done = 0

    def close(self) -> None:
        """Pooch is done."""
