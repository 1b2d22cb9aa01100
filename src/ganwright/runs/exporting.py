"""A run's generator as a file of its own, with its model card and a picture beside it."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

import ganwright
from ganwright.core.errors import UserError
from ganwright.core.files import sha256_of, write_atomic, write_text
from ganwright.core.spec import DataSpec
from ganwright.core.table import look_up
from ganwright.export import FORMATS, About, Exported
from ganwright.export.about import Truncation, hash_of
from ganwright.export.calls import noise_layers
from ganwright.export.card import MARK, card
from ganwright.export.parity import Parity, parity
from ganwright.networks.base import Generator
from ganwright.networks.styled import StyledGenerator
from ganwright.recipes.catalog import citation
from ganwright.recipes.run_config import RunConfig
from ganwright.runs.run import Run

CARD, PICTURE = "README.md", "samples.png"
MOST_VALUES_SHOWN = 2**20
"""Of all samples in the picture: 64 up to 64x64 pixels in colour, 16 of 128x128, 4 of 256x256."""
MOST_SECONDS_SHOWN = 2.0
"""That the picture may take; where 64 samples of this file take longer here, it has 16, 4 or 1."""
FOLDER = "export"


@dataclass(frozen=True)
class Written:
    """What an export left: the file, its card and its picture.

    num_bytes: of the file. sha256: of its bytes. notes: what its user should know, a sentence each.
    """

    file: Path
    card: Path
    picture: Path
    to: str
    num_bytes: int
    sha256: str
    parity: Parity
    seconds: float
    notes: tuple[str, ...]

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "file": str(self.file),
            "card": str(self.card),
            "picture": str(self.picture),
            "to": self.to,
            "num_bytes": self.num_bytes,
            "sha256": self.sha256,
            "largest_difference": self.parity.largest,
            "batches_compared": list(self.parity.sizes),
            "seconds": round(self.seconds, 3),
            "notes": list(self.notes),
        }


def export_run(
    run: Run, to: str = "safetensors", out: str | Path | None = None, *, licence: str | None = None
) -> Written:
    """Write the averaged generator of a run, in its best checkpoint or else the newest.

    to: a row of FORMATS. out: the file, with the format's ending or none; None: RUN/export/RUN.ending.
    licence: of the data, in one line; None: what is known of its source.
    What was written is read again and compared with the trained network; nothing is left where they differ.
    Raises UserError for an unknown format, a run that makes no samples, and where something is in the way.
    """
    start = time.perf_counter()
    form = look_up(FORMATS, to, "format")
    file = Path(out) if out is not None else run.path / FOLDER / f"{run.path.resolve().name}{form.ending}"
    if file.is_dir():
        raise UserError(f"{file} is a folder; give --out a file name such as {file / f'generator{form.ending}'}")
    if file.suffix != form.ending:
        if any(file.suffix == other.ending for other in FORMATS.values()):
            raise UserError(f"{file} does not end in {form.ending}, as --to {to} has it; change one of them")
        file = file.with_name(file.name + form.ending)
    beside = file.with_name(CARD)
    if file.exists():
        raise UserError(f"{file} exists; delete it or choose another with --out")
    if beside.exists() and not beside.read_text(encoding="utf-8", errors="replace").startswith(MARK):
        raise UserError(f"{beside} is in the way of the model card; choose another folder with --out")

    generator, about = _generator(run), about_run(run)
    if licence is not None:
        about = about.model_copy(update={"licence": _one_line(licence)})
    apart, num_shown = write_checked(generator, about, to, file)
    picture = file.with_name(PICTURE)
    sha256, notes = sha256_of(file), tuple(_notes(about))
    write_text(beside, card(about, file, sha256, apart, PICTURE, num_shown, notes))
    seconds = time.perf_counter() - start
    return Written(file, beside, picture, to, file.stat().st_size, sha256, apart, seconds, notes)


def write_checked(generator: Generator, about: About, to: str, file: Path) -> tuple[Parity, int]:
    """Write a generator and, beside it, a picture of samples that the file itself makes. Returns also how many.

    generator: in evaluation mode. Raises UserError, and leaves nothing, where what was written differs.
    """
    form = look_up(FORMATS, to, "format")
    found: list[tuple[Exported, Parity]] = []

    def write(path: Path) -> None:
        form.write(generator, about, path)
        read, make = form.read(path)
        found.append((Exported(file, read, make), parity(generator, make, about)))

    write_atomic(file, write)
    exported, apart = found[0]
    most = min(MOST_VALUES_SHOWN / about.spec.num_values, MOST_SECONDS_SHOWN / apart.item_seconds)
    num = next((n for n in (64, 16, 4) if n <= most), 1)
    exported.save_samples(file.with_name(PICTURE), num)
    return apart, num


def about_run(run: Run) -> About:
    """All that a run's folder knows of its generator."""
    record, events = run.checkpoint.state()["record"], run.events()
    config, spec = RunConfig.parse(record["config"], str(run.checkpoint.path)), record["spec"]
    measured = [e for e in events if e["type"] == "metrics" and e["num_images"] == run.checkpoint.num_images]
    endings = [e["type"] for e in events if e["type"] in ("finished", "interrupted", "failed", "resumed")]
    return about_of(
        _generator(run),
        config,
        DataSpec(tuple(spec["shape"]), spec["num_classes"], spec["bounded"]),
        class_names=run.class_names,
        num_images=run.checkpoint.num_images,
        state=endings[-1] if endings else "running or killed",
        data_hash=record["content_hash"],
        figures=[_short(figure) for figure in (measured[-1]["figures"] if measured else ())],
        health=run.course.sentence(),
    )


