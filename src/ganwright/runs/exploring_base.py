"""What exploring a run begins and ends with: its generator and its draws; pictures and numbers in a folder."""

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from PIL import Image
from torch import Tensor, nn

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.algorithms.phase import Algorithm
from ganwright.core.errors import UserError
from ganwright.core.files import write_text
from ganwright.core.pictures import write_png
from ganwright.core.seeding import Draws
from ganwright.core.spec import DataSpec
from ganwright.data.dataset import Dataset
from ganwright.explore.drawing import pixels_of
from ganwright.explore.space import SpaceName
from ganwright.networks.base import Generator
from ganwright.networks.styled import StyledGenerator
from ganwright.runs.exploring_motion import write_animation
from ganwright.runs.judging import both_splits
from ganwright.runs.run import CHUNK, Run, load

Report = Callable[[int, int, str], None]
"""Called with what is done, what there is in all, and what is being done."""

FOLDER = "explored"
NUMBERS = "numbers.json"
MOST_PIXELS = 2**26
"""Of all items of a look together, as a picture shows them."""


@dataclass(frozen=True)
class Explored:
    """What one look left: files, the first of them the picture to open; numbers as plain data; lines for people."""

    verb: str
    files: tuple[Path, ...]
    numbers: Mapping[str, Any]
    lines: tuple[str, ...]

    def plain(self) -> dict[str, Any]:
        """As data for JSON."""
        return {"verb": self.verb, "files": list(map(str, self.files)), **self.numbers}


class Opened:
    """A run's generator, and where its latents come from.

    generator: averaged, frozen, in evaluation mode. spec: of its items.
    what: that which needs images, for the message; None: points will do.
    Raises UserError for a run without a generator, and where `what` needs images and it makes points.
    what: that which is done with it, for the message; None: points will do.
    """

    def __init__(self, run: Run | str | Path, what: str | None) -> None:
        self.run = run if isinstance(run, Run) else load(run)
        self.algorithm: Algorithm
        self.networks: dict[str, nn.Module]
        self.algorithm, self.networks = self.run.model
        generator = self.networks.get("generator")
        if self.algorithm.latents is None or not isinstance(generator, Generator):
            raise UserError(
                f"{self.run.path} holds a {self.run.config.algorithm.tag} run; it has no generator to explore"
            )
        self.generator = generator
        found = self.run.checkpoint.state()["record"]["spec"]
        self.spec = DataSpec(tuple(found["shape"]), found["num_classes"], found["bounded"])
        if what is not None and not self.spec.is_image:
            raise UserError(
                f"{what} draws images, and {self.run.path} makes points; look at them with ganwright sample"
            )

    @property
    def config(self) -> AdversarialConfig:
        """Of the game that trained it."""
        return cast(AdversarialConfig, self.run.config.algorithm)

    def draw(self, draws: Draws, num: int) -> Tensor:
        """Latents (num, latent_size), as the game draws them."""
        assert self.algorithm.latents is not None
        return self.algorithm.latents(draws, num)

    def latents(self, num: int, seed: int, first: int = 0) -> Tensor:
        """Those of the samples `first` to `first + num` that `ganwright sample --seed` shows."""
        if num < 1:
            raise UserError(f"{num} items are none; ask for 1 or more")
        starts = range(first // CHUNK * CHUNK, first + num, CHUNK)
        parts = [self.draw(Draws((seed, "sample", start), torch.device("cpu")), CHUNK) for start in starts]
        return torch.cat(parts)[first - starts[0] :][:num]

    def labels(self, num: int, label: int | str | None, first: int = 0) -> Tensor | None:
        """The classes (num,) that go with these latents: the one asked for, or all in turn; None: unconditional."""
        chosen = self.run._label(label)
        if not self.algorithm.num_classes:
            return None
        return (
            torch.arange(first, first + num) % self.algorithm.num_classes
            if chosen is None
            else torch.full((num,), chosen)
        )

    def name_of(self, label: int) -> str:
        """A class by its name, or its number where there are no names."""
        names = self.run.class_names
        return names[label] if label < len(names) else str(label)

    def space(self, asked: str | None) -> SpaceName:
        """The space asked for; None: w where there is one, else z."""
        if asked not in (None, "z", "w"):
            raise UserError(f"unknown space '{asked}'; known: w, z")
        return cast(SpaceName, asked or ("w" if isinstance(self.generator, StyledGenerator) else "z"))

    def room(self, *counts: int) -> None:
        """Check that so many items, the product of the counts, can be shown. Raises UserError for none and too many."""
        num = math.prod(counts)
        most = MOST_PIXELS // pixels_of(self.spec.shape)
        if min(counts) < 1:
            raise UserError(f"{min(counts)} items are none; ask for 1 or more")
        if num > most:
            raise UserError(f"{num:,} items are too many for a picture; ask for at most {most:,} in all")

    def data(self, data_dir: str | None) -> tuple[Dataset, Dataset | None]:
        """The training items and the test items, where there are any."""
        return both_splits(self.run.config.data, "train", data_dir or self.run._data_dir())

    def finish(
        self,
        verb: str,
        pictures: Mapping[str, Image.Image],
        numbers: Mapping[str, Any],
        lines: Iterable[str],
        *,
        seed: int,
        out: str | Path | None,
        ways: Sequence[Image.Image] = (),
        formats: Sequence[str] = (),
        synthetic: bool = True,
    ) -> Explored:
        """Write pictures and numbers.json into `out`, or explored/VERB in the run's folder.

        ways: frames of an animation; formats: how it is written, see `parse_formats`.
        """
        folder = self.run.path / FOLDER / verb if out is None else Path(out)
        if folder.is_file():
            raise UserError(f"{folder} is a file; --out names the folder that pictures and numbers go to")
        about = about_run(self.run, seed) | {"shows": verb}
        files = [folder / f"{name}.png" for name in pictures]
        for file, picture in zip(files, pictures.values(), strict=True):
            write_png(picture, file, about, synthetic)
        for kind in formats:
            files.append(folder / f"{verb}.{kind}")
            write_animation(ways, files[-1], about)
        numbers = {"run": str(self.run.path), "seed": seed, **numbers}
        write_text(folder / NUMBERS, json.dumps(_plain(numbers), indent=1, allow_nan=False) + "\n")
        shown = [f"{'wrote' if i == 0 else '':<9}{file}" for i, file in enumerate([*files, folder / NUMBERS])]
        return Explored(verb, (*files, folder / NUMBERS), _plain(numbers), (*lines, *shown))


def about_run(run: Run, seed: int) -> dict[str, str]:
    """What a picture's metadata say of where it comes from."""
    return {
        "Software": "ganwright",
        "recipe": run.config.recipe,
        "data": run.config.data.tag,
        "seed": str(seed),
        "images": str(run.checkpoint.num_images),
        "run": run.checkpoint.state()["sha256"][:12],
    }


def _plain(value: Any) -> Any:
    """Data that JSON can hold: what is not finite becomes text."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, Tensor):
        return _plain(value.tolist())
    if isinstance(value, float) and not torch.tensor(value).isfinite():
        return str(value)
    return value
