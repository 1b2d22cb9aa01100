"""Another program's log as a history that the detectors understand."""

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from ganwright.core.errors import UserError
from ganwright.core.events import Event
from ganwright.health import foreign
from ganwright.health.foreign import event_files
from ganwright.health.foreign.columns import assign, counts_epochs, factor
from ganwright.health.foreign.table import Cells, Table

NUM_MOMENTS = 200
"""Moments that a log is told in: of longer ones each moment is the mean of its stretch."""

LARGEST = 1e30
LATEST = 2**53
FEWEST_ROWS = 2

Values = dict[int, float]


@dataclass(frozen=True)
class ForeignLog:
    """A log, by our names.

    events: `log`, `signals` (what a log tells of them) and `nonfinite`, in order; `num_images` counts `unit`.
    unit: images, steps, epochs or rows. scale: what one of the step's column is in `unit`.
    columns: role -> the column it was read from. notes: what was assumed, one sentence each.
    """

    events: tuple[Event, ...]
    unit: str
    scale: int
    columns: Mapping[str, str]
    num_rows: int
    notes: tuple[str, ...] = ()


@dataclass
class _Times:
    """When each row was written; None: nobody knows."""

    at: list[int | None]
    unit: str
    scale: int
    notes: list[str] = field(default_factory=list)


def read_table(path: Path) -> Table:
    """Read a log of any known form: CSV, JSON, printed lines, TensorBoard's event files or a folder of these.

    Raises UserError where there is none.
    """
    if path.is_dir():
        files = event_files.find(path)
        if not files:
            raise UserError(
                f"{path} is neither a run folder (no run.toml) nor a folder of TensorBoard's event files; "
                "name the log's file itself"
            )
        return event_files.read(files, path)
    if not path.exists():
        raise UserError(f"there is no run or log {path}")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    if event_files.is_event_file(data[:12]):
        return event_files.read([path], path.parent)
    return foreign.read(data, str(path))


def read_log(path: Path, columns: Mapping[str, str], images_per_step: int | None = None) -> ForeignLog:
    """Read another program's log.

    columns: role of ROLES -> name of a column, where the names do not say it. images_per_step: what a step is in
    images; None: times are told as the log counts them. Raises UserError with the columns that are there.
    """
    return understand(read_table(path), columns, images_per_step, str(path))


def understand(table: Table, columns: Mapping[str, str], images_per_step: int | None, where: str) -> ForeignLog:
    """The same of a table that was read."""
    roles = assign(table, columns, where)
    times = _times(table, roles, images_per_step)
    series = {role: _along(times.at, table.columns[name]) for role, name in roles.items() if role not in _OF_TIME}
    notes = list(times.notes)
    ends: list[tuple[int, str]] = []
    for role, values in series.items():
        end = _repair(values, f"'{roles[role]}'", notes)
        if end is not None:
            ends.append((end, role))
    named = _by_our_names(series, roles, notes)
    moments = sorted(set().union(*(values.keys() for values in named.values())))
    if len(moments) < FEWEST_ROWS:
        raise UserError(f"{where}: {len(moments)} moment(s) with a loss are too few to judge; a course is needed")
    events = [*_logs(named, moments), *_ends(ends, roles)]
    events.sort(key=lambda e: (e["num_images"], e["type"] == "signals"))
    return ForeignLog(tuple(events), times.unit, times.scale, roles, table.num_rows, tuple(notes))


_OF_TIME = ("step", "epoch")


