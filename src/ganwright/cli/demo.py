"""`ganwright demo`: the main job, end to end, on data that comes with the package."""

from pathlib import Path

from ganwright.cli.flags import Json, MaybeWhole, Quiet, verb

app = verb(
    "demo",
    "[flags]",
    """
ganwright demo                       # about two minutes on two cores
ganwright demo --images 20000        # a first taste
ganwright demo --seed 1 --out runs/demo-1
""",
)


@app.default
def demo(
    *,
    out: Path | None = None,
    seed: MaybeWhole = None,
    images: MaybeWhole = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train a small GAN on handwritten digits, and judge it.

    Says where everything is and what to try next. The same command again goes on
    where it stopped.

    Args:
        out: The run folder; by default one below runs/.
        seed: Seed of everything random, 0 or more; by default the recipe's.
        images: Length in images seen; by default the recipe's.
    """
    from ganwright import runs
    from ganwright.cli import output, training
    from ganwright.cli.counter import counter
    from ganwright.training.precision import flushed_denormals

    messages = output.messages(quiet)
    with flushed_denormals():
        plan = runs.plan("digits", "demo", images=images, seed=seed, out=out)
        run = training.train(plan, messages)
    with counter(messages, "judging the samples") as report:
        evaluation = run.evaluate(progress=report)
    run.report()
    result = training.summary(run)
    tips = [
        "",
        "what to try next:",
        f"  ganwright show {run.path}",
        f"  ganwright sample {run.path} -n 100 --seed 7 --out digits.png",
        "  ganwright train digits --recipe dcgan --images 100000 --generator.width 32",
        "  ganwright list recipes",
    ]
    lines = [*evaluation.lines(), "", *training.lines(run, result), *tips]
    output.print_result(json, {**result, "evaluation": evaluation.plain()}, lines)
