"""`ganwright explore`: what a run's generator learnt, as pictures and numbers."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

from ganwright.cli.flags import DataDir, Json, MaybeWhole, Quiet, RunFolder, Whole, verb

if TYPE_CHECKING:
    from ganwright.cli.counter import Report
    from ganwright.runs.exploring import Explored

app = App(name="explore", help="See what a generator learnt: ways, directions, styles.")

Class = Annotated[
    str | None, Parameter(name="--class", help="Of a class-conditional run: its number, from 0, or name; else all.")
]
Out = Annotated[Path | None, Parameter(name="--out", help="Folder for the results; by default RUN/explored/VERB.")]
Seed = Annotated[Whole, Parameter(name="--seed", help="The same seed shows the same samples, as in `sample`.")]
Space = Annotated[
    Literal["z", "w"] | None,
    Parameter(name="--space", help="Latents z or styles w; by default w where the generator has styles."),
]


def _verb(name: str, synopsis: str, examples: str) -> App:
    made = verb(f"explore {name}", synopsis, examples)
    app.command(made)
    return made


def _show(look: "Callable[[Report], Explored]", json: bool, quiet: bool, what: str) -> None:
    """Run one look with a count of its work, and print what it found."""
    from ganwright.cli import output
    from ganwright.cli.counter import counter

    with counter(output.messages(quiet), what) as progress:
        found = look(progress)
    output.print_result(json, found.plain(), found.lines)


@_verb(
    "interpolate",
    "RUN [flags]",
    """
ganwright explore interpolate runs/digits-demo
ganwright explore interpolate runs/faces --space w --formats png,webp
ganwright explore interpolate runs/cgan --class 3 --end-class 8
""",
).default
def interpolate(
    run: RunFolder,
    /,
    *,
    num: Annotated[Whole, Parameter(name=("-n", "--num"))] = 6,
    steps: Whole = 11,
    space: Space = None,
    along: Literal["linear", "spherical"] | None = None,
    label: Class = None,
    end_class: str | None = None,
    formats: str = "png",
    seed: Seed = 0,
    out: Out = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Walk from sample to sample.

    Each row goes from one sample to the next, the last back to the first.

    Args:
        num: How many ways.
        steps: Items on each way, both ends among them.
        along: By default spherical in z and linear in w.
        end_class: Another class to arrive at; embeddings, or styles, are blended on the way.
        formats: What is written, separated by commas: png, gif, webp, mp4 (which needs ffmpeg).
    """
    from ganwright.runs import exploring

    _show(
        lambda _: exploring.interpolate(
            run, num, steps=steps, space=space, along=along, label=label, end_label=end_class, formats=formats,
            seed=seed, out=out,
        ), json, quiet, "interpolating",
    )  # fmt: skip


