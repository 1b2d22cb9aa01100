"""`ganwright compare`: runs side by side, and whether they are seen to differ."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ganwright.cli.flags import DataDir, Flag, Json, MaybeWhole, Quiet, Whole, verb

app = verb(
    "compare",
    "RUN RUN ... [flags]",
    """
ganwright compare runs/digits-gan runs/digits-dcgan
ganwright compare runs/gan-seed-* runs/wgan-seed-* --metrics fid,recall
ganwright compare runs/a runs/b --evaluate -n 5000 --out compare.png
""",
)


@app.default
def compare(
    *run: Annotated[Path, Parameter(help="Run folders on the same data, two or more.")],
    metrics: str | None = None,
    evaluate: Annotated[Flag, Parameter(name="--evaluate")] = False,
    num_samples: Annotated[MaybeWhole, Parameter(name=("--num-samples", "-n"))] = None,
    features: str = "auto",
    weights: Path | None = None,
    split: str = "train",
    seed: Whole = 0,
    out: Path | None = None,
    data_dir: DataDir = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Put runs side by side and tell which differ.

    Takes each run's last evaluation. Runs that differ in their seed only form a
    group, told by mean and standard deviation. In each figure the best group is
    marked and the others are tested against it: over seeds where there are several,
    else from standard errors, which speaks of these samples only. Figures that were
    measured in different ways are not compared.

    Args:
        metrics: Which figures: names separated by commas, `default` or `all`; by default all there are.
        evaluate: Judge all runs anew, in one way; without it only those that were not judged yet.
        num_samples: How many samples to judge, where runs are judged now; by default as many as those already judged
            had, or as the data allows, up to 10,000.
        features: What figures are measured on, where runs are judged now; see `ganwright list features`.
        weights: File of weights for features that want one, such as inception.
        split: The part of the data that samples are compared with: train or test.
        seed: The same seed judges the same samples.
        out: Draw a picture, a panel for each figure, into this PNG file.
    """
    from ganwright import runs
    from ganwright.cli import output
    from ganwright.cli.counter import counter

    names = None if metrics is None else [name.strip() for name in metrics.split(",") if name.strip()]
    with counter(output.messages(quiet), "judging") as progress:
        found = runs.compare(
            run,
            names,
            evaluate=evaluate,
            num_samples=num_samples,
            features=features,
            weights=weights,
            split=split,
            seed=seed,
            data_dir=None if data_dir is None else str(data_dir),
            progress=progress,
        )
    picture = None if out is None else found.draw(out)
    told = [] if picture is None else ["", f"picture  {picture}"]
    output.print_result(json, {**found.plain(), "picture": picture}, [*found.lines(), *told])
