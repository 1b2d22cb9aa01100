"""Lesson: two problems that FID cannot tell apart, few kinds and bad ones, and the numbers that can."""

from collections.abc import Sequence

from ganwright.lessons.base import (
    Claim,
    Clouds,
    Curves,
    Grades,
    Lesson,
    Panels,
    Profiles,
    Runs,
    Stage,
    Training,
    said,
)
from ganwright.lessons.perceptrons import GRADIENT_PENALTY, RATES, SMALL

MOST_FID_APART = 0.05
KEPT = 0.75
RECALL_LOST = 0.65
PRECISION_LOST = 0.4
DENSITY_KEPT = 0.6
COVERAGE_LOST = 0.8
LEAST_APART = 0.15

CATEGORIES = ("as trained", "few kinds", "all badly", "real items")


def claims(runs: Runs) -> Sequence[Claim]:
    """One FID, two problems, told apart by either pair; and which of them the trained models have."""
    good, greedy = runs["wgan-gp"], runs["greedy"]
    fid, precision, recall, density, coverage = (
        good[f"faults_{name}"].lists[-1] for name in ("fid", "precision", "recall", "density", "coverage")
    )
    shares = {
        name: (run["precision"].late() / run["real_precision"].last, run["recall"].late() / run["real_recall"].last)
        for name, run in (("good", good), ("greedy", greedy))
    }
    return [
        Claim(
            abs(fid[1] / fid[2] - 1) <= MOST_FID_APART,
            f"FID does not tell the faults apart: {fid[1]:.2f} for few kinds, {fid[2]:.2f} for all badly, under noise "
            f"of {said(good['noise_given'].last)} (within {MOST_FID_APART:.0%} by construction; {fid[0]:.2f} as "
            f"trained, floor {fid[3]:.2f}).",
        ),
        Claim(
            precision[1] >= KEPT * precision[0] and recall[1] <= RECALL_LOST * recall[0],
            f"Few kinds: precision stays at {precision[1]:.2f} (at least {KEPT} of {precision[0]:.2f} expected), "
            f"recall falls from {recall[0]:.2f} to {recall[1]:.2f} (at most {RECALL_LOST} of it expected).",
        ),
        Claim(
            precision[2] <= PRECISION_LOST * precision[0] and recall[2] >= KEPT * recall[0],
            f"All badly: precision falls to {precision[2]:.2f} (at most {PRECISION_LOST} of {precision[0]:.2f} "
            f"expected), recall stays at {recall[2]:.2f} (at least {KEPT} of {recall[0]:.2f} expected).",
        ),
        Claim(
            density[1] >= DENSITY_KEPT * density[0]
            and density[2] <= PRECISION_LOST * density[0]
            and max(coverage[1:3]) <= COVERAGE_LOST * coverage[0],
            f"Density is {density[0]:.2f} as trained, {density[1]:.2f} for few kinds, {density[2]:.2f} for all badly "
            f"(at least {DENSITY_KEPT} and at most {PRECISION_LOST} of the first expected). Coverage falls for both, "
            f"from {coverage[0]:.2f} to {coverage[1]:.2f} and {coverage[2]:.2f} (at most {COVERAGE_LOST} of it "
            "expected): bad samples cover nothing.",
        ),
        Claim(
            shares["good"][1] - shares["good"][0] >= LEAST_APART,
            f"The trained WGAN-GP's problem is quality: it has {shares['good'][0]:.0%} of the precision of real items "
            f"and {shares['good'][1]:.0%} of their recall (at least {100 * LEAST_APART:g} points more expected).",
        ),
        Claim(
            shares["greedy"][1] <= shares["good"][1] - LEAST_APART,
            f"Five steps of G to one of D cost variety: {shares['greedy'][1]:.0%} of the recall of real items (at "
            f"least {100 * LEAST_APART:g} points less expected), at {shares['greedy'][0]:.0%} of their precision.",
        ),
    ]


