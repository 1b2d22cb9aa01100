"""What a player may choose, with its bounds, and the config of the run that it stands for."""

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.core.errors import UserError
from ganwright.data.dataset import DataConfig
from ganwright.data.drawing import MOST_POINTS, DrawingConfig
from ganwright.data.mixtures import Grid25Config, Ring8Config
from ganwright.losses import LOSSES
from ganwright.networks.mlp import MlpDiscriminatorConfig, MlpGeneratorConfig
from ganwright.recipes.run_config import RunConfig
from ganwright.studio.playground.rules import Rules
from ganwright.training.ema import EMAConfig
from ganwright.training.optimisers import Adam

ENDLESS_IMAGES = 10**12
"""The length of a game that ends when its player leaves."""

PACE: dict[str, Any] = {
    "device": "cpu",
    "images": ENDLESS_IMAGES,
    "log_images": 3_200,
    "tick_images": ENDLESS_IMAGES,
    "signals_images": 12_800,
}
"""Where and how long every game is played, and when it is looked at."""

LATENT_SIZE = 2
BETAS = (0.5, 0.99)

Data = Literal["ring", "grid", "drawing"]
Coordinate = Annotated[float, Field(ge=-2, le=2)]


class Settings(Rules):
    """One game in the plane."""

    data: Data = "ring"
    """ring: 8 spots on a circle of radius 1. grid: 5 by 5 spots, 0.5 apart. drawing: `points`."""

    points: Annotated[tuple[tuple[Coordinate, Coordinate], ...], Field(max_length=MOST_POINTS)] = ()
    """The points of a drawing, each coordinate from -2 to 2."""

    spread: float = Field(default=0.05, ge=0.01, le=0.2)
    """Standard deviation of each spot."""

    seed: int = Field(default=0, ge=0, lt=2**31)
    """Of everything random."""

    batch_size: int = Field(default=128, ge=8, le=512)
    """Real points an iteration."""

    width: int = Field(default=128, ge=4, le=256)
    """Units in each of the two hidden layers of both networks."""

    fine: bool = False
    """D sees positions as waves of several lengths too (Fourier features), so that fine detail is easy for it."""

    start: Literal["scratch", "trained"] = "scratch"
    """Where the weights come from: random numbers, or a game that was trained well on the same data."""

    run: str = Field(default="", max_length=1000)
    """Id of the run that the game goes on from, by its data, seed, batch and networks, not those above; empty: none."""

    @property
    def wants_trained(self) -> bool:
        """True where the game begins from a state that is trained for it."""
        return self.start == "trained" and not self.run

    def config(self, run: RunConfig | None = None) -> RunConfig:
        """The run that this game is: what `ganwright train --config` takes.

        run: config of the run that it goes on from, if it does (`origin.Origin`).
        """
        return self.put_on(self._from_scratch() if run is None else run)

    def _from_scratch(self) -> RunConfig:
        octaves = ((-1, 0, 1, 2, 3) if self.data == "grid" else (-1, 0, 1, 2)) if self.fine else ()
        hidden = (self.width, self.width)
        return RunConfig(
            seed=self.seed,
            data=self._data(),
            algorithm=AdversarialConfig(
                generator=MlpGeneratorConfig(latent_size=LATENT_SIZE, hidden=hidden),
                discriminator=MlpDiscriminatorConfig(hidden=hidden, octaves=octaves),
                loss=LOSSES[self.loss].parse({}),
            ),
            optimisers={name: Adam(betas=BETAS) for name in ("generator", "discriminator")},
            ema=EMAConfig(half_life_images=5_000),
            batch_size=self.batch_size,
            **PACE,
        )

    def trained(self) -> "Settings":
        """The game whose end is the trained state of this one: same data, seed and networks, a loss that covers."""
        fixed = {name: getattr(self, name) for name in FIXED if name not in ("start", "run")}
        return Settings(**fixed, loss="relativistic-pairing", penalty="r1-r2", strength=0.03, **TRAINED_RATES)

    def _data(self) -> DataConfig:
        match self.data:
            case "ring":
                return Ring8Config(std=self.spread)
            case "grid":
                return Grid25Config(std=self.spread, spacing=0.5)
            case "drawing":
                return DrawingConfig(points=self.points, std=self.spread)


TRAINED_RATES: dict[str, Any] = {"generator_rate": 1e-3, "discriminator_rate": 2e-3}
FIXED = tuple(name for name in Settings.model_fields if name not in Rules.model_fields)
"""What cannot change while a game is played: another choice of these is another game."""


def read_settings(data: Any) -> Settings:
    """Settings from what a browser sent. Raises UserError that names what is wrong, and where."""
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        name = ".".join(map(str, first["loc"])) or "the settings"
        raise UserError(f"'{name}': {first['msg'][0].lower()}{first['msg'][1:]}") from error
