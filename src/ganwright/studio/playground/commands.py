"""What a player may ask of a game, as JSON: one model for each kind of message."""

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from ganwright.core.errors import UserError
from ganwright.studio.playground.settings import Settings

MOST_LETTERS = 200_000


class Command(BaseModel):
    """Base of the messages: unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Start(Command):
    """Begin another game."""

    type: Literal["start"] = "start"
    settings: Settings = Settings()
    run: bool = False


class Change(Command):
    """Go on by other rules."""

    type: Literal["change"] = "change"
    settings: Settings


class Run(Command):
    """Go on until told otherwise."""

    type: Literal["run"] = "run"


class Pause(Command):
    """Wait."""

    type: Literal["pause"] = "pause"


class Step(Command):
    """Make `num` iterations, then wait."""

    type: Literal["step"] = "step"
    num: int = Field(default=1, ge=1, le=10_000)


class Slow(Command):
    """Make one iteration and tell it as a story, then wait."""

    type: Literal["slow"] = "slow"


class Speed(Command):
    """Iterations between two pictures, as many as fit."""

    type: Literal["speed"] = "speed"
    num: int = Field(default=5, ge=1, le=200)


class Ack(Command):
    """One picture was drawn: the next may come."""

    type: Literal["ack"] = "ack"


Any_ = Annotated[Start | Change | Run | Pause | Step | Slow | Speed | Ack, Field(discriminator="type")]
_COMMANDS: TypeAdapter[Any] = TypeAdapter(Any_)
KNOWN = ("start", "change", "run", "pause", "step", "slow", "speed", "ack")


def read_command(text: str) -> Command:
    """A message of a player. Raises UserError with one line for anything that is none."""
    if len(text) > MOST_LETTERS:
        raise UserError(f"the message is longer than {MOST_LETTERS:,} letters")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError("the message is not JSON") from error
    try:
        return _COMMANDS.validate_python(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        if first["type"].startswith("union_tag") or not isinstance(data, dict):
            raise UserError(f"a message has a type: one of {', '.join(KNOWN)}") from error
        name = ".".join(str(part) for part in first["loc"][1:]) or "the message"
        raise UserError(f"'{name}': {first['msg'][0].lower()}{first['msg'][1:]}") from error