LESSON = Lesson(
    name="precision-recall",
    title="Few kinds, or all badly?",
    question="FID says that something is wrong. Are the samples bad, or are some kinds missing?",
    explanation="""
FID is one number for two problems. A generator may make few kinds of things well, or all kinds badly; both move the
mean and the spread of features away from those of the data.

Two numbers part them (Kynkaanniemi et al. 2019). Put a ball around each real item that reaches to its fifth neighbour;
together they stand for where data lies. The same around samples stands for what the generator makes.

    precision = share of the samples inside a ball of a real item
    recall    = share of the real items inside a ball of a sample

Here the problem is known, because it is made. One generator is trained, and its samples are then spoiled in two ways.
For few kinds, only samples of the first half of the classes are kept, as a classifier sees them. For all badly, noise
is laid over samples of all classes, just as strong as it takes to reach the same FID.

Density and coverage (Naeem et al. 2020) are harder to fool. A sample far from everything has a far neighbour and so a
large ball, which holds many real items: noisy samples can have high recall while none is any good. Coverage uses the
balls of real items alone, and asks which are reached at all; so it is low for either fault, and to be read after
density. The precision-recall curve (Sajjadi et al. 2018) compares how samples and data share out over clusters.

Then the question is put to models that were not spoiled: the trained one, and one that takes five generator steps for
each of D's. All figures are read against those of other real items.

A rule of thumb. Precision or density far below that of real items, recall near it: train longer, a larger generator, a
stronger discriminator, or an average of the weights. Recall far below: more steps for D or a lower rate for G, another
loss (WGAN-GP, relativistic pairs), PacGAN, or balanced classes. Both far below: quality first, since neither recall nor
coverage means much while samples are bad. FID high and both fine: look at the shares of the classes.
""",
    stages={
        "digits": Stage("digits", "mlp", 96_000, {**SMALL, "tick_images": 9_600}),
        "mnist": Stage("mnist", "mlp", 320_000, {**RATES, "tick_images": 64_000}, num_threads=None),
    },
    runs={
        "wgan-gp": Training("WGAN-GP", GRADIENT_PENALTY),
        "greedy": Training(
            "five generator steps",
            {"generator_steps": 5},
            measures=(
                "fid",
                "precision",
                "recall",
                "density",
                "coverage",
                "real_precision",
                "real_recall",
                "classes_covered",
            ),
        ),
    },
    measures=(
        "fid",
        "precision",
        "recall",
        "density",
        "coverage",
        "real_precision",
        "real_recall",
        "classes_covered",
        "noise_given",
        "faults_fid",
        "faults_precision",
        "faults_recall",
        "faults_density",
        "faults_coverage",
        "curve_recall",
        "curve_trained",
        "curve_few",
        "curve_badly",
        "curve_real",
        "plane_real",
        "plane_trained",
        "plane_few",
        "plane_badly",
    ),
    figures=(
        Grades(
            "One FID, two problems",
            "Few kinds and all badly have the same FID; precision and density fall for one, recall for the other.",
            measures=(
                ("faults_fid", "FID"),
                ("faults_precision", "precision"),
                ("faults_recall", "recall"),
                ("faults_density", "density"),
                ("faults_coverage", "coverage"),
            ),
            categories=CATEGORIES,
        ),
        Clouds(
            "Samples, real items and balls",
            "Above: which samples lie in the gray balls (precision)? Below: which real items lie in the coloured ones "
            "(recall)? This is the plane in which features of real items vary most, with balls to the second "
            "neighbour; the numbers are of all dimensions. A stray sample has a large ball, and vouches for too much.",
            real="plane_real",
            fakes=(("plane_trained", "as trained"), ("plane_few", "few kinds"), ("plane_badly", "all badly")),
        ),
        Profiles(
            "The precision-recall curve",
            "Few kinds: fair precision, but only at low recall. All badly: little precision at any. The corner at "
            "the top right is out of reach even for real items.",
            x="curve_recall",
            lines=(
                ("curve_trained", "as trained"),
                ("curve_few", "few kinds"),
                ("curve_badly", "all badly"),
                ("curve_real", "real items"),
            ),
            runs=("wgan-gp",),
            moments=1,
            axis="precision",
            x_axis="recall",
            limits=(0.0, 1.02),
        ),
        Curves(
            "Precision while training",
            "Share of the samples that lie where data does. WGAN-GP gains it slowly.",
            measures=("precision",),
            axis="precision",
            limits=(0.0, 1.0),
            references=(("real_precision", "real items"),),
        ),
        Curves(
            "Recall while training",
            "Share of the data that lies where samples do. WGAN-GP has it early, while its samples are still bad.",
            measures=("recall",),
            axis="recall",
            limits=(0.0, 1.0),
            references=(("real_recall", "real items"),),
        ),
        Panels("Samples from the same latents over time", "Of both models, as trained.", moments=3),
    ),
    claims=claims,
)
