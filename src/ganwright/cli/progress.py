"""Live progress of a run: a bar, the newest scalars and a preview on a terminal; elsewhere a line now and then."""

import io
import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.segment import ControlType, Segment
from rich.table import Table
from rich.text import Text
from torch import Tensor

from ganwright.core.events import Event
from ganwright.core.wording import duration
from ganwright.runs.course import told_live
from ganwright.training.callbacks import Callback

Clock = Callable[[], float]

_SHORT_NAMES = {
    "discriminator/loss": "D loss",
    "generator/loss": "G loss",
    "discriminator/real_probability": "D(real)",
    "discriminator/fake_probability": "D(fake)",
}
_HEALTH_STYLES = {"failing": "bold red", "watch": "yellow", "gone": "green", "recovery": "cyan", "fork": "cyan"}
_SCORES = {"discriminator/real_score": "D(real)", "discriminator/fake_score": "D(fake)"}


def progress(
    console: Console,
    total_images: int,
    num_images: int = 0,
    clock: Clock = time.monotonic,
    most_recoveries: int | None = None,
) -> "Progress":
    """Return the display that suits the console; a quiet console gets one that shows nothing.

    total_images: length of the run.
    num_images: images already seen, where it goes on.
    most_recoveries: how often it goes back at most, where that is known.
    """
    if console.quiet:
        return Progress(total_images, num_images, clock)
    kind = LiveProgress if console.is_terminal and not console.is_dumb_terminal else PlainProgress
    display = kind(console, total_images, num_images, clock)
    display.most_recoveries = most_recoveries
    return display


class Progress(Callback):
    """Keeps what displays show: images, speed over the last seconds, scalars. Shows nothing itself.

    The callbacks take a clock reading in most iterations and nothing more.
    """

    horizon_seconds = 15.0
    interval_seconds = 0.1

    def __init__(self, total_images: int, num_images: int = 0, clock: Clock = time.monotonic) -> None:
        self.total_images, self.num_images, self.clock = total_images, num_images, clock
        self.scalars: Mapping[str, float] = {}
        self.most_recoveries: int | None = None
        self._went_back_at = -1
        self._readings: deque[tuple[float, int]] = deque()
        self._due = -math.inf

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the display in its last state."""

    def on_iteration(self, num_images: int) -> None:
        """Show the state where it is time to."""
        now = self.clock()
        if now < self._due:
            return
        self.num_images = num_images
        self._readings.append((now, num_images))
        if len(self._readings) == 1:  # the speed counts from the first iteration on: what came before was no training
            self._due = now + self.interval_seconds
            return
        while len(self._readings) > 2 and now - self._readings[0][0] > self.horizon_seconds:
            self._readings.popleft()
        self.show()
        self._due = self.next_due(now)

    def on_event(self, event: Event) -> None:
        """Take the scalars of a log entry, what is found of the run's health, and the end."""
        if event["type"] == "log":
            self.scalars = event["scalars"]
        elif event["type"] == "finished":
            self.num_images = event["num_images"]
            self.show()
        elif line := told_live(event, self.most_recoveries):
            self._tell(event, line)

    def _tell(self, event: Event, line: str) -> None:
        """Say it for good, unless it is gone because the run went back: that was said."""
        found = event["type"] == "diagnosis"
        kind = event["type"] if not found else "gone" if event["state"] == "gone" else event["severity"]
        if kind == "recovery":
            self._went_back_at = event["num_images"]
        elif kind == "fork":  # what is shown from here on is that run
            self.total_images, self.num_images = event["images"], 0
            self._readings.clear()
        if kind != "gone" or event["num_images"] != self._went_back_at:
            self.say(Text(line, _HEALTH_STYLES[kind]))

    def say(self, line: Text) -> None:
        """Print a line that stays."""

    def show(self) -> None:
        """Draw the state."""

    def next_due(self, now: float) -> float:
        """When to show the state again, after having shown it at `now`."""
        return now + self.interval_seconds

    @property
    def images_per_second(self) -> float:
        """Speed over the last seconds; 0 before there is one."""
        if not self._readings:
            return 0.0
        (start, before), (end, after) = self._readings[0], self._readings[-1]
        return (after - before) / (end - start) if end > start else 0.0

    def numbers(self) -> str:
        """Where the run is, how fast and how long still."""
        share = self.num_images / self.total_images
        parts = [f"{self.num_images:,} of {self.total_images:,} images ({share:.0%})"]
        left = self.total_images - self.num_images
        if left > 0 and (speed := self.images_per_second):
            parts += [f"{speed:,.0f} images/s", f"{duration(left / speed)} left"]
        return ", ".join(parts)

    def losses(self) -> str:
        """The newest scalars that people look at."""
        names = _SHORT_NAMES if "discriminator/real_probability" in self.scalars else _SHORT_NAMES | _SCORES
        shown = {short: self.scalars[name] for name, short in names.items() if name in self.scalars}
        if not shown:
            shown = {n.removesuffix("/loss") + " loss": v for n, v in self.scalars.items() if n.endswith("/loss")}
        return ", ".join(f"{name} {value:.3g}" for name, value in shown.items())


