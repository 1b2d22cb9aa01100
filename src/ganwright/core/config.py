"""The one configuration system: small frozen models with a `kind`, joined to a tree, addressed by dotted names."""

import difflib
import types
import typing
from collections.abc import Mapping
from typing import Any, ClassVar, Self, get_args, get_origin

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationError, model_validator
from pydantic_core import CoreSchema, core_schema

from ganwright.core.errors import UserError, nearest

NONE = "none"  # how files and command lines, which have no null, write None


class Config(BaseModel):
    """Base of every config: frozen, no unknown fields, described by the docstring under each field.

    A config that is one of a table's alternatives has a field `kind: Literal["name"] = "name"` and a method `build`.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_default=True, use_attribute_docstrings=True, allow_inf_nan=False
    )

    transparent: ClassVar[tuple[str, ...]] = ()
    """Fields whose own fields need no prefix: `generator.width` stands for `algorithm.generator.width`."""

    @property
    def tag(self) -> str:
        """The config's `kind`, or its class's name where it has none."""
        return str(getattr(self, "kind", type(self).__name__))

    @model_validator(mode="before")
    @classmethod
    def _read_none(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        fields = cls.model_fields
        return {
            k: None if v == NONE and k in fields and _admits_none(fields[k].annotation) else v for k, v in data.items()
        }

    @classmethod
    def parse(cls, data: Mapping[str, Any], where: str = "config") -> Self:
        """Validate plain data. Raises UserError: the dotted name, what is wrong, the nearest valid name."""
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            raise UserError(f"{where}: {explain(error, cls)}") from error

    def plain(self) -> dict[str, Any]:
        """Return the tree as plain data for TOML or JSON: every field, with None written as "none"."""
        return _plain(self.model_dump(mode="json"))

    def override(self, changes: Mapping[str, Any], where: str = "option") -> Self:
        """Return a copy with dotted names set, e.g. {"generator.width": 32, "loss.kind": "hinge"}.

        Changing a `kind` (or naming the part itself: {"loss": "hinge"}) drops the siblings of the old kind.
        Raises UserError for names that do not exist and values that do not fit.
        """
        data = self.plain()
        for name in sorted(changes, key=lambda n: (not _sets_kind(n, changes[n]), n.count("."))):
            value = changes[name]
            path = resolve(self, name.split("."), data)
            if path[-1] == "kind":
                path, value = path[:-1], {"kind": value}
            parent: Any = data
            for part in path[:-1]:
                parent = _below(parent, part, name, where)
            last: Any = _key(parent, path[-1], name, where)
            old = parent[last] if isinstance(parent, list) or last in parent else None
            if isinstance(old, dict) and "kind" not in old and not isinstance(value, dict):
                raise UserError(f"{where}: {_group_told(name, old, value, _model_at(path, type(self)))}")
            if isinstance(old, list) and isinstance(value, str):
                value = [word.strip() for word in value.split(",")]
            if isinstance(old, dict) and isinstance(value, str):
                value = {"kind": value}
            if (
                isinstance(old, dict)
                and isinstance(value, dict)
                and value.get("kind", old.get("kind")) == old.get("kind")
            ):
                value = {**old, **value}
            parent[last] = value
        return type(self).parse(data, where)


def _below(parent: Any, part: str, name: str, where: str) -> Any:
    """What plain data holds under a part of an option's name; an empty mapping is put where there is nothing."""
    key = _key(parent, part, name, where)
    if isinstance(parent, dict):
        return parent.setdefault(key, {})
    if isinstance(parent[key], str):
        parent[key] = {"kind": parent[key]}
    return parent[key]


def _key(parent: Any, part: str, name: str, where: str) -> str | int:
    """The key, or the place in a list, of a part of an option's name. Raises UserError where it leads nowhere."""
    if isinstance(parent, dict):
        return part
    if isinstance(parent, list) and _is_place(part, len(parent)):
        return int(part)
    raise UserError(f"{where}: unknown option '{name[:200]}'; there is no '{part[:50]}' in what holds it")


def _is_place(part: str, num: int) -> bool:
    """True for the number of one of `num` items."""
    return part.isascii() and part.isdigit() and len(part) < 10 and int(part) < num


def _sets_kind(name: str, value: Any) -> bool:
    return name.endswith(".kind") or not isinstance(value, (int, float))


class Tagged:
    """Annotates a field as one of a table's configs: `loss: Annotated[LossConfig, Tagged(LOSSES)]`.

    The field takes a config, a mapping with `kind`, or just the kind's name.
    """

    def __init__(self, table: Mapping[str, type[Config]]) -> None:
        self.table = table

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        choices = {kind: handler.generate_schema(cls) for kind, cls in self.table.items()}
        union = core_schema.tagged_union_schema(choices, discriminator="kind")
        return core_schema.no_info_before_validator_function(_kind_alone, union)


def _kind_alone(value: Any) -> Any:
    return {"kind": value} if isinstance(value, str) else value


def parse_value(text: str) -> Any:
    """Read a command-line value: a TOML value where it is one, a bare word otherwise."""
    import tomllib

    for candidate in (text, f"[{text}]" if "," in text and not text.startswith("[") else text):
        try:
            return tomllib.loads(f"value = {candidate}")["value"]
        except tomllib.TOMLDecodeError:
            continue
    return text


