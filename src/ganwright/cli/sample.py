"""`ganwright sample`: pictures from a trained run."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ganwright.cli.flags import Flag, Json, RunFolder, Whole, verb

app = verb(
    "sample",
    "RUN --out PATH [flags]",
    """
ganwright sample runs/digits-demo --out samples.png
ganwright sample runs/digits-demo -n 100 --seed 7 --out hundred.png
ganwright sample runs/digits-demo -n 1000 --each --out samples/
""",
)


@app.default
def sample(
    run: RunFolder,
    /,
    *,
    out: Path,
    num_samples: Annotated[Whole, Parameter(name=("-n", "--num-samples"))] = 64,
    seed: Whole = 0,
    label: Annotated[str | None, Parameter(name="--class")] = None,
    grid: Flag = False,
    each: Flag = False,
    json: Json = False,
) -> None:
    """Write samples of a run as PNG.

    The files are marked as made by a trained model, with recipe and seed.

    Args:
        out: The file of the grid, or with --each the folder of the single images.
        num_samples: How many.
        seed: The same seed gives the same samples.
        label: Ask a class-conditional model for this class: its number, from 0, or name.
        grid: One picture of all samples (the default).
        each: One file per sample.
    """
    from ganwright import runs
    from ganwright.cli import output
    from ganwright.core.errors import UserError

    if grid and each:
        raise UserError("give --grid or --each, not both")
    paths = runs.load(run).save_samples(out, num_samples, seed=seed, label=label, each=each)
    shown = str(paths[0]) if len(paths) == 1 else f"{len(paths)} files in {out}"
    output.print_result(json, {"files": paths, "num_samples": num_samples, "seed": seed, "class": label}, [shown])
