"""Sample panels: the same latents at every tick, and fresh ones, as pictures in the run folder."""

from pathlib import Path

import torch
from torch import Tensor

from ganwright.algorithms.phase import Algorithm, Networks
from ganwright.core.pictures import panel, write_png
from ganwright.core.seeding import Draws, generator_for
from ganwright.data.dataset import Dataset, to_uint8
from ganwright.training import Engine


def columns_of(size: int, num_classes: int) -> int | None:
    """Columns of a panel of `size` samples: a multiple of the classes, where there are 2 to 16; None: a square."""
    by_class = 1 < num_classes <= 16
    return num_classes * max(round(size**0.5 / num_classes), 1) if by_class else None


class Panels:
    """Draws the panels of a run; called by the engine at every tick."""

    def __init__(self, folder: Path, dataset: Dataset, seed: int, size: int, recipe: str) -> None:
        self.folder, self.seed, self.recipe = folder, seed, recipe
        self.num_columns = columns_of(size, len(dataset.class_names))
        self.num = max(size // self.num_columns, 1) * self.num_columns if self.num_columns else size
        self.dataset = dataset
        self.bounded = dataset.spec.bounded

    def write_real(self) -> None:
        """Write samples/real.png, a panel of real items; by class where there are classes."""
        count = self.num if self.bounded else 2_000
        write_png(
            panel(self._real(count), None, self.num_columns), self.folder / "samples" / "real.png", {}, synthetic=False
        )

    def __call__(self, engine: Engine) -> dict[str, str]:
        """Write both panels of this moment and return their places, relative to the run folder."""
        fields: dict[str, str] = {}
        for name, key in (("fixed", (self.seed, "panel")), ("fresh", (self.seed, "panel", engine.iteration))):
            items = self.draw(engine.algorithm, engine.averaged(), Draws(key, engine.device))
            place = f"samples/{name}-{engine.num_images:012d}.png"
            reference = None if self.bounded else self._real(2_000)
            text = {
                "Software": "ganwright",
                "recipe": self.recipe,
                "seed": str(self.seed),
                "images": str(engine.num_images),
            }
            write_png(panel(items, reference, self.num_columns), self.folder / place, text)
            fields[name] = place
            if name == "fixed":
                for callback in engine.callbacks:
                    callback.on_panel(items)
        return fields

    def draw(self, algorithm: Algorithm, networks: Networks, draws: Draws) -> Tensor:
        """Make a panel's items on the CPU: uint8 images or float points; conditional ones with a column per class."""
        assert algorithm.sample is not None
        assert algorithm.latents is not None
        num = self.num if self.bounded else 1_000
        labels = None
        if algorithm.num_classes:
            labels = torch.arange(num, device=draws.device) % algorithm.num_classes
        with torch.no_grad():
            items = algorithm.sample(networks, algorithm.latents(draws, num), labels).float().cpu()
        return to_uint8(items) if self.bounded else items

    def _real(self, num: int) -> Tensor:
        order = torch.randperm(len(self.dataset), generator=generator_for(self.seed, "real panel"))
        if self.dataset.labels is None or self.num_columns is None:
            return self.dataset.items[order[:num]]
        by_class = [order[self.dataset.labels[order] == k] for k in range(len(self.dataset.class_names))]
        rows = min([num // len(by_class), *(len(c) for c in by_class)])
        return self.dataset.items[torch.stack([c[:rows] for c in by_class], 1).flatten()]
