"""A config tree as a flat list of options: what the command line lists and what two runs are compared by."""

import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from ganwright.core.config import NONE, Config, Tagged

FormKind = Literal["integer", "number", "text", "flag", "choice", "list", "part"]


@dataclass(frozen=True)
class Form:
    """How an option is asked for.

    kind: part is a number or text that may also be a part of a kind of its own, such as a schedule.
    choices: of a choice, and the kinds of a part or of a list's parts. optional: True where it may be none.
    minimum, maximum: of numbers; None: without limit. open_minimum, open_maximum: True where it is not reached itself.
    """

    kind: FormKind
    choices: tuple[str, ...] = ()
    optional: bool = False
    minimum: float | None = None
    maximum: float | None = None
    open_minimum: bool = False
    open_maximum: bool = False


@dataclass(frozen=True)
class Option:
    """One dotted option: its name, type, value, range, meaning, and how it is asked for."""

    name: str
    type: str
    value: Any
    range: str
    meaning: str
    form: Form


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
            annotation = annotation if source is field else _item_of(annotation)
            yield Option(
                name=f"{prefix}{name}",
                type=_type_name(annotation),
                value=NONE if value is None else value,
                range=_range_of(source),
                meaning=" ".join((source.description or "").split()),
                form=_form_of(annotation, source, name == "kind"),
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


def _form_of(annotation: Any, field: FieldInfo, is_kind: bool) -> Form:
    told = tuple(_type_name(annotation).split(" | "))
    words = [word for word in told if word != NONE]
    basic = [word for word in _BASIC if word in words]
    optional = NONE in told
    if words[0].startswith(("list of ", "[")):
        kinds = (words[0].removeprefix("list of "), *words[1:])
        return Form("list", () if kinds[0] in _BASIC or kinds[0].startswith("[") else kinds, optional)
    if is_kind or not basic:
        return Form("choice", told, optional)
    found = {name: getattr(m, name) for m in field.metadata for name in _BOUNDS if getattr(m, name, None) is not None}
    others = tuple(word for word in words if word not in _BASIC)
    return Form(
        "part" if others else _BASIC[basic[0]],
        others,
        optional,
        found.get("ge", found.get("gt")),
        found.get("le", found.get("lt")),
        "gt" in found,
        "lt" in found,
    )


_BASIC: dict[str, FormKind] = {"str": "text", "float": "number", "int": "integer", "bool": "flag"}
"""The widest first: what may be a text is asked for as one."""

_BOUNDS = ("ge", "gt", "le", "lt")


def _range_of(field: FieldInfo) -> str:
    signs = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}
    bounds = [
        f"{s} {getattr(m, n)}" for m in field.metadata for n, s in signs.items() if getattr(m, n, None) is not None
    ]
    return ", ".join(bounds)