class PlainProgress(Progress):
    """One line every so often: after 2 seconds, then every 5, more seldom in long runs."""

    interval_seconds = 2.0
    least_seconds = 5.0
    share_of_elapsed = 0.1

    def __init__(self, console: Console, total_images: int, num_images: int = 0, clock: Clock = time.monotonic) -> None:
        super().__init__(total_images, num_images, clock)
        self.console, self._started = console, clock()

    def show(self) -> None:
        """Print the state as a line."""
        self.console.print(", ".join(part for part in (self.numbers(), self.losses()) if part))

    def say(self, line: Text) -> None:
        """Print it among the others."""
        self.console.print(line)

    def next_due(self, now: float) -> float:
        """At least 5 seconds later, or a tenth of the time that has passed."""
        return now + max(self.least_seconds, self.share_of_elapsed * (now - self._started))


class LiveProgress(Progress):
    """Redraws itself at most 10 times a second, and more seldom where drawing would take over 1% of the time."""

    most_share = 0.01

    def __init__(self, console: Console, total_images: int, num_images: int = 0, clock: Clock = time.monotonic) -> None:
        super().__init__(total_images, num_images, clock)
        self.console = console
        self._preview: Drawn | None = None
        self._live = Live(console=console, auto_refresh=False, transient=False, vertical_overflow="crop")
        self._cost = 0.0

    def __enter__(self) -> Self:
        self._live.start()
        self.show()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the last state on the screen and give the cursor back."""
        self._live.stop()

    def on_panel(self, items: Tensor) -> None:
        """Keep a small picture of the panel."""
        from ganwright.runs.terminal import preview

        self._preview = Drawn(preview(items, self.console), self.console)

    def say(self, line: Text) -> None:
        """Print it above what is redrawn."""
        self.console.print(line)

    def show(self) -> None:
        """Redraw."""
        before = self.clock()
        self._live.update(self._render(), refresh=True)
        self._cost = self.clock() - before

    def next_due(self, now: float) -> float:
        """0.1 seconds later, or 100 times what drawing cost."""
        return now + max(self.interval_seconds, self._cost / self.most_share)

    def _render(self) -> RenderableType:
        line = Table.grid(padding=(0, 1))
        numbers = Text(self.numbers(), no_wrap=True, overflow="ellipsis")
        width = max(8, min(24, self.console.width - len(numbers) - 2))
        line.add_row(ProgressBar(self.total_images, self.num_images, width=width), numbers)
        return Group(*filter(None, [self._preview]), line, Text(self.losses(), style="dim"))


class Drawn:
    """Something drawn once, shown again and again: styling the characters of a preview anew takes 10 ms each time."""

    def __init__(self, what: RenderableType, console: Console) -> None:
        paper = io.StringIO()
        colours: Any = console.color_system
        Console(file=paper, force_terminal=True, color_system=colours, width=console.width).print(what)
        self._lines = paper.getvalue().splitlines()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the lines with their escape sequences, which rich passes on as they are."""
        for line in self._lines:
            yield Segment(line, None, [(ControlType.BELL,)])  # any control code: rich then leaves the text alone
            yield Segment.line()