@_verb(
    "truncate",
    "RUN [flags]",
    """
ganwright explore truncate runs/digits-demo
ganwright explore truncate runs/faces --values 1,0.7,0.5 --cutoff 8
ganwright explore truncate runs/digits-demo --features none
""",
).default
def truncate(
    run: RunFolder,
    /,
    *,
    values: str | None = None,
    cutoff: MaybeWhole = None,
    num_samples: Annotated[Whole, Parameter(name=("-n", "--num-samples"))] = 1000,
    num_shown: Whole = 10,
    features: str = "auto",
    weights: Path | None = None,
    label: Class = None,
    seed: Seed = 0,
    out: Out = None,
    data_dir: DataDir = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Trade variety for quality: FID, precision and recall at each truncation.

    Styles are drawn towards their mean; of generators without styles, latents are
    cut at a limit.

    Args:
        values: Separated by commas. Of styles: what is kept of the distance to the mean, 1 changes nothing, 0 is the
            mean. Of latents: the limit of their numbers, inf for none.
        cutoff: Truncate the styles of the first so many layers only.
        num_samples: Samples judged at each value; figures of few samples are biased alike.
        num_shown: Samples in the picture.
        features: What figures are measured on; see `ganwright list features`. none: only the picture.
        weights: File of weights for features that want one, such as inception.
    """
    from ganwright.core.errors import UserError
    from ganwright.runs import exploring

    swept = None
    if values is not None:
        try:
            swept = [float(part) for part in values.split(",")]
        except ValueError:
            raise UserError(f"--values '{values}' is no list of numbers; take some such as 1,0.7,0.5") from None
    _show(
        lambda progress: exploring.truncate(
            run, num_samples, values=swept, cutoff=cutoff, num_shown=num_shown, label=label, features=features,
            weights=weights, seed=seed, out=out, data_dir=_text(data_dir), progress=progress,
        ), json, quiet, "truncating",
    )  # fmt: skip


@_verb(
    "mix",
    "RUN [flags]",
    """
ganwright explore mix runs/faces
ganwright explore mix runs/faces --crossover coarse,6-9 --sources 4 --styles 6
""",
).default
def mix(
    run: RunFolder,
    /,
    *,
    sources: Whole = 5,
    styles: Whole = 8,
    crossover: str = "coarse,middle,fine",
    label: Class = None,
    seed: Seed = 0,
    out: Out = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Give the layers of one sample the styles of another.

    A grid for each group of layers: rows are sources, and what heads a column
    lends them its style. Needs a style-based generator.

    Args:
        sources: Rows.
        styles: Columns.
        crossover: Layers that take the other style, a grid each: coarse, middle, fine, or numbers such as 2-3.
    """
    from ganwright.runs import exploring

    _show(
        lambda _: exploring.mix(run, sources, styles, crossover=crossover, label=label, seed=seed, out=out),
        json, quiet, "mixing",
    )  # fmt: skip


@_verb(
    "directions",
    "RUN [flags]",
    """
ganwright explore directions runs/digits-demo
ganwright explore directions runs/digits-demo --method classes -n 10
ganwright explore directions runs/faces --layers coarse --amount 5
""",
).default
def directions(
    run: RunFolder,
    /,
    *,
    num: Annotated[Whole, Parameter(name=("-n", "--num"))] = 5,
    method: Literal["sefa", "classes"] = "sefa",
    space: Space = None,
    layers: str | None = None,
    amount: float = 3.0,
    steps: Whole = 9,
    num_shown: Whole = 3,
    label: Class = None,
    seed: Seed = 0,
    out: Out = None,
    data_dir: DataDir = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find directions that change one thing, and show each.

    Args:
        num: How many directions.
        method: sefa: eigenvectors of the weights by which latents, or styles, enter. classes: linear probes on labels,
            or on what the data's classifier says.
        layers: In w, those that move: coarse, middle, fine or numbers such as 2-3; by default all.
        amount: From minus to plus so many standard deviations.
        steps: Items in a strip.
        num_shown: Samples that each direction is shown on.
    """
    from ganwright.runs import exploring

    _show(
        lambda progress: exploring.directions(
            run, num, method=method, space=space, num_shown=num_shown, amount=amount, steps=steps, layers=layers,
            label=label, seed=seed, data_dir=_text(data_dir), out=out, progress=progress,
        ), json, quiet, "looking for directions",
    )  # fmt: skip


@_verb(
    "invert",
    "RUN PICTURE [flags]",
    """
ganwright explore invert runs/digits-demo seven.png
ganwright explore invert runs/faces me.jpg --space w --steps 1000
ganwright explore invert runs/cgan seven.png --class 7
""",
).default
def invert(
    run: RunFolder,
    picture: Path,
    /,
    *,
    space: Space = None,
    label: Class = None,
    steps: Whole = 300,
    restarts: Whole = 4,
    candidates: Whole = 512,
    features: Literal["auto", "discriminator", "none"] = "auto",
    crop: Literal["center", "none", "pad"] = "center",
    seed: Seed = 0,
    out: Out = None,
    data_dir: DataDir = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find the sample that is most like a picture.

    Args:
        picture: A file of any size and format.
        steps: Steps of gradient descent from each start.
        restarts: Starts, the best of the candidates.
        candidates: Samples drawn to start from.
        features: What is compared beside pixels. auto: the data's classifier, else the discriminator's features.
        crop: How the picture is brought to the generator's size: cut, stretched (none), or padded.
    """
    from ganwright.runs import exploring

    _show(
        lambda progress: exploring.invert(
            run, picture, space=space, label=label, steps=steps, restarts=restarts, candidates=candidates,
            features=features, crop=crop, seed=seed, data_dir=_text(data_dir), out=out, progress=progress,
        ), json, quiet, "projecting",
    )  # fmt: skip


@_verb(
    "neighbours",
    "RUN [flags]",
    """
ganwright explore neighbours runs/digits-demo
ganwright explore neighbours runs/faces -n 16 --features inception
""",
).default
def neighbours(
    run: RunFolder,
    /,
    *,
    num: Annotated[Whole, Parameter(name=("-n", "--num"))] = 8,
    nearest: Whole = 6,
    features: str = "auto",
    weights: Path | None = None,
    label: Class = None,
    seed: Seed = 0,
    out: Out = None,
    data_dir: DataDir = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show samples beside the training items nearest to them.

    In features and in pixels. The number beside a row is the distance to the
    nearest over what held-out items have: well below 1 it is a copy.

    Args:
        num: How many samples.
        nearest: Training items beside each.
        features: Where neighbours are looked for; see `ganwright list features`.
        weights: File of weights for features that want one, such as inception.
    """
    from ganwright.runs import exploring

    _show(
        lambda progress: exploring.neighbours(
            run, num, nearest_shown=nearest, features=features, weights=weights, label=label, seed=seed,
            data_dir=_text(data_dir), out=out, progress=progress,
        ), json, quiet, "looking at training items",
    )  # fmt: skip


@_verb(
    "shapes",
    "RUN [flags]",
    """
ganwright explore shapes runs/digits-demo
ganwright explore shapes runs/faces --json
""",
).default
def shapes(
    run: RunFolder,
    /,
    *,
    seed: Seed = 0,
    out: Out = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Tell what goes through each layer: shapes, parameters, work.

    Leaves a drawing beside the table.
    """
    from ganwright.runs import exploring

    _show(lambda _: exploring.shapes(run, seed=seed, out=out), json, quiet, "measuring")


def _text(folder: Path | None) -> str | None:
    return None if folder is None else str(folder)
