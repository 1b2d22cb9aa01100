"""Flags that several verbs share."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter, Token

from ganwright.cli.overrides import Given


def _whole(kind: object, tokens: Sequence[Token]) -> int:
    """Read 1000, 1_000 and 1e3; refuse 3.5, which int would be rounded from."""
    text = tokens[0].value
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        number = 0.5
    if not number.is_integer():
        raise ValueError("not a whole number")
    return int(number)


Whole = Annotated[int, Parameter(converter=_whole)]

MaybeWhole = Annotated[int | None, Parameter(converter=_whole)]

Flag = Annotated[bool, Parameter(negative="", show_default=False)]

Json = Annotated[
    bool,
    Parameter(
        name="--json",
        negative="",
        show_default=False,
        help="Print exactly one JSON object on stdout; progress and messages go to stderr.",
    ),
]

Quiet = Annotated[
    bool,
    Parameter(name="--quiet", negative="", show_default=False, help="No progress and no messages, only the result."),
]

DataDir = Annotated[
    Path | None,
    Parameter(name="--data-dir", help="Where files of known data sets lie, as DIR/NAME/...; else they are downloaded."),
]

RunFolder = Annotated[Path, Parameter(help="A run folder, as `train` and `demo` leave it.")]

Overrides = Annotated[Given, Parameter(parse=False)]
"""A parameter of this type makes a verb take dotted options; the program fills it (see `overrides`)."""


def verb(name: str, synopsis: str, examples: str) -> App:
    """Make the app of one verb, whose function's docstring is its help.

    synopsis: what follows the verb. examples: lines shown under the flags, at most 78 wide.
    """
    lines = [f"  {line}" for line in examples.strip().splitlines()]
    return App(
        name=name.rpartition(" ")[2],
        usage=f"Usage: ganwright {name} {synopsis}",
        help_epilogue="\n".join(["Examples:", *lines]),
    )
