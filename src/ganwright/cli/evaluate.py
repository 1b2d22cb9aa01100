"""`ganwright evaluate`: how good a run's samples are."""

from typing import Annotated

from cyclopts import Parameter

from ganwright.cli.flags import DataDir, Json, MaybeWhole, Quiet, RunFolder, Whole, verb

app = verb(
    "evaluate",
    "RUN [flags]",
    """
ganwright evaluate runs/digits-demo
ganwright evaluate runs/digits-demo --num-samples 10000 --json
ganwright evaluate runs/faces --classifier none
""",
)


@app.default
def evaluate(
    run: RunFolder,
    /,
    *,
    num_samples: Annotated[MaybeWhole, Parameter(name=("--num-samples", "-n"))] = None,
    classifier: str = "auto",
    seed: Whole = 0,
    data_dir: DataDir = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Measure a run's samples beside the data.

    Prints the protocol with the figures: two figures compare where it is the same.

    Args:
        num_samples: How many samples to judge; by default as many as the data allows.
        classifier: Judge by a classifier's features: auto (the one shipped for this data, or one fitted once), none,
            or the path of one.
        seed: The same seed judges the same samples.
    """
    from ganwright import runs
    from ganwright.cli import output
    from ganwright.cli.counter import counter

    with counter(output.messages(quiet), "judging") as progress:
        evaluation = runs.load(run).evaluate(
            num_samples,
            classifier=classifier,
            seed=seed,
            data_dir=None if data_dir is None else str(data_dir),
            progress=progress,
        )
    output.print_result(json, {"run": run, **evaluation.plain()}, evaluation.lines())
