"""`ganwright train`: from a name of data to a trained run folder."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ganwright.cli.flags import DataDir, Flag, Json, MaybeWhole, Overrides, Quiet, verb
from ganwright.cli.overrides import NO_OPTIONS

if TYPE_CHECKING:
    from ganwright.runs import Plan

app = verb(
    "train",
    "DATA [flags] [--dotted.option VALUE ...]",
    """
ganwright train folder:pictures                # chooses all by the data
ganwright train folder:pictures --dry-run      # only says what and why
ganwright train folder:faces --data.size 32 --data.flip --images 1e6
ganwright train digits --generator.width 16 --batch-size 32
ganwright train mnist --recipe dcgan-28 --epochs 10
ganwright train mnist --recipe r3gan --preset small
ganwright train mnist --on-failure recover     # go back and change something
ganwright train mnist --evaluate-images 20e3 --until "fid<5"
ganwright train --config runs/faces/run.toml --seed 1 --out runs/faces-1
ganwright list options --recipe dcgan-28       # every option, explained
""",
)


@app.default
def train(
    data: str | None = None,
    /,
    *,
    recipe: str | None = None,
    preset: str | None = None,
    images: MaybeWhole = None,
    epochs: float | None = None,
    seed: MaybeWhole = None,
    out: Path | None = None,
    config: Path | None = None,
    data_dir: DataDir = None,
    fork: Path | None = None,
    device: Literal["auto", "cpu", "cuda", "mps"] | None = None,
    on_failure: Literal["warn", "stop", "recover"] | None = None,
    until: str | None = None,
    dry_run: Flag = False,
    json: Json = False,
    quiet: Quiet = False,
    overrides: Overrides = NO_OPTIONS,
) -> None:
    """Train on DATA, and leave a run folder.

    Without --recipe it looks at the data and the device, chooses a recipe and its
    settings, says what and why, and estimates the time. Options are set on top.

    The folder holds checkpoints, samples over time, the log and report.html.

    The same command again goes on where it stopped; with a larger --images, to the
    new length.

    Every option of the config can be set by its dotted name:
    --generator.width 32, --loss hinge, --data.flip, --no-data.flip.

    Args:
        data: What to train on: digits, mnist, folder:PATH, npz:PATH, ring8 ...; see `ganwright list data`.
        recipe: What to train; by default auto, which chooses by data and device. See `ganwright list recipes`.
        preset: A size of the recipe, or its settings for a data set; `list recipes` names them.
        images: Length in images seen.
        epochs: Length in passes over the data, instead of --images.
        seed: Seed of everything random, 0 or more.
        out: The run folder; by default runs/DATA-auto, or runs/DATA-RECIPE.
        config: A TOML file with any part of a config; a run's run.toml repeats that run.
        fork: Start a new run in this folder, from the weights of the run that the command without it would go on with.
        device: Where to train; by default the first of cuda, mps, cpu that is there.
        on_failure: When the run is found failing: warn, stop, or recover: go back to a healthy state and try a remedy.
        until: Stop early when a metric gets there, as in "fid<5"; needs --evaluate-images.
        dry_run: Only show what is chosen, the whole config, parameter counts, memory and an estimate of the time.
    """
    from ganwright import runs
    from ganwright.cli import output, training
    from ganwright.core.errors import UserError
    from ganwright.training.precision import flushed_denormals

    if data is None and config is None:
        raise UserError("DATA is missing; name it before the options: ganwright train digits (ganwright list data)")
    overrides.check(recipe)
    flags = {"on_failure": on_failure, "until": until}
    with flushed_denormals():
        plan = runs.plan(
            data,
            recipe,
            preset=preset,
            config_file=config,
            images=images,
            epochs=epochs,
            seed=seed,
            overrides={**overrides.values(), **{name: value for name, value in flags.items() if value is not None}},
            data_dir=None if data_dir is None else str(data_dir),
            out=fork or out,
            device=device,
        )
        if dry_run:
            runs.check(plan)
            output.print_result(json, *_describe(plan))
            return
        source = None if fork is None else out or plan.home
        messages = output.messages(quiet)
        chosen = training.announce(plan, messages, silent=quiet and not json)
        run = training.train(plan, messages, source)
    result = {**training.summary(run), "resumed_from": plan.resumes, "auto": chosen}
    tips = ["", f"next     ganwright evaluate {run.path}", f"         ganwright show {run.path}"]
    output.print_result(json, result, [*training.lines(run, result), *tips])


def _describe(plan: "Plan") -> tuple[dict[str, Any], list[str]]:
    """A plan that is not carried out: as plain data, and as lines."""
    from ganwright.cli import output, training
    from ganwright.core.options import options_of
    from ganwright.core.processes import peak_memory
    from ganwright.core.wording import duration

    options = {option.name: option.value for option in options_of(plan.config)}
    estimate = plan.estimate()
    plain = {
        "config": options,
        "run": plan.out,
        "resumes_from": plan.resumes,
        "parameters": estimate.parameters,
        "memory_bytes": estimate.memory_bytes,
        "peak_bytes": peak_memory(),
        "images_per_second": estimate.images_per_second,
        "seconds": estimate.seconds,
        "notes": plan.notes,
        "auto": training.told(plan, estimate),
    }
    lines = [
        *training.choice_lines(plan, estimate),
        *([""] if plan.auto else []),
        *(f"{name} = {output.toml_value(value)}" for name, value in options.items()),
        "",
        f"run         {plan.out}" + ("" if plan.resumes is None else f", going on from {plan.resumes:,} images"),
        "parameters  " + ", ".join(f"{name} {number:,}" for name, number in estimate.parameters.items()),
        f"memory      {output.size(estimate.memory_bytes)} for weights, optimisers and data; activations come on top",
        f"time        {duration(estimate.seconds)} at {estimate.images_per_second:,.0f} images/s",
        *(f"note        {note}" for note in plan.notes),
    ]
    return plain, lines