def _times(table: Table, roles: dict[str, str], images_per_step: int | None) -> _Times:
    """Read when each row was written; rows are counted where no column says it."""
    losses = [table.columns[roles[r]] for r in roles if "loss" in r]
    with_loss = [any(cells[row] is not None for cells in losses) for row in range(table.num_rows)]
    name = roles.get("step", "")
    times = _of_column(table, roles, with_loss) if name else None
    if times is None:
        roles.pop("step", None)
        note = "rows are counted, since no column tells steps that go up"
        times = _Times(list(range(1, table.num_rows + 1)), "rows", 1, [note])
    if images_per_step is not None and times.unit == "images":
        times.notes.append(f"'{name}' counts images itself, so images per step are not needed")
    elif images_per_step is not None:
        times.at = [None if at is None else at * images_per_step for at in times.at]
        times.unit, times.scale = "images", images_per_step
    return times


def _of_column(table: Table, roles: dict[str, str], with_loss: list[bool]) -> _Times | None:
    """The times that the step's column tells; None where it says too little."""
    name = roles["step"]
    told = table.columns[name]
    times = factor(name)
    unit = "images" if times else "epochs" if counts_epochs(name) else "steps"
    scale = times or 1
    at = [_whole(value, scale) for value in told]
    known = [t for t, has in zip(at, with_loss, strict=True) if has and t is not None]
    if len(known) < 0.5 * sum(with_loss) or (not times and any(v is not None and v % 1 for v in told)):
        return None
    falls = sum(b < a for a, b in pairwise(known))
    notes: list[str] = []
    if falls and unit == "steps" and "epoch" in roles:
        notes.append(_count_on(at, table.columns[roles["epoch"]], name))
    elif falls > max(3, 0.02 * len(known)):
        return None
    elif falls:
        notes.append(f"'{name}' goes back {_times_said(falls)}: what was written later counts")
        _supersede(at)
    there = [t for t, has in zip(at, with_loss, strict=True) if has and t is not None]
    repeated = len(there) - len(set(there))
    if repeated > 0.5 * len(known) and not _are_apart(table, roles):
        return None
    return _Times(at, unit, scale, notes)


def _are_apart(table: Table, roles: Mapping[str, str]) -> bool:
    """Whether each row tells one thing only, so that several make a step."""
    told = [table.columns[name] for role, name in roles.items() if "loss" in role]
    rows = range(table.num_rows)
    return len(told) > 1 and sum(sum(c[row] is not None for c in told) > 1 for row in rows) < 0.1 * table.num_rows


def _count_on(at: list[int | None], epochs: Cells, name: str) -> str:
    """Make steps that begin anew in every epoch go on."""
    known = sorted({t for t in at if t is not None})
    stride = min((b - a for a, b in pairwise(known)), default=1)
    period = known[-1] + stride
    for row, epoch in enumerate(epochs):
        whole = _whole(epoch, 1)
        step = at[row]
        at[row] = None if whole is None or step is None else whole * period + step
    return f"'{name}' begins anew in each epoch: an epoch is taken to be {period:,} steps"


def _supersede(at: list[int | None]) -> None:
    """Drop rows that a program wrote again after it went back."""
    least = math.inf
    for row in range(len(at) - 1, -1, -1):
        now = at[row]
        if now is None:
            continue
        if now > least:
            at[row] = None
        least = min(least, now)


def _whole(value: float | None, scale: int) -> int | None:
    """A time as a whole number; None for what is none, or beyond reason."""
    if value is None or not math.isfinite(value) or not 0 <= value * scale < LATEST:
        return None
    return round(value * scale)


def _along(at: Sequence[int | None], cells: Cells) -> Values:
    """Value by time, in order; of several at a time the last one counts."""
    told = {t: value for t, value in zip(at, cells, strict=True) if t is not None and value is not None}
    return dict(sorted(told.items()))


