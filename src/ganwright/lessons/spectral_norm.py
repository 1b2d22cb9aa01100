"""Lesson (e): a discriminator that cannot become steep."""

from collections.abc import Mapping, Sequence
from typing import Any

from ganwright.lessons.base import Claim, Curves, Lesson, Panels, Runs, Training, said
from ganwright.lessons.perceptrons import stages

WASSERSTEIN: Mapping[str, Any] = {"loss": {"kind": "wasserstein"}}

MOST_SLOPE = 1.05
LEAST_SLOPE_WITHOUT = 20.0
MOST_FID_RATIO = 0.75
LEAST_DIVERSITY = 0.6


def claims(runs: Runs) -> Sequence[Claim]:
    """Without it the slope runs away and the samples collapse; with it the slope stays below 1 and they do not."""
    free, held = runs["without"], runs["with"]
    slope, bounded = free["slope_highest"].late(), held["slope_highest"].highest
    before, after = free["fid"].late(), held["fid"].late()
    alike, varied = free["diversity"].late(), held["diversity"].late()
    return [
        Claim(
            bounded <= MOST_SLOPE and slope >= LEAST_SLOPE_WITHOUT,
            f"With spectral norm the steepest slope that was met is {said(bounded)} (at most {MOST_SLOPE} expected); "
            f"without, it is {said(slope)} in the last quarter of the run (at least {LEAST_SLOPE_WITHOUT:g} expected).",
        ),
        Claim(
            after <= MOST_FID_RATIO * before,
            f"FID ends at {said(after)} with it and at {said(before)} without, {said(after / before)} of that (at most "
            f"{MOST_FID_RATIO} expected).",
        ),
        Claim(
            varied >= LEAST_DIVERSITY and varied > alike,
            f"The samples are {said(varied)} times as varied as the data with it (at least {LEAST_DIVERSITY} "
            f"expected), {said(alike)} times without.",
        ),
    ]


LESSON = Lesson(
    name="spectral-norm",
    title="Spectral normalisation",
    question="What holds a discriminator whose loss has no floor? (Run it on several seeds: --seeds 3.)",
    explanation="""
The Wasserstein loss asks the critic for the largest difference of scores between real items and samples,

    L_D = mean D(G(z)) - mean D(x),

which grows with the critic's weights and has no floor. What it estimates is a distance only for critics of slope at
most 1. A free critic becomes steeper and steeper instead of more to the point, and what the generator is told changes
from step to step.

Spectral normalisation (Miyato et al. 2018) divides each weight matrix by its largest singular value, found by one step
of power iteration at each forward pass. Then no layer can stretch any difference, and neither can all of them together:

    |D(x) - D(y)| <= |x - y|

It costs two products of a matrix with a vector for each layer, and there is nothing to tune. That is also its limit:
the bound holds everywhere, wanted or not. Under losses that stop by themselves, such as hinge or cross-entropy, a small
discriminator that is bounded so may well do worse than a free one. Here the loss does not stop by itself.
""",
    stages=stages(images=192_000, mnist_images=960_000, moments=30),
    runs={
        "without": Training("without", WASSERSTEIN, may_fail=True),
        "with": Training("spectral norm", {**WASSERSTEIN, "discriminator.spectral_norm": True}),
    },
    measures=("slope_mean", "slope_highest", "score_gap", "fid", "diversity", "classes_covered"),
    figures=(
        Curves(
            "The steepest slope of D",
            "Between real items and samples. A critic that measures a distance has slope 1 at most.",
            measures=("slope_highest",),
            axis="slope",
            logarithmic=True,
            references=((1.0, "1"),),
        ),
        Panels("Samples from the same latents over time", "What the two generators make of it."),
        Curves(
            "FID",
            "The lower the better.",
            measures=("fid",),
            axis="FID, classifier features",
            limits=(0.0, None),
        ),
        Curves(
            "How varied the samples are",
            "Mean distance of pairs of samples over that of pairs of real digits.",
            measures=("diversity",),
            axis="diversity",
            limits=(0.0, None),
            references=((1.0, "data"),),
        ),
    ),
    claims=claims,
)
