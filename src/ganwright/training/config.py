"""How a run trains, whatever it trains: length, batches, optimisers, averages, precision, what is written and when."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from ganwright.core.config import Config, Tagged
from ganwright.training.ema import EMAConfig
from ganwright.training.optimisers import OPTIMISERS, OptimiserConfig
from ganwright.training.precision import Device, PrecisionConfig

OnFailure = Literal["warn", "stop", "recover"]

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
    """Measure how the game goes: signals of health and what they mean, in the events and the report. Games only."""

    signals_images: int | None = Field(default=None, ge=1)
    """Measure the signals every this many images; none: at every tick."""

    on_failure: OnFailure = "warn"
    """What to do when it is found failing: warn, stop, or recover: go back to a healthy state and change something."""

    recoveries: int = Field(default=6, ge=0, le=100)
    """How often at most a run that recovers goes back."""

    until: str | None = None
    """Stop early when a metric gets there, as in "fid<5"; needs evaluate_images; none: train to the end."""

    patience_images: int | None = Field(default=None, ge=1)
    """Stop early when the metric best_by has not improved for this many images; needs evaluate_images; none: never."""

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

    @property
    def look_images(self) -> int:
        """The signals are measured every this many images."""
        return self.signals_images or self.tick_images

    @model_validator(mode="after")
    def _batch_divides(self) -> "TrainingConfig":
        if self.batch_size % self.accumulation:
            raise ValueError(f"batch_size {self.batch_size} is not a multiple of accumulation {self.accumulation}")
        return self

    @model_validator(mode="after")
    def _goals_are_measured(self) -> "TrainingConfig":
        asked = [name for name in ("until", "patience_images") if getattr(self, name) is not None]
        if asked and self.evaluate_images is None:
            raise ValueError(f"{asked[0]} needs evaluations while training; give evaluate_images as well")
        return self
