"""A config tree as a flat list of options: what the command line lists and what two runs are compared by."""

import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic.fields import FieldInfo

from ganwright.core.config import NONE, Config, Tagged


@dataclass(frozen=True)
class Option:
    """One dotted option: its name, type, value, range and meaning."""

    name: str
    type: str
    value: Any
    range: str
    meaning: str


def options_of(config: Config, prefix: str = "", owner: FieldInfo | None = None) -> Iterator[Option]:
    """Yield every option of a tree in the order of its fields; transparent fields are left out of the names.

    owner: the field that holds `config`, which knows the alternatives to its kind.
    """
    for name, field in type(config).model_fields.items():
        value = getattr(config, name)
        here = prefix if name in config.transparent else f"{prefix}{name}."
        if isinstance(value, Config):
            yield from options_of(value, here, field)
        elif isinstance(value, dict) and all(isinstance(v, Config) for v in value.values()):
            for key, part in value.items():
                yield from options_of(part, f"{here}{key}.", field)
        elif isinstance(value, tuple) and value and all(isinstance(v, Config) for v in value):
            for index, part in enumerate(value):
                yield from options_of(part, f"{here}{index}.", field)
        else:
            source = owner if name == "kind" and owner is not None else field
            annotation = _with_metadata(source)
            yield Option(
                name=f"{prefix}{name}",
                type=_type_name(annotation if source is field else _item_of(annotation)),
                value=NONE if value is None else value,
                range=_range_of(source),
                meaning=" ".join((source.description or "").split()),
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


def _with_metadata(field: FieldInfo) -> Any:
    """A field's annotation with the table that pydantic has taken out of it put back."""
    tables = [m for m in field.metadata if isinstance(m, Tagged)]
    return typing.Annotated[field.annotation, tables[0]] if tables else field.annotation


def _item_of(annotation: Any) -> Any:
    """What a list or a dict by name holds; anything else itself."""
    arguments = get_args(annotation)
    return {tuple: arguments[:1], dict: arguments[1:]}.get(get_origin(annotation), (annotation,))[0]


def _type_name(annotation: Any) -> str:
    """A type as people read it: "int | none", "batch | layer", "list of float"; of a table, its kinds."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is typing.Annotated:
        tables = [m for m in arguments[1:] if isinstance(m, Tagged)]
        return " | ".join(tables[0].table) if tables else _type_name(arguments[0])
    if origin is typing.Literal:
        return " | ".join(map(str, arguments))
    if origin in (typing.Union, types.UnionType):
        return " | ".join(map(_type_name, arguments))
    if origin is tuple:
        if arguments[-1] is ...:
            return f"list of {_type_name(arguments[0])}"
        return f"[{', '.join(map(_type_name, arguments))}]"
    if origin is dict:
        return f"{_type_name(arguments[1])} by name"
    if annotation is None or annotation is type(None):
        return NONE
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)


def _range_of(field: FieldInfo) -> str:
    signs = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}
    bounds = [
        f"{s} {getattr(m, n)}" for m in field.metadata for n, s in signs.items() if getattr(m, n, None) is not None
    ]
    return ", ".join(bounds)
