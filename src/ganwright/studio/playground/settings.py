"""What a player may choose, with its bounds, and the config of the run that it stands for."""

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.core.errors import UserError
from ganwright.data.augment.noise import InstanceNoise
from ganwright.data.dataset import DataConfig
from ganwright.data.drawing import MOST_POINTS, DrawingConfig
from ganwright.data.mixtures import Grid25Config, Ring8Config
from ganwright.losses import LOSSES
from ganwright.networks.mlp import MlpDiscriminatorConfig, MlpGeneratorConfig
from ganwright.penalties import PENALTIES
from ganwright.penalties.base import PenaltyConfig
from ganwright.recipes.run_config import RunConfig
from ganwright.training.ema import EMAConfig
from ganwright.training.optimisers import Adam

ENDLESS_IMAGES = 10**12
"""The length of a game that ends when its player leaves."""

LOG_IMAGES = 3_200
LOOK_IMAGES = 12_800
LATENT_SIZE = 2
BETAS = (0.5, 0.99)

Data = Literal["ring", "grid", "drawing"]
Loss = Literal[
    "non-saturating", "saturating", "least-squares", "hinge", "wasserstein", "relativistic-pairing",
    "relativistic-average",
]  # fmt: skip
Penalty = Literal["none", "r1", "r1-r2", "gp", "dragan", "clip"]
Coordinate = Annotated[float, Field(ge=-2, le=2)]
Rate = Annotated[float, Field(ge=1e-6, le=0.1)]

assert set(get_args(Loss)) == set(LOSSES)


class Settings(BaseModel):
    """One game in the plane."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    data: Data = "ring"
    """ring: 8 spots on a circle of radius 1. grid: 5 by 5 spots, 0.5 apart. drawing: `points`."""

    points: Annotated[tuple[tuple[Coordinate, Coordinate], ...], Field(max_length=MOST_POINTS)] = ()
    """The points of a drawing, each coordinate from -2 to 2; the window shows -1.5 to 1.5."""

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

    loss: Loss = "non-saturating"
    """The game."""

    penalty: Penalty = "none"
    """What holds D back."""

    strength: float = Field(default=0.1, ge=1e-4, le=100)
    """Weight of the penalty; of clip: the largest absolute value that a weight of D keeps."""

    generator_rate: Rate = 1e-3
    """Learning rate of G, Adam's."""

    discriminator_rate: Rate = 1e-3
    """Learning rate of D, Adam's."""

    discriminator_steps: int = Field(default=1, ge=1, le=10)
    """Steps of D an iteration, to one of G."""

    latent: Literal["normal", "uniform"] = "normal"
    """Where the noise comes from."""

    instance_noise: float = Field(default=0.0, ge=0, le=1)
    """Standard deviation of the noise added to all that D sees."""

    d_off: bool = False
    """Broken: D is not trained."""

    d_tenfold: bool = False
    """Broken: D takes ten steps for each that it should."""

    no_noise: bool = False
    """Broken: the noise is always zero."""

    g_fivefold: bool = False
    """Broken: G takes five steps instead of one."""

    start: Literal["scratch", "trained"] = "scratch"
    """Where the weights come from: random numbers, or a game that was trained well on the same data."""

    def config(self) -> RunConfig:
        """The run that this game is: what `ganwright train --config` takes."""
        octaves = ((-1, 0, 1, 2, 3) if self.data == "grid" else (-1, 0, 1, 2)) if self.fine else ()
        hidden = (self.width, self.width)
        return RunConfig(
            seed=self.seed,
            data=self._data(),
            algorithm=AdversarialConfig(
                generator=MlpGeneratorConfig(latent_size=LATENT_SIZE, hidden=hidden),
                discriminator=MlpDiscriminatorConfig(hidden=hidden, octaves=octaves),
                loss=LOSSES[self.loss].parse({}),
                penalties=self._penalties(),
                augmentations=(InstanceNoise(std=self.instance_noise),) if self.instance_noise else (),
                discriminator_steps=0 if self.d_off else self.discriminator_steps * (10 if self.d_tenfold else 1),
                generator_steps=5 if self.g_fivefold else 1,
                latent="constant" if self.no_noise else self.latent,
            ),
            optimisers={
                "generator": Adam(learning_rate=self.generator_rate, betas=BETAS),
                "discriminator": Adam(learning_rate=self.discriminator_rate, betas=BETAS),
            },
            ema=EMAConfig(half_life_images=5_000),
            device="cpu",
            batch_size=self.batch_size,
            images=ENDLESS_IMAGES,
            log_images=LOG_IMAGES,
            tick_images=ENDLESS_IMAGES,
            signals_images=LOOK_IMAGES,
        )

    def trained(self) -> "Settings":
        """The game whose end is the trained state of this one: same data, seed and networks, a loss that covers."""
        fixed = {name: getattr(self, name) for name in FIXED if name != "start"}
        return Settings(**fixed, loss="relativistic-pairing", penalty="r1-r2", strength=0.03, **TRAINED_RATES)

    def _data(self) -> DataConfig:
        match self.data:
            case "ring":
                return Ring8Config(std=self.spread)
            case "grid":
                return Grid25Config(std=self.spread, spacing=0.5)
            case "drawing":
                return DrawingConfig(points=self.points, std=self.spread)

    def _penalties(self) -> tuple[PenaltyConfig, ...]:
        if self.penalty == "none":
            return ()
        option = {"r1": "gamma", "r2": "gamma", "clip": "limit"}
        kinds = self.penalty.split("-")
        value = min(self.strength, 10.0) if self.penalty == "clip" else self.strength
        return tuple(PENALTIES[kind].parse({option.get(kind, "weight"): value}) for kind in kinds)


TRAINED_RATES: dict[str, Any] = {"generator_rate": 1e-3, "discriminator_rate": 2e-3}
FIXED = ("data", "points", "spread", "seed", "batch_size", "width", "fine", "start")
"""What cannot change while a game is played: another choice of these is another game."""


def read_settings(data: Any) -> Settings:
    """Settings from what a browser sent. Raises UserError that names what is wrong, and where."""
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        name = ".".join(map(str, first["loc"])) or "the settings"
        raise UserError(f"'{name}': {first['msg'][0].lower()}{first['msg'][1:]}") from error