def about_of(generator: Generator, config: RunConfig, spec: DataSpec, **facts: Any) -> About:
    """What a config says of its generator. Paths of the user's machine are cut to their last part.

    facts: fields of About that only a run has.
    """
    algorithm: Any = config.algorithm
    plain = config.plain()
    if "path" in plain["data"]:
        plain["data"]["path"] = Path(plain["data"]["path"]).name
    truncation: Truncation = "none"
    if isinstance(generator, StyledGenerator):
        truncation = "style"
    elif algorithm.latent in ("normal", "truncated"):
        truncation = "latent"
    return About(
        kind=algorithm.generator.kind,
        generator=algorithm.generator.plain(),
        shape=spec.shape,
        bounded=spec.bounded,
        num_classes=generator.num_classes,
        latent_size=generator.latent_size,
        latent=algorithm.latent,
        latent_limit=algorithm.latent_limit,
        truncation=truncation,
        noises=tuple((int(m.fixed.shape[2]), int(m.fixed.shape[3])) for m in noise_layers(generator)),
        recipe=config.recipe,
        config=plain,
        data=config.data.tag,
        licence=config.data.licence,
        citation=citation(config.recipe),
        weights_sha256=hash_of(generator.state_dict()),
        versions={"ganwright": ganwright.__version__, "torch": torch.__version__},
        **facts,
    )


def _generator(run: Run) -> Generator:
    _, networks = run.model
    generator = networks.get("generator")
    if not isinstance(generator, Generator):
        raise UserError(
            f"{run.path} holds a {run.config.algorithm.tag} run; it has no generator to export, name a run of a GAN"
        )
    return generator


def _short(figure: dict[str, Any]) -> dict[str, Any]:
    """A figure without its curves, which no card shows."""
    return {name: value for name, value in figure.items() if name != "details"}


def _one_line(licence: str) -> str:
    """Refuse what is no statement of a licence."""
    told = licence.strip()
    if not told or len(told) > 200 or not told.isprintable():
        raise UserError("--licence is one line of 1 to 200 letters, such as 'CC BY 4.0 (Jane Doe)'")
    return told


def _notes(about: About) -> list[str]:
    notes = []
    if about.state != "finished":
        notes.append(
            f"The training had not ended ({about.state}): this is how it stood at {about.num_images:,} images."
        )
    if about.licence == "unknown":
        notes.append(
            "The licence of the data is not known to ganwright: find it out before you share this file, and export "
            "with --licence."
        )
    elif about.licence.startswith("none is stated"):
        notes.append("The publishers of the data state no licence: ask before you share this file.")
    return notes
