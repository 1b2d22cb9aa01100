"""What a mode bench found, as data."""

import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganwright.bench.entries import Entry
from ganwright.bench.judges import Figures
from ganwright.bench.published import Published

FORMAT = 1


@dataclass(frozen=True)
class SeedResult:
    """One seed.

    run: its run folder. num_images, seconds: real images it was trained on, and how long; seeds that were trained at
        once share the time evenly. All None where it diverged.
    diverged: why there is nothing to judge, or None.
    figures: as its judge names them.
    """

    seed: int
    run: Path | None
    num_images: int | None
    seconds: float | None
    diverged: str | None
    figures: Figures

    def plain(self) -> dict[str, Any]:
        """All of it as plain data for JSON."""
        outcome = "trained" if self.diverged is None else "diverged"
        about = {"seed": self.seed, "outcome": outcome, "reason": self.diverged or ""}
        place = None if self.run is None else str(self.run)
        return {**about, "run": place, "num_images": self.num_images, "seconds": self.seconds, **self.figures}


@dataclass(frozen=True)
class Statistic:
    """Mean and standard deviation over seeds (over n - 1; None for a single one), lowest and highest value."""

    mean: float
    std: float | None
    lowest: float
    highest: float


@dataclass(frozen=True)
class Result:
    """One recipe over its seeds."""

    entry: Entry
    seeds: tuple[SeedResult, ...]

    def statistic(self, name: str) -> Statistic | None:
        """Over the seeds that have the figure; None where none has. A diverged seed has no mode, and no spread."""
        values = [float(seed.figures[name]) for seed in self.seeds if seed.figures.get(name) is not None]
        if not values:
            return None
        spread = statistics.stdev(values) if len(values) > 1 else None
        return Statistic(statistics.fmean(values), spread, min(values), max(values))

    @property
    def num_diverged(self) -> int:
        """Seeds whose numbers stopped being finite."""
        return sum(seed.diverged is not None for seed in self.seeds)

    @property
    def num_goals(self) -> int | None:
        """Seeds that met the goal; None where the data has none."""
        met = [seed.figures["goal_met"] for seed in self.seeds if "goal_met" in seed.figures]
        return sum(met) if met else None

    @property
    def images(self) -> int:
        """Real images that every seed was trained on."""
        return max((seed.num_images or 0 for seed in self.seeds), default=0) or self.entry.config.images

    @property
    def seconds(self) -> float:
        """Training all seeds took."""
        return sum(seed.seconds or 0.0 for seed in self.seeds)

    @property
    def median(self) -> SeedResult:
        """The seed in the middle by modes, then by quality or evenness; of an even number the worse one of the two."""
        order = sorted(
            self.seeds,
            key=lambda s: (
                s.figures["modes_covered"],
                s.figures.get("high_quality_share", 0.0),
                -s.figures["reverse_kl"],
            ),
        )
        return order[(len(order) - 1) // 2]


@dataclass(frozen=True)
class Modes:
    """All recipes on one data set.

    folder: holds bench.json, modes.png, and a folder for each recipe.
    names: of the figures that are averaged over seeds.
    ceiling: what samples of the data itself score.
    """

    data: str
    folder: Path
    results: tuple[Result, ...]
    names: tuple[str, ...]
    ceiling: Figures
    published: tuple[Published, ...]
    protocol: dict[str, Any]
    environment: dict[str, Any]

    def plain(self) -> dict[str, Any]:
        """All of it as plain data for JSON."""
        return {
            "bench": "modes",
            "format": FORMAT,
            "data": self.data,
            "out": str(self.folder),
            "seeds": [seed.seed for seed in self.results[0].seeds],
            "protocol": self.protocol,
            "recipes": [self._recipe(result) for result in self.results],
            "ceiling": self.ceiling,
            "published": [row.plain() for row in self.published],
            "environment": self.environment,
        }

    def _recipe(self, result: Result) -> dict[str, Any]:
        summary = {}
        for name in self.names:
            found = result.statistic(name)
            summary[name] = None if found is None else vars(found).copy()
        return {
            "recipe": result.entry.name,
            "networks": result.entry.networks or "own",
            "images": result.images,
            "seconds": result.seconds,
            "num_diverged": result.num_diverged,
            "num_goals_met": result.num_goals,
            "shown_seed": result.median.seed,
            "summary": summary,
            "seeds": [seed.plain() for seed in result.seeds],
            "config": result.entry.config.plain(),
        }
