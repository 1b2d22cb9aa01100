"""An exported generator as an object: sample from it, write pictures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from ganwright.core.errors import UserError, nearest
from ganwright.core.pictures import grid, panel, write_png
from ganwright.core.seeding import Draws
from ganwright.export.about import About
from ganwright.export.format import Make
from ganwright.ops.latents import draw_latents
from ganwright.ops.truncation import truncate_normal

CHUNK = 256  # latents drawn at once, as a run does; part of what a seed means
MOST_VALUES = 2**24  # of the items made at once

Label = int | str
Labels = Label | Sequence[Label] | Tensor


@dataclass(frozen=True)
class Exported:
    """A generator from a file; `ganwright.load` gives it.

    about: all that the file says of itself. make: latents, labels, truncation and maps of noise -> items.
    """

    path: Path
    about: About
    make: Make = field(repr=False)

    def sample(
        self, n: int = 64, *, seed: int = 0, labels: Labels | None = None, truncation: float | None = None
    ) -> Tensor:
        """Make n samples: float images in [-1, 1], (n, C, H, W), or points (n, D). They are those of the run.

        seed: the same seed gives the same samples, and sample i does not depend on n but for rounding.
        labels: a class, by number or name; or one for each sample; None: all classes in turn.
        truncation: less variety for better samples. Of style-based generators 0 (the mean of all) to 1 (as trained);
            of others, above 0, what no number of a latent exceeds; None: as trained.
        Raises UserError for an unconditional generator that is asked for classes, and for other values than these.
        """
        if n < 1:
            raise UserError(f"cannot make {n} samples; ask for 1 or more")
        chosen, truncation = self._classes(labels, n), self._truncation(truncation)
        items = torch.cat(list(self._batches(n, seed, chosen, truncation)))
        return items.clamp(-1, 1) if self.about.bounded else items

    def save_samples(
        self,
        out: str | Path,
        n: int = 64,
        *,
        seed: int = 0,
        labels: Labels | None = None,
        truncation: float | None = None,
        each: bool = False,
    ) -> list[Path]:
        """Write samples as PNG with the mark of generated media, as `ganwright sample` does. Returns the files.

        out: a file for one grid; a folder for `each` sample in a file of its own.
        """
        from ganwright.data.dataset import to_uint8

        items = self.sample(n, seed=seed, labels=labels, truncation=truncation)
        pictures = to_uint8(items) if items.ndim == 4 else items
        about = {
            "Software": "ganwright",
            "recipe": self.about.recipe,
            "data": self.about.data,
            "seed": str(seed),
            "images": str(self.about.num_images),
            "weights": self.about.weights_sha256[:12],
        }
        if truncation is not None:
            about["truncation"] = str(truncation)
        out = Path(out)
        if not each:
            if out.is_dir():
                raise UserError(f"{out} is a folder; name a file such as {out / 'samples.png'}, or ask for each")
            file = out if out.suffix.lower() == ".png" else out.with_name(out.name + ".png")
            write_png(panel(pictures), file, about)
            return [file]
        if pictures.ndim != 4:
            raise UserError("points have no picture each; leave `each` out")
        files = [out / f"{i:06d}.png" for i in range(n)]
        for index, file in enumerate(files):
            write_png(grid(pictures[index : index + 1], scale=1), file, about | {"index": str(index)})
        return files

    def _batches(self, n: int, seed: int, classes: Tensor | None, truncation: float | None) -> Iterator[Tensor]:
        about = self.about
        size = max(1, min(CHUNK, MOST_VALUES // about.spec.num_values))
        for start in range(0, n, CHUNK):
            draws = Draws((seed, "sample", start), torch.device("cpu"))
            limited = about.latent == "truncated" and truncation is not None and about.truncation == "latent"
            limit = min(about.latent_limit, truncation or about.latent_limit) if limited else about.latent_limit
            latents = draw_latents(about.latent, limit, draws, CHUNK, about.latent_size)[: n - start]
            if about.latent == "normal" and about.truncation == "latent":
                latents = truncate_normal(latents, truncation)
            share = truncation if about.truncation == "style" and truncation is not None else 1.0
            for first in range(0, len(latents), size):
                rows = slice(start + first, start + min(first + size, len(latents)))
                wanted = None if classes is None else classes[rows]
                yield self.make(latents[first : first + size], wanted, share)

    def _truncation(self, truncation: float | None) -> float | None:
        if truncation is None:
            return None
        kind = self.about.truncation
        if kind == "none":
            raise UserError(f"{self.path} has {self.about.latent} latents, which cannot be truncated; leave it out")
        if kind == "style" and not 0 <= truncation <= 1:
            raise UserError(f"truncation {truncation} of a style-based generator is 0 (the mean) to 1 (as trained)")
        if kind == "latent" and not truncation > 0:
            raise UserError(f"truncation {truncation} is the largest value in a latent; give a number above 0")
        return float(truncation)

    def _classes(self, labels: Labels | None, n: int) -> Tensor | None:
        num = self.about.num_classes
        if labels is None:
            return torch.arange(n) % num if num else None
        if not num:
            raise UserError(f"{self.path} is unconditional: it cannot be asked for classes; leave the labels out")
        if isinstance(labels, int | str):
            return torch.full((n,), self._class(labels))
        wanted = labels.tolist() if isinstance(labels, Tensor) else list(labels)
        if len(wanted) != n:
            raise UserError(f"{n} samples need as many labels, not {len(wanted)}; or give one for all")
        return torch.tensor([self._class(label) for label in wanted])

    def _class(self, label: Label) -> int:
        num, names = self.about.num_classes, self.about.class_names
        if isinstance(label, str) and label in names:
            return names.index(label)
        if str(label).isascii() and str(label).isdecimal() and int(label) < num:
            return int(label)
        raise UserError(f"there is no class '{label}'; classes 0 to {num - 1}: {nearest(str(label), names)}")