def _repair(values: Values, name: str, notes: list[str]) -> int | None:
    """Clip what is too large to reckon with; leave out non-finite values that finite ones follow, and say so.

    Returns since when all values are non-finite; None where the last ones are finite.
    """
    bad = [t for t, v in values.items() if not math.isfinite(v)]
    for t, v in values.items():
        if math.isfinite(v):
            values[t] = max(-LARGEST, min(LARGEST, v))
    if not bad:
        return None
    finite = [t for t, v in values.items() if math.isfinite(v)]
    last = finite[-1] if finite else -1
    gaps = [t for t in bad if t < last]
    for t in gaps:
        del values[t]
    if gaps:
        notes.append(f"{name} is not finite {_times_said(len(gaps))} and finite afterwards: these count as gaps")
    end = [t for t in bad if t > last]
    if gaps and end and len(end) <= 2 * _longest_streak(gaps, finite):
        for t in end:
            del values[t]
        return None
    return end[0] if end else None


def _longest_streak(gaps: list[int], finite: list[int]) -> int:
    """Most gaps between two finite values."""
    return max(Counter(bisect_left(finite, t) for t in gaps).values())


def _times_said(num: int) -> str:
    return "once" if num == 1 else f"{num:,} times"


def _by_our_names(series: Mapping[str, Values], roles: dict[str, str], notes: list[str]) -> dict[str, Values]:
    """Series by the names of our log: a sum of parts for the whole, logits or probabilities for outputs."""
    named: dict[str, Values] = {}
    if "d_loss" in series:
        named["discriminator/loss"] = series["d_loss"]
    elif parts := [series[role] for role in ("d_loss_real", "d_loss_fake") if role in series]:
        both = set(parts[0]).intersection(*parts[1:])
        named["discriminator/loss"] = {t: sum(part[t] for part in parts) for t in sorted(both)}
        said = " + ".join(f"'{roles[role]}'" for role in ("d_loss_real", "d_loss_fake") if role in series)
        notes.append(f"the discriminator's loss is taken to be {said}")
    if "g_loss" in series:
        named["generator/loss"] = series["g_loss"]
    outputs = {side: series[f"d_{side}"] for side in ("real", "fake") if f"d_{side}" in series}
    finite = [v for values in outputs.values() for v in values.values() if math.isfinite(v)]
    if finite:
        kind = "probability" if min(finite) >= 0 and max(finite) <= 1 else "score"
        for side, values in outputs.items():
            named[f"discriminator/{side}_{kind}"] = values
    for player, role in (("discriminator", "d_gradient"), ("generator", "g_gradient")):
        if role in series:
            named[f"gradient_norm/{player}"] = series[role]
    return {name: values for name, values in named.items() if values}


_SIGNALS = {
    "gradient_norm/generator": "gradient_generator",
    "gradient_norm/discriminator": "gradient_discriminator",
    "discriminator/real_score": "score_real",
    "discriminator/fake_score": "score_fake",
}


def _logs(named: Mapping[str, Values], moments: list[int]) -> list[Event]:
    """`log` events, and `signals` for what in them is one of our signals, at 200 moments at most."""
    num = min(NUM_MOMENTS, len(moments))
    ends = [moments[round((i + 1) * len(moments) / num) - 1] for i in range(num)]
    told: list[dict[str, float]] = [{} for _ in ends]
    for name, values in named.items():
        stretches: list[list[float]] = [[] for _ in ends]
        for t, value in values.items():
            stretches[bisect_left(ends, t)].append(value)
        for scalars, stretch in zip(told, stretches, strict=True):
            if stretch:
                scalars[name] = sum(v / len(stretch) for v in stretch)
    events: list[Event] = []
    for number, (end, scalars) in enumerate(zip(ends, told, strict=True), 1):
        common = {"iteration": number, "num_images": end}
        events.append({"type": "log", **common, "scalars": scalars})
        values = {_SIGNALS[name]: value for name, value in scalars.items() if name in _SIGNALS}
        events.append({"type": "signals", **common, "values": values})
    return events


def _ends(ends: list[tuple[int, str]], roles: Mapping[str, str]) -> list[Event]:
    return [
        {"type": "nonfinite", "iteration": 0, "num_images": t, "what": f"'{roles[role]}' of the log"}
        for t, role in ends
    ]
