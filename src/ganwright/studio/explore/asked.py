"""What a browser may ask to be shown, checked, as places and looks of `runs.exploring_live`."""

import json
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, ValidationError

from ganwright.core.errors import UserError
from ganwright.runs.exploring_live import MOST_AMOUNT, Live, Look, Mix, Place, Plane, Samples, Source, Way
from ganwright.studio.explore.found import NAME, Found
from ganwright.studio.replies import Query

MOST_PICTURES = 64
MOST_POINTS = 2500
MOST_VALUES = 16_000_000
"""Numbers in all the items of one answer."""

_LONGEST = 100_000
"""Characters of a message."""

Seed = Annotated[int, Field(ge=0, lt=2**31)]
Number = Annotated[int, Field(ge=0, lt=1_000_000)]
Share = Annotated[float, Field(ge=0, le=1)]
Anything = TypeVar("Anything", bound=Query)


class AskedSource(Query):
    """One item: a sample, or one that was found by projection."""

    seed: Seed = 0
    number: Number = 0
    found: str | None = Field(default=None, pattern=NAME)


class Asked(Query):
    """What is to be shown, and how. The fields are those of `Place` and `Look`."""

    what: Literal["plane", "way", "mix", "samples", "effects"] = "samples"
    """effects: what each direction does to the first item of `base`."""

    base: Literal["plane", "way", "mix", "samples"] = "samples"
    seed: Seed = 0
    number: Number = 0
    num: int = Field(default=1, ge=1, le=MOST_POINTS)
    positions: list[tuple[Share, Share]] = Field(default=[(0.5, 0.5)], min_length=1, max_length=MOST_POINTS)
    start: AskedSource = AskedSource()
    end: AskedSource = AskedSource(number=1)
    shares: list[Share] = Field(default=[0.5], min_length=1, max_length=MOST_PICTURES)
    mixes: list[list[Share]] = Field(default=[], max_length=MOST_PICTURES)
    label: int | None = Field(default=None, ge=0)
    end_label: int | None = Field(default=None, ge=0)
    truncation: float | None = Field(default=None, ge=-2, le=5)
    cutoff: int | None = Field(default=None, ge=0, le=1000)
    noise: Literal["fixed", "random", "none"] | Seed = "fixed"
    by: Literal["sefa", "classes"] = "sefa"
    amounts: list[Annotated[float, Field(ge=-MOST_AMOUNT, le=MOST_AMOUNT)]] = Field(default=[], max_length=100)
    layers: list[Annotated[int, Field(ge=0, le=1000)]] | None = Field(default=None, max_length=1000)
    amount: float = Field(default=3.0, gt=0, le=MOST_AMOUNT)
    """How far the effects go, in standard deviations."""

    layer: str | None = Field(default=None, max_length=200)
    """Whose activations are asked for."""

    def place(self, live: Live, found: Found) -> Place:
        """Where in latent space. Raises UserError for more than one answer may hold."""
        match self.base if self.what == "effects" else self.what:
            case "plane":
                place: Place = Plane(self.seed, self.number, self.positions)
                num = len(self.positions)
            case "way":
                place = Way(self._source(self.start, found), self._source(self.end, found), self.shares)
                num = len(self.shares)
            case "mix":
                mixes = self.mixes or [[0.0] * live.num_layers]
                place = Mix(self._source(self.start, found), self._source(self.end, found), mixes)
                num = len(mixes)
            case _:
                place = Samples(self.seed, self.number, self.num)
                num = self.num
        if live.here.spec.is_image and num > MOST_PICTURES:
            raise UserError(f"{num} pictures are too many at once; the most is {MOST_PICTURES}")
        if num * live.here.spec.num_values > MOST_VALUES:
            raise UserError(f"{num} pictures of {live.here.spec} are too much at once; ask for fewer")
        return place

    def look(self) -> Look:
        """How items are made."""
        return Look(
            label=self.label,
            end_label=self.end_label,
            truncation=self.truncation,
            cutoff=self.cutoff,
            noise=self.noise,
            by=self.by,
            amounts=tuple(self.amounts),
            layers=None if self.layers is None else tuple(self.layers),
        )

    @staticmethod
    def _source(asked: AskedSource, found: Found) -> Source:
        return Source(asked.seed, asked.number, None if asked.found is None else found.codes(asked.found))


def parse(text: str, model: type[Anything]) -> Anything:
    """Read a JSON object. Raises UserError with one line."""
    if len(text) > _LONGEST:
        raise UserError(f"the message is longer than {_LONGEST:,} characters")
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError("the message is not JSON") from error
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"])) or "the message"
        raise UserError(f"'{name}': {first['msg'][0].lower()}{first['msg'][1:]}") from error
