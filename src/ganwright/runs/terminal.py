"""A run and its samples in the terminal: sparklines, a summary, and previews made of half-block characters."""

import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.style import Style
from rich.text import Text

from ganwright.core.wording import duration, figure_lines, number, protocol_lines
from ganwright.runs.report_facts import RunFacts, is_number

if TYPE_CHECKING:
    from PIL import Image
    from torch import Tensor

_BARS = "▁▂▃▄▅▆▇█"
_BARS_ASCII = "_.-=+*#@"
_SHADES = " .:-=+*#%@"
_STATE_STYLES = {"finished": "green", "interrupted": "yellow", "failed": "bold red", "open": "cyan", "empty": "red"}
VERDICT_STYLES = {"young": "cyan", "healthy": "green", "watch": "yellow", "failing": "bold red"}
_MAIN_SCALARS = ("/loss", "_probability", "_score", "gradient_norm/", "images_per_second")


def sparkline(values: Sequence[float | None], width: int = 40, ascii_only: bool = False) -> str:
    """Return values as a line of bars of at most `width` characters, the lowest value as the lowest bar.

    Where there are more values than characters each bar is the mean of its stretch. None is a gap; a stretch that
    holds a non-finite value is shown as "x", never smoothed over.
    """
    bars = _BARS_ASCII if ascii_only else _BARS
    num = min(width, len(values))
    edges = [round(i * len(values) / num) for i in range(num + 1)] if num else []
    stretches = [[v for v in values[a:b] if v is not None] for a, b in pairwise(edges)]
    means = [sum(s) / len(s) if s and all(map(math.isfinite, s)) else None for s in stretches]
    known = [m for m in means if m is not None]
    low, span = (min(known), max(known) - min(known)) if known else (0.0, 0.0)
    line = ""
    for stretch, mean in zip(stretches, means, strict=True):
        if mean is None:
            line += "x" if stretch else " "
        else:
            line += bars[min(7, int(8 * (mean - low) / span)) if span else 3]
    return line


def summary(run_folder: Path, width: int = 30, ascii_only: bool = False) -> Text:
    """Return a run at a glance: state, length, speed, the main scalars over time, the last figures and where files are.

    width: characters of a sparkline. Raises UserError where there is no such folder; a broken part is named.
    """
    facts = RunFacts(run_folder)
    text = Text()
    text.append(facts.recipe, "bold").append(" on ").append(facts.data, "bold")
    text.append("\n").append(facts.state.sentence, _STATE_STYLES[facts.state.kind]).append("\n\n")
    for name, value in _overview(facts):
        text.append(f"{name:<12}", "dim").append(f"{value}\n")
    _add_health(text, facts)
    _add_scalars(text, facts, width, ascii_only)
    _add_figures(text, facts)
    for problem in facts.problems:
        text.append(f"\nnote: {problem}", "yellow")
    text.rstrip()
    return text


def preview(
    items: "Tensor",
    console: Console | None = None,
    columns: int | None = None,
    width: int | None = None,
    max_lines: int = 24,
) -> Text:
    """Return samples as a small picture of characters.

    items: uint8 images (N, C, H, W), the first of which are shown, or float points (N, D), shown as a plot.
    console: where it will be printed; its colours, encoding and size decide how. None: the standard output.
    columns: images in a row; None: as many as fit. width: characters; None: the console's, at most 80.
    max_lines: at most this many lines.
    Half-blocks show two pixels a character, in the console's colours; without colours or Unicode, shades of ASCII.
    """
    from ganwright.core.pictures import panel

    console = console or Console()
    across = width or min(console.width, 80)
    down = 2 * max(4, min(max_lines, console.height - 6 if console.is_terminal else max_lines))
    if items.ndim == 4:
        picture = _sheet(items, columns, across, down)
    else:
        side = min(across, down)
        picture = panel(items).resize((side, side))
    plain = console.color_system is None or console.no_color or not console.encoding.lower().startswith("utf")
    return _shades(picture) if plain else _half_blocks(picture)


