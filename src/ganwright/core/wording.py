"""How figures are worded, alike in the terminal, in the report and in the log."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

_FEATURES = ("features", "features_hash", "resize")
_ACRONYMS = ("fid", "kid", "kl", "c2st")


def title_of(name: str) -> str:
    """Return a figure's name as people read it."""
    return " ".join(word.upper() if word in _ACRONYMS else word for word in name.split("_"))


def number(value: float | None) -> str:
    """Return a figure with four significant digits; "-" where there is none."""
    if value is None:
        return "-"
    if not math.isfinite(value):
        return str(value)
    return str(int(value)) if value == int(value) and abs(value) < 1e6 else f"{value:.4g}"


def protocol_text(protocol: dict[str, Any]) -> str:
    """Return a protocol as "name value, name value"."""
    return ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in protocol.items())


def shared_protocol(protocols: list[dict[str, Any]]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Split protocols into the entries that all share and what each has beside them."""
    if not protocols:
        return {}, []
    shared = {k: v for k, v in protocols[0].items() if all(p.get(k) == v for p in protocols)}
    return shared, [{k: v for k, v in p.items() if k not in shared} for p in protocols]


def figure_lines(figures: Sequence[Mapping[str, Any]], corner: str = "") -> list[str]:
    """Return figures (name, value, error, real, floor, unit, remark) as the lines of a table.

    corner: begins its header. Columns that no figure fills are left out.
    """
    table: list[tuple[str, ...]] = [(corner, "samples", "error", "real", "floor", "")]
    for figure in figures:
        value, real, floor = (number(figure[key]) for key in ("value", "real", "floor"))
        error = error_text(figure.get("error"))
        beside = ", ".join(text for text in (figure["unit"], figure.get("remark", "")) if text)
        table.append((title_of(figure["name"]), value, error, real, floor, beside))
    used = [i for i in range(1, 5) if i == 1 or any(row[i] not in ("", "-") for row in table[1:])]
    widths = [max(len(row[i]) for row in table) for i in range(5)]
    return [
        "  ".join([row[0].ljust(widths[0]), *(row[i].rjust(widths[i]) for i in used), row[5]]).rstrip() for row in table
    ]


def error_text(error: float | None) -> str:
    """Return a standard error with two significant digits, as "±0.012"; empty where there is none."""
    return "" if error is None else f"±{error:.2g}"


def protocol_lines(figures: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the protocol that figures share as one line, then their features, then what some have beside it."""
    shared, own = shared_protocol([f["protocol"] for f in figures])
    lines = [f"protocol: {protocol_text(shared)}"] if shared else []
    features = [{k: v for k, v in o.items() if k in _FEATURES} for o in own]
    rest = [{k: v for k, v in o.items() if k not in _FEATURES} for o in own]
    for parts in (features, rest):
        for extra in {protocol_text(part): None for part in parts if part}:
            names = [title_of(f["name"]) for f, p in zip(figures, parts, strict=True) if protocol_text(p) == extra]
            lines.append(f"  {', '.join(names)}: {extra}")
    return lines


def duration(seconds: float) -> str:
    """Return seconds as people say them: "8.2 s", "42 s", "3 min 05 s", "2 h 03 min"."""
    if not math.isfinite(seconds):
        return "?"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"