def resolve(config: Config, path: list[str], data: Mapping[str, Any]) -> list[str]:
    """Return the full path of a dotted name in `config`, with transparent fields put in. Raises UserError if unknown.

    A field that only another `kind` has passes here where `data` already holds that kind; validation decides then.
    """
    name = ".".join(path)
    full: list[str] = []
    node: Any = config
    plain: Any = data
    for depth, part in enumerate(path):
        if isinstance(node, Config):
            known = type(node).model_fields
            for through in node.transparent:
                inner = getattr(node, through)
                if part not in known and part in type(inner).model_fields:
                    full.append(through)
                    node, plain, known = inner, plain[through], type(inner).model_fields
            if isinstance(plain, Mapping) and plain.get("kind") != getattr(node, "kind", None):
                return full + path[depth:]
            if part not in known:
                names = _names_below(node)
                raise UserError(f"unknown option '{name}'; {nearest(part, names)}")
            node = getattr(node, part)
        elif isinstance(node, Mapping):
            node = node.get(part)
        elif isinstance(node, tuple):
            items = plain if isinstance(plain, list) else node
            if not _is_place(part, len(items)):
                has = f"has items 0 to {len(items) - 1}" if items else "is an empty list"
                raise UserError(f"unknown option '{name}'; '{path[depth - 1]}' {has}")
            if int(part) >= len(node) or isinstance(items[int(part)], str):  # an item just given
                return full + path[depth:]
            node = node[int(part)]
        else:
            raise UserError(f"unknown option '{name}'; '{'.'.join(path[:depth])}' is a plain value")
        full.append(part)
        if isinstance(plain, Mapping):
            plain = plain.get(part)
        elif isinstance(plain, list):
            plain = plain[int(part)]
    return full


def _group_told(name: str, group: Mapping[str, Any], value: Any, model: type[Config] | None) -> str:
    """What is wrong with one value for a part without kinds, and which of its options was meant."""
    for own, field in model.model_fields.items() if model else ():
        choices = [str(a) for a in get_args(field.annotation)] if get_origin(field.annotation) is typing.Literal else []
        for close in difflib.get_close_matches(str(value).lower(), choices, n=1, cutoff=0.5):
            return f"'{name}' holds several options, not one value; use --{name}.{own} {close}"
    known = " or ".join(f"--{name}.{own}" for own in group)
    return f"'{name}' holds several options, and {_short(value)} is for none of them; use {known}"


def _names_below(node: Config) -> list[str]:
    names = [n for n in type(node).model_fields if n not in node.transparent]
    for through in node.transparent:
        names += type(getattr(node, through)).model_fields
    return names


def explain(error: ValidationError, model: type[Config]) -> str:
    """Return a validation error as one line: dotted name, what is wrong, how to mend it.

    Of several problems the deepest is told: where a value may be a number or a part, it is the one inside the part.
    """
    first = max(error.errors(), key=lambda problem: len(problem["loc"]))
    place = [str(p) for p in first["loc"]]
    name = ".".join(_without_tags(place, model)) or "the whole"
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    value, context = first.get("input"), first.get("ctx", {})
    match first["type"]:
        case "extra_forbidden":
            owner = _model_at(place[:-1], model)
            known = [n for n in owner.model_fields if n != "kind"] if owner else []
            text = f"unknown option '{name}'; {nearest(place[-1], known)}"
        case "union_tag_invalid":
            expected = context["expected_tags"].replace("'", "").split(", ")
            tag = context["tag"]
            text = f"'{name}' has no kind '{tag}'; {nearest(str(tag), expected)}"
        case "union_tag_not_found":
            text = f"'{name}' needs a kind"
        case "missing":
            text = f"'{name}' is missing"
        case "value_error":
            text = f"'{name}': {first['msg'].removeprefix('Value error, ')}"
        case _:
            message = first["msg"][0].lower() + first["msg"][1:]
            text = f"'{name}' is {_short(value)}: {message}"
    return text + more


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _without_tags(place: list[str], model: type[Config]) -> list[str]:
    """Drop what pydantic puts into a location beside names, keys and indices: tags, types, transparent fields."""
    kept: list[str] = []
    node: Any = model
    is_key = False
    for part in place:
        if is_key:
            kept.append(part)
            is_key = False
        elif isinstance(node, type) and issubclass(node, Config) and part in node.model_fields:
            if part not in node.transparent:
                kept.append(part)
            field = node.model_fields[part]
            is_key = get_origin(field.annotation) in (dict, tuple, list)
            node = _config_of(field)
        elif isinstance(node, Tagged) and part in node.table:
            node = node.table[part]
        elif isinstance(node, type) and issubclass(node, Config):
            kept.append(part)
            node = None
    return kept


def _model_at(place: list[str], model: type[Config]) -> type[Config] | None:
    node: Any = model
    for part in place:
        if isinstance(node, Tagged):
            node = node.table.get(part)
        elif isinstance(node, type) and issubclass(node, Config) and part in node.model_fields:
            node = _config_of(node.model_fields[part])
    return node if isinstance(node, type) and issubclass(node, Config) else None


def _config_of(field: Any) -> Any:
    """What a field holds: a Tagged (itself or as the items of a tuple or dict), a Config class, or None."""
    found = [m for m in field.metadata if isinstance(m, Tagged)]
    return found[0] if found else _in_annotation(field.annotation)


def _in_annotation(annotation: Any) -> Any:
    if get_origin(annotation) is typing.Annotated:
        found = [m for m in get_args(annotation)[1:] if isinstance(m, Tagged)]
        if found:
            return found[0]
    if isinstance(annotation, type) and issubclass(annotation, Config):
        return annotation
    for argument in get_args(annotation):
        found = _in_annotation(argument)
        if found is not None:
            return found
    return None


def _admits_none(annotation: Any) -> bool:
    if get_origin(annotation) in (typing.Union, types.UnionType):
        return any(_admits_none(a) for a in get_args(annotation))
    return annotation is None or annotation is type(None)


def _plain(value: Any) -> Any:
    if value is None:
        return NONE
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list) else value
