"""The config tree: overrides, kinds, messages, files."""

from typing import Annotated, ClassVar, Literal

import pytest
from pydantic import Field

from ganwright.core.config import Config, Tagged, parse_value
from ganwright.core.errors import UserError
from ganwright.core.options import differences, options_of


class Shape(Config):
    """Base."""


class Round(Shape):
    kind: Literal["round"] = "round"

    radius: float = Field(default=1.0, gt=0)
    """How far it reaches."""


class Square(Shape):
    kind: Literal["square"] = "square"

    side: int = 3
    corners: tuple[float, float] = (0.0, 1.0)


SHAPES: dict[str, type[Shape]] = {"round": Round, "square": Square}
Any_ = Annotated[Shape, Tagged(SHAPES)]


class Inner(Config):
    shape: Any_ = Round()
    extras: tuple[Any_, ...] = ()


class Tree(Config):
    transparent: ClassVar[tuple[str, ...]] = ("inner",)

    seed: int = 0
    size: int | None = 5
    inner: Inner = Inner()
    rate: float | Any_ = 0.5
    parts: dict[str, Any_] = Field(default_factory=lambda: {"first": Round()})


def test_dotted_names_reach_every_part_and_transparent_fields_need_no_name() -> None:
    tree = Tree().override({"shape.radius": 2, "parts.first.radius": "3.5", "seed": 7})
    assert tree == Tree(seed=7, inner=Inner(shape=Round(radius=2)), parts={"first": Round(radius=3.5)})
    assert tree == Tree().override({"inner.shape.radius": 2, "parts.first.radius": 3.5, "seed": 7})


def test_changing_a_kind_drops_the_siblings_of_the_old_one() -> None:
    tree = Tree(inner=Inner(shape=Round(radius=9)))
    assert tree.override({"shape.kind": "square", "shape.side": 8}).inner.shape == Square(side=8)
    assert tree.override({"shape.side": 8, "shape": "square"}).inner.shape == Square(side=8)
    assert tree.override({"shape": "round"}).inner.shape == Round(radius=9)


def test_lists_of_parts() -> None:
    tree = Tree().override({"extras": ["round", {"kind": "square", "side": 1}]})
    assert tree.inner.extras == (Round(), Square(side=1))
    assert tree.override({"extras.1.side": 4}).inner.extras[1] == Square(side=4)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sed": 1}, "unknown option 'sed'; did you mean 'seed'"),
        ({"shape.radios": 1}, "unknown option 'shape.radios'; did you mean 'radius'?"),
        ({"shape.kind": "rund"}, "did you mean 'round'"),
        ({"shape.radius": -1}, "'shape.radius' is -1: input should be greater than 0"),
        ({"shape.kind": "square", "shape.radius": 1}, "unknown option 'shape.radius'"),
        ({"seed": "soon"}, "'seed' is 'soon'"),
        ({"seed.x": 1}, "'seed' is a plain value"),
        ({"parts.first.side": 1}, "unknown option 'parts.first.side'"),
        ({"extras": ["round", "triangle"]}, "'extras.1' has no kind 'triangle'"),
        ({"parts.first.radius": "x"}, "'parts.first.radius' is 'x'"),
        ({"rate": "fast"}, "'rate' is 'fast'"),
        ({"rate": {"kind": "round", "radius": 0}}, "'rate.radius' is 0"),
        ({"extras.0.radius": 1}, "unknown option 'extras.0.radius'"),
        ({"extras." + "9" * 5000: 1}, "'extras' is an empty list"),
        ({"extras": ["round"], "extras.²": 1}, "'extras' has items 0 to 0"),
        ({"extras": [1], "extras.0.radius": 2}, "there is no 'radius' in what holds it"),
        ({"extras": ["round"], "extras.0": 5, "extras.0.side.x": 5}, "there is no 'side' in what holds it"),
        ({"shape.kind": "square", "shape.kind.x": 1}, "there is no 'x' in what holds it"),
        ({"shape.kind": "square", "shape.kind.x.y": 1}, "there is no 'x' in what holds it"),
        ({"shape.kind": "square", "shape.a": [1], "shape.a.b": 1}, "there is no 'b' in what holds it"),
        ({"shape.kind": "square", "shape.a": [1], "shape.a.7": 1}, "there is no '7' in what holds it"),
    ],
)
def test_mistakes_get_one_line_with_the_name_and_the_mend(changes: dict[str, object], message: str) -> None:
    with pytest.raises(UserError) as caught:
        Tree().override(changes)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_plain_data_round_trip_keeps_none() -> None:
    tree = Tree(size=None, inner=Inner(shape=Square(), extras=(Round(),)))
    assert tree.plain()["size"] == "none"
    assert Tree.parse(tree.plain()) == tree
    assert Tree().override({"size": "none"}).size is None


def test_options_are_listed_with_meaning_and_range() -> None:
    options = {o.name: o for o in options_of(Tree())}
    assert set(options) == {
        "rate",
        "seed",
        "size",
        "shape.kind",
        "shape.radius",
        "extras",
        "parts.first.kind",
        "parts.first.radius",
    }
    assert options["shape.radius"].meaning == "How far it reaches."
    assert options["shape.radius"].range == "> 0"


def test_differences_name_what_changed() -> None:
    assert differences(Tree(), Tree(seed=2)) == ["seed: 0 -> 2"]
    changed = differences(Tree(), Tree(inner=Inner(shape=Square())))
    assert "shape.kind: round -> square" in changed
    assert "shape.radius: 1.0 -> absent" in changed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("1e-4", 1e-4),
        ("true", True),
        ("hinge", "hinge"),
        ("[1, 2]", [1, 2]),
        ("0.5,0.9", [0.5, 0.9]),
        ("a/b.c", "a/b.c"),
    ],
)
def test_values_are_read_as_toml_or_as_words(text: str, value: object) -> None:
    assert parse_value(text) == value