def _overview(facts: RunFacts) -> list[tuple[str, str]]:
    goal = f" of {facts.goal_images:,}" if facts.goal_images and facts.goal_images > facts.num_images else ""
    rows = [*facts.chosen.items(), ("images", f"{facts.num_images:,}{goal}")]
    if facts.seconds is not None:
        rows.append(("time", duration(facts.seconds)))
    if facts.images_per_second is not None:
        rows.append(("speed", f"{facts.images_per_second:,.0f} images/s"))
    sizes = [f"{name} {count:,}" for name, count in facts.part("parameters").items() if is_number(count)]
    if sizes:
        rows.append(("parameters", ", ".join(sizes)))
    if "seed" in facts.options:
        rows.append(("seed", str(facts.options["seed"])))
    rows.append(("folder", str(facts.folder)))
    if facts.panels and (newest := facts.panels[-1].fixed or facts.panels[-1].fresh):
        rows.append(("samples", str(newest)))
    report = facts.folder / "report.html"
    if report.exists():
        rows.append(("report", str(report)))
    return rows


def _add_scalars(text: Text, facts: RunFacts, width: int, ascii_only: bool) -> None:
    main = {n: v for n, v in facts.scalars.items() if any(part in n for part in _MAIN_SCALARS)}
    label_width = max(map(len, main), default=0)
    for index, (name, values) in enumerate(main.items()):
        known = [v for v in values if v is not None]
        text.append("\n" if index == 0 else "").append(f"{name:<{label_width}}  ", "dim")
        text.append(f"{sparkline(values, width, ascii_only):<{width}}", "cyan").append(f"  {number(known[-1]):>9}\n")


def _add_health(text: Text, facts: RunFacts) -> None:
    for index, line in enumerate(facts.course.lines()):
        text.append(f"{'' if index else 'health':<12}", "dim")
        text.append(f"{line}\n", VERDICT_STYLES.get(facts.course.verdict, "") if index == 0 else "")


def _add_figures(text: Text, facts: RunFacts) -> None:
    if not facts.figures:
        return
    header, *rows = figure_lines(facts.figures, f"at {facts.last_evaluation['num_images']:,} images")
    text.append(f"\n{header}\n", "dim").append("\n".join(rows) + "\n")
    text.append("\n".join(protocol_lines(facts.figures)) + "\n", "dim")


def _sheet(images: "Tensor", columns: int | None, across: int, down: int) -> "Image.Image":
    """As many of the images as fit into `across` x `down` pixels, reduced where they must be, as an RGB picture."""
    from PIL import Image

    height, width = images.shape[2:]
    most = columns or max(1, min(len(images), (across + 1) // (min(width, 20) + 1)))
    cell = max(1, min(width, (across + 1) // most - 1))
    cell_height = max(1, min(round(height * cell / width), down))
    rows = max(1, min(math.ceil(len(images) / most), (down + 1) // (cell_height + 1)))
    shown = images[: rows * most].cpu()
    sheet = Image.new("RGB", (min(most, len(shown)) * (cell + 1) - 1, rows * (cell_height + 1) - 1))
    for index, image in enumerate(shown):
        mode = {1: "L", 3: "RGB", 4: "RGBA"}[image.shape[0]]
        one = Image.frombytes(mode, (width, height), image.permute(1, 2, 0).contiguous().numpy().tobytes())
        small = one.resize((cell, cell_height), Image.Resampling.BOX)
        place = (index % most * (cell + 1), index // most * (cell_height + 1))
        sheet.paste(small, place, small if mode == "RGBA" else None)
    return sheet


def _half_blocks(picture: "Image.Image") -> Text:
    data, width = picture.convert("RGB").tobytes(), picture.width
    rows = [data[i : i + 3 * width] for i in range(0, len(data), 3 * width)]
    rows += [bytes(3 * width)] * (len(rows) % 2)
    text = Text()
    for upper, lower in zip(rows[::2], rows[1::2], strict=True):
        for x in range(0, 3 * width, 3):
            text.append("▀", _style(upper[x : x + 3], lower[x : x + 3]))
        text.append("\n")
    text.rstrip()
    return text


def _style(upper: bytes, lower: bytes) -> Style:
    return Style.parse(f"#{upper.hex()} on #{lower.hex()}")  # rich keeps what it has parsed


def _shades(picture: "Image.Image") -> Text:
    small = picture.convert("L").resize((picture.width, max(1, picture.height // 2)))
    data = small.tobytes()
    lines = [data[i : i + small.width] for i in range(0, len(data), small.width)]
    return Text("\n".join("".join(_SHADES[tone * len(_SHADES) // 256] for tone in line).rstrip() for line in lines))
