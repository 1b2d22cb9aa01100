"""Lesson: a Wasserstein critic with gradient penalty against the cross-entropy game, on the same networks, by FID."""

from collections.abc import Mapping, Sequence
from math import log
from typing import Any

from ganwright.lessons.base import Claim, Curves, Lesson, Panels, Runs, Stage, Training, rank_correlation, said
from ganwright.lessons.perceptrons import GRADIENT_PENALTY, RATES, SMALL

LONGER = 5.0
MOST_OF_BCE = 0.5
MOST_OF_FIVE = 0.8
LEAST_COST = 2.5
MOST_AT_EQUAL_TIME = 1.0
EARLY, LATE = (0.03, 0.12), (0.75, 1.0)
LEAST_GAP_FALL = 2.0
MOST_LOSS_FALL = 1.5
LEAST_FLOORS = 2.0
BLIND = 2 * log(2)

CROSS_ENTROPY: Mapping[str, Any] = {
    "loss.real_label": 1.0,
    "optimisers.generator.betas": [0.0, 0.9],
    "optimisers.discriminator.betas": [0.0, 0.9],
}
"""The non-saturating game without label smoothing, by the optimiser that WGAN-GP has: the loss alone differs."""


def claims(runs: Runs) -> Sequence[Claim]:
    """More for each image, not for each second; and a loss that says something."""
    bce, five, gp = (runs[name]["fid_crowd"] for name in ("bce", "bce-five", "wgan-gp"))
    num, floor = runs["wgan-gp"]["num_crowd"].last, runs["wgan-gp"]["fid_floor"].last
    end, longer = gp.images[-1], bce.images[-1]
    equal = bce.part(0.75 * end / longer, end / longer)
    taken, given = (runs[name]["training_seconds"].last for name in ("wgan-gp", "bce"))
    cost = taken / end / (given / longer)
    share = min(1.0, taken / given)
    at_time = bce.part(0.75 * share, share)
    gap, told = (
        [level - runs[name]["discriminator_loss"].part(*part) for part in (EARLY, LATE)]
        for name, level in (("wgan-gp", 0.0), ("bce", BLIND))
    )
    losses = runs["wgan-gp"]["discriminator_loss"].numbers
    together = rank_correlation(gp.numbers[1:], [-loss for loss in losses[1:]])
    return [
        Claim(
            gp.late() <= MOST_OF_BCE * equal and gp.late() <= MOST_OF_FIVE * five.late(),
            f"After {end:,} images and as many steps of G, WGAN-GP is at FID {said(gp.late())}, cross-entropy with one "
            f"step of D at {said(equal)} and with five at {said(five.late())} (at most {MOST_OF_BCE} and "
            f"{MOST_OF_FIVE} of these expected; mean of the last quarter; {num:,.0f} samples against as many real "
            f"items, floor {said(floor)}).",
        ),
        Claim(
            cost >= LEAST_COST,
            f"For each image it takes {said(cost)} times as long as cross-entropy with one step of D (at least "
            f"{LEAST_COST} expected).",
        ),
        Claim(
            at_time <= MOST_AT_EQUAL_TIME * gp.late(),
            f"Given {min(1.0, given / taken):.0%} of the time that WGAN-GP takes, cross-entropy is at FID "
            f"{said(at_time)}, {said(at_time / gp.late())} times WGAN-GP's {said(gp.late())} (at most "
            f"{MOST_AT_EQUAL_TIME:g} expected).",
        ),
        Claim(
            gap[0] >= LEAST_GAP_FALL * gap[1],
            f"While WGAN-GP's FID falls from {said(gp.part(*EARLY))} to {said(gp.late())}, its critic's gap falls from "
            f"{said(gap[0])} to {said(gap[1])} (at least {LEAST_GAP_FALL:g}-fold expected). From tick to tick it says "
            f"less: their rank correlation is {together:.2f}.",
        ),
        Claim(
            told[0] <= MOST_LOSS_FALL * told[1],
            f"While cross-entropy's FID falls from {said(bce.part(*EARLY))} to {said(bce.late())}, what its D says of "
            f"the distance, 2 ln 2 less the loss, goes from {said(told[0])} to {said(told[1])} (no fall of more than "
            f"{MOST_LOSS_FALL}-fold expected).",
        ),
        Claim(
            gp.late() >= LEAST_FLOORS * floor,
            f"None is done: WGAN-GP ends at {said(gp.late() / floor)} times the floor (at least {LEAST_FLOORS:g} "
            "expected).",
        ),
    ]


