"""A config tree as a flat list of options: what the command line lists and what two runs are compared by."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic.fields import FieldInfo

from ganwright.core.config import NONE, Config


@dataclass(frozen=True)
class Option:
    """One dotted option: its name, type, value, range and meaning."""

    name: str
    type: str
    value: Any
    range: str
    meaning: str


def options_of(config: Config, prefix: str = "") -> Iterator[Option]:
    """Yield every option of a tree in the order of its fields; transparent fields are left out of the names."""
    for name, field in type(config).model_fields.items():
        value = getattr(config, name)
        here = prefix if name in config.transparent else f"{prefix}{name}."
        if isinstance(value, Config):
            yield from options_of(value, here)
        elif isinstance(value, dict) and all(isinstance(v, Config) for v in value.values()):
            for key, part in value.items():
                yield from options_of(part, f"{here}{key}.")
        elif isinstance(value, tuple) and value and all(isinstance(v, Config) for v in value):
            for index, part in enumerate(value):
                yield from options_of(part, f"{here}{index}.")
        else:
            yield Option(
                name=f"{prefix}{name}",
                type=_type_name(field),
                value=NONE if value is None else value,
                range=_range_of(field),
                meaning=" ".join((field.description or "").split()),
            )


def differences(old: Config, new: Config) -> list[str]:
    """Return "name: old -> new" for every option in which two configs differ."""
    before = {o.name: o.value for o in options_of(old)}
    after = {o.name: o.value for o in options_of(new)}
    names = [*before, *(n for n in after if n not in before)]
    return [
        f"{n}: {before.get(n, 'absent')} -> {after.get(n, 'absent')}"
        for n in names
        if before.get(n, "absent") != after.get(n, "absent")
    ]


def _type_name(field: FieldInfo) -> str:
    annotation = field.annotation
    text = annotation.__name__ if isinstance(annotation, type) and not getattr(annotation, "__args__", ()) else str(annotation)
    return text.replace("typing.", "").replace("NoneType", "none").replace("None", "none")


def _range_of(field: FieldInfo) -> str:
    signs = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}
    bounds = [f"{s} {getattr(m, n)}" for m in field.metadata for n, s in signs.items() if getattr(m, n, None) is not None]
    return ", ".join(bounds)
