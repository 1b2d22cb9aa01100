"""How figures are worded, alike in the terminal, in the report and in the log."""

import math
from typing import Any


def title_of(name: str) -> str:
    """Return a figure's name as people read it."""
    return "FID" if name == "fid" else name.replace("_", " ")


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
