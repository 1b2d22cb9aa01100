"""How a run trains, whatever it trains: length, batches, optimisers, averages, precision, what is written and when."""

from typing import Annotated

from pydantic import Field, model_validator

from ganwright.core.config import Config, Tagged
from ganwright.training.ema import EMAConfig
from ganwright.training.optimisers import OPTIMISERS, OptimiserConfig
from ganwright.training.precision import Device, PrecisionConfig

Optimiser = Annotated[OptimiserConfig, Tagged(OPTIMISERS)]


class TrainingConfig(Config):
    """The part of a run's config that the engine reads."""

    seed: int = Field(default=0, ge=0)
    """Seed of everything random: the same seed gives the same run on the same machine."""

    images: int = Field(default=600_000, ge=1)
    """Length of the run in real images seen."""

    batch_size: int = Field(default=64, ge=1)
    """Real images per step, over all devices and micro-batches."""

    accumulation: int = Field(default=1, ge=1)
    """Micro-batches a step: the batch is split so that large ones fit the memory. Must divide batch_size."""

    optimisers: dict[str, Optimiser] = Field(default_factory=dict)
    """One optimiser per network, by the network's name."""

    ema: EMAConfig = EMAConfig()
    """The average of the generator's weights that samples are made with."""

    precision: PrecisionConfig = PrecisionConfig()
    """Number format and memory layout."""

    device: Device = "auto"
    """Where to train; auto takes CUDA, then MPS, then the CPU."""

    log_images: int = Field(default=2_000, ge=1)
    """Write losses and scores every this many images, averaged since the last time."""

    tick_images: int = Field(default=20_000, ge=1)
    """Draw the sample panels and save a checkpoint every this many images."""

    signals: bool = True
    """Measure at every tick how the game goes: signals of health, in the events and the report. Games only."""

    evaluate_images: int | None = Field(default=None, ge=1)
    """Evaluate the averaged generator every this many images and keep the best checkpoint; none: only when asked."""

    evaluate_samples: int = Field(default=5_000, ge=2)
    """Samples and real items a side of these evaluations, or as many as the data allows."""

    evaluate_metrics: tuple[str, ...] = ("default",)
    """What they measure: names as `ganwright list metrics` has them; "default" and "all" as far as the data allows."""

    evaluate_features: str = "auto"
    """What they measure it on: auto, none or a name as `ganwright list features` has them."""

    best_by: str = "fid"
    """The metric that says which checkpoint is the best; one for which a side is better."""

    keep_checkpoints: int = Field(default=2, ge=1)
    """How many of the newest checkpoints to keep, beside the best."""

    panel_size: int = Field(default=64, ge=1, le=1024)
    """Samples in a panel."""

    @model_validator(mode="after")
    def _batch_divides(self) -> "TrainingConfig":
        if self.batch_size % self.accumulation:
            raise ValueError(f"batch_size {self.batch_size} is not a multiple of accumulation {self.accumulation}")
        return self
