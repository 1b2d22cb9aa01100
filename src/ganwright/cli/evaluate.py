"""`ganwright evaluate`: how good a run's samples are, or the pictures that any other program made."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ganwright.cli.flags import DataDir, Json, MaybeWhole, Quiet, Whole, verb

app = verb(
    "evaluate",
    "[RUN] [flags]",
    """
ganwright evaluate runs/digits-demo
ganwright evaluate runs/digits-demo --num-samples 10000 --json
ganwright evaluate runs/faces --features inception --metrics fid,kid,recall
ganwright evaluate --samples made/ --real folder:faces --features random
""",
)


@app.default
def evaluate(
    run: Annotated[Path | None, Parameter(help="A run folder, as `train` and `demo` leave it.")] = None,
    /,
    *,
    samples: Path | None = None,
    real: str | None = None,
    num_samples: Annotated[MaybeWhole, Parameter(name=("--num-samples", "-n"))] = None,
    metrics: str = "default",
    features: str = "auto",
    weights: Path | None = None,
    resize: str | None = None,
    split: str = "train",
    seed: Whole = 0,
    out: Path | None = None,
    data_dir: DataDir = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Measure samples beside the data.

    Prints the protocol with the figures: two figures compare where it is the same.
    Needs a run, or pictures of any origin (--samples) and the data they are to resemble (--real).

    Args:
        samples: A folder of pictures to judge instead of a run.
        real: The data that --samples are judged against: digits, mnist, folder:PATH and others.
        num_samples: How many samples to judge; by default as many as the data allows, up to 10,000.
        metrics: Which figures: names separated by commas, `default` or `all`; see `ganwright list metrics`.
        features: What figures are measured on; see `ganwright list features`. auto: the classifier shipped for this
            data or fitted once on its labels, else a fixed random embedding; none: only what needs no features.
        weights: File of weights for features that want one, such as inception.
        resize: How images are brought to the size that named features want; see `ganwright list resize`.
        split: The part of the data that samples are compared with: train or test.
        seed: The same seed judges the same samples.
        out: Folder for pictures of what --samples show, such as the closest pairs; a run keeps its own.
    """
    from ganwright import runs
    from ganwright.cli import output
    from ganwright.cli.counter import counter
    from ganwright.core.errors import UserError

    if (run is None) == (samples is None):
        raise UserError("name either a run folder, or --samples FOLDER with --real DATA")
    if samples is not None and real is None:
        raise UserError("--samples needs --real DATA to compare with, such as --real mnist or --real folder:faces")
    if run is not None and real is not None:
        raise UserError("a run is judged against its own data; leave --real out, or give --samples instead of the run")
    if run is not None and out is not None:
        raise UserError("a run keeps its pictures in its own folder; --out goes with --samples")
    chosen = [name.strip() for name in metrics.split(",") if name.strip()]
    asked = {
        "features": features,
        "weights": weights,
        "resize": resize,
        "metrics": chosen,
        "split": split,
        "seed": seed,
        "data_dir": None if data_dir is None else str(data_dir),
    }
    with counter(output.messages(quiet), "judging") as progress:
        if run is not None:
            evaluation = runs.load(run).evaluate(num_samples, **asked, progress=progress)
        else:
            assert samples is not None
            assert real is not None
            evaluation = runs.evaluate_samples(samples, real, num_samples, **asked, out=out, progress=progress)
    judged = {"run": run} if run is not None else {"samples": samples, "real": real}
    output.print_result(json, {**judged, **evaluation.plain()}, evaluation.lines())