LESSON = Lesson(
    name="wgan-gp-vs-bce",
    title="WGAN-GP against cross-entropy",
    question="On the same networks, what does a Wasserstein critic buy, what does it cost, and what does its loss say?",
    explanation="""
Cross-entropy (BCE) makes D tell real from fake, and G raise what D says of its samples:

    L_D = E[-log D(x)] + E[-log(1 - D(G(z)))],   L_G = E[-log D(G(z))]

WGAN-GP (Gulrajani et al. 2017) makes a critic score real items above samples, and holds its slope near 1 by a penalty
at places between them. The gap that it reaches is then close to the Wasserstein-1 distance:

    L_C = E[C(G(z))] - E[C(x)] + 10 E[(|dC/dx| - 1)^2],   L_G = -E[C(G(z))]

For that the critic must be near its best, so it takes five steps for each of the generator's. The clock counts images
seen once for each step of G: at equal images, generators have taken equally many steps, and a critic five times as many
as D. So there are two more fair comparisons. D is given five steps as well, which leaves the loss as the difference;
and cross-entropy with one step is trained on, for five times the images, so that both can be compared after equal time.

All play on the same networks (perceptrons without normalisation) from the same weights, by Adam with betas 0 and 0.9 at
a rate of 1e-3. That is the optimiser of WGAN-GP; cross-entropy might do better with one of its own.

FID is of 5,000 samples against 5,000 real items, or of half of the data where that is less, in the features of a small
classifier. Its floor is that of as many other real items. With few items the floor matters: no difference close to it
means anything.

And the losses? D's cross-entropy loss should end at 2 ln 2 when all is won, but a D that keeps up says about the same
of bad samples and of good ones. The critic's gap is an estimate of a distance, and should fall as samples get better.
Only roughly, though: its scale is that of the critic's slope, the critic is never at its best, and the gap is measured
on items that the critic has been trained on.
""",
    stages={
        "digits": Stage("digits", "mlp", 64_000, {**SMALL, "tick_images": 3_200}),
        "mnist": Stage("mnist", "mlp", 320_000, {**RATES, "tick_images": 16_000}, num_threads=None),
    },
    runs={
        "bce": Training("cross-entropy", {**CROSS_ENTROPY}, length=LONGER),
        "bce-five": Training("cross-entropy, five steps of D", {**CROSS_ENTROPY, "discriminator_steps": 5}),
        "wgan-gp": Training("WGAN-GP", GRADIENT_PENALTY),
    },
    measures=(
        "fid_crowd",
        "fid_floor",
        "num_crowd",
        "discriminator_loss",
        "generator_loss",
        "rank_accuracy",
        "diversity",
        "classes_covered",
    ),
    figures=(
        Curves(
            "FID over images",
            "At equal images all generators have taken equally many steps. Cross-entropy goes on five times as long.",
            measures=("fid_crowd",),
            axis="FID, classifier features",
            logarithmic=True,
            references=(("fid_floor", "real against real"),),
        ),
        Curves(
            "FID over time",
            "The same against the seconds that training took: a step of cross-entropy is several times cheaper.",
            measures=("fid_crowd",),
            axis="FID, classifier features",
            logarithmic=True,
            by_time=True,
            references=(("fid_floor", "real against real"),),
        ),
        Panels(
            "Samples from the same latents over time",
            "Each run at four moments of its own length.",
            moments=4,
        ),
        Curves(
            "What the critic's loss says",
            "Without the penalty it is the gap with its sign turned: it rises towards 0 as samples get better.",
            measures=("discriminator_loss",),
            runs=("wgan-gp",),
            axis="loss of the critic",
            references=((0.0, "no gap"),),
        ),
        Curves(
            "What cross-entropy's loss says",
            "D's loss soon keeps to one height, whatever the samples are like.",
            measures=("discriminator_loss",),
            runs=("bce", "bce-five"),
            axis="loss of D",
            references=((1.386, "2 ln 2"),),
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
