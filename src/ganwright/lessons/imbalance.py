"""Lesson (m): a long-tailed data set loses its rare classes; drawing every class equally often wins them back."""

from collections.abc import Mapping, Sequence
from typing import Any

from ganwright.lessons.base import Bars, Claim, Curves, Lesson, Panels, Runs, Stage, Training, said
from ganwright.lessons.perceptrons import RATES, SMALL

LEAST_EVEN = 0.2
MOST_LOST = 0.5
LEAST_WON_BACK = 0.7

TAIL: Mapping[str, Any] = {
    "data.imbalance": 0.05,
    "loss": {"kind": "relativistic-pairing"},
    "penalties": [{"kind": "r1", "gamma": 0.2}, {"kind": "r2", "gamma": 0.2}],
    "optimisers.generator.betas": [0.0, 0.99],
    "optimisers.discriminator.betas": [0.0, 0.99],
}
"""A game that follows the data's shares closely: what is lost here is lost by the data, not by a collapse."""


def claims(runs: Runs) -> Sequence[Claim]:
    """The tail takes the rare classes away, and balanced draws bring them back."""
    even, tail, balanced = (runs[name]["tail_share"].late() for name in ("even", "long-tail", "balanced"))
    data = runs["long-tail"]["real_tail_share"].last
    return [
        Claim(
            even >= LEAST_EVEN,
            f"Where all classes are equally frequent, {said(100 * even)}% of the samples are of the last three (at "
            f"least {100 * LEAST_EVEN:g}% expected; 30% would be even).",
        ),
        Claim(
            tail <= MOST_LOST * even,
            f"From the long tail it is {said(100 * tail)}%, {said(tail / even)} of that (at most {MOST_LOST} "
            f"expected); they are {said(100 * data)}% of the data.",
        ),
        Claim(
            balanced >= LEAST_WON_BACK * even,
            f"With every class drawn equally often it is {said(100 * balanced)}% again, {said(balanced / even)} of "
            f"the even run's share (at least {LEAST_WON_BACK} expected).",
        ),
    ]


LESSON = Lesson(
    name="imbalance",
    title="Rare classes",
    question="What becomes of classes that the data hardly has, and does it help to draw them more often?",
    explanation="""
In a long-tailed data set each class has fewer items than the one before. Here class k keeps this share of what class 0
has, so that for every hundred zeros there are five nines:

    n_k / n_0 = 0.05^(k / 9),   k = 0 .. 9

The generator is asked to match the distribution of what the discriminator is shown, classes included. An item that is
shown rarely earns a generator little: at best its class comes as rarely as in the data, and where the game is not won
so well, rarer. So the last three classes, 7, 8 and 9, should nearly vanish from the samples.

Balanced sampling shows the discriminator every class equally often, whatever the data has. The distribution to match is
then another one, in which a tenth of all items are nines, and the shares of the samples should follow.

It is no more than that: the same few nines come again and again. How often a class is drawn changes, what is known of
it does not, and with only seven of them a discriminator soon knows each by heart.

Nobody tells the generator which class to make; a classifier reads it off the samples. All three runs play the same
game, relativistic pairs with penalties R1 and R2, because it keeps to the data's shares: a plain GAN of this size drops
and regains classes by itself, which would hide the effect of the data.
""",
    stages={
        "digits": Stage("digits", "mlp", 128_000, {**SMALL, **TAIL, "tick_images": 6_400}),
        "mnist": Stage("mnist", "mlp", 640_000, {**RATES, **TAIL, "tick_images": 32_000}, num_threads=None),
    },
    runs={
        "even": Training("all classes alike", {"data.imbalance": 1.0}),
        "long-tail": Training("long tail"),
        "balanced": Training("long tail, balanced draws", {"data.balanced": True}),
    },
    measures=(
        "tail_share",
        "real_tail_share",
        "class_shares",
        "real_class_shares",
        "classes_covered",
        "diversity",
    ),
    figures=(
        Bars(
            "What the samples are of, at the end",
            "Share of the samples that the shipped classifier takes for each digit. The dashed line is an even split.",
            measure="class_shares",
            axis="share of the samples",
            reference=(0.1, ""),
        ),
        Curves(
            "The three rarest classes",
            "Share of the samples that are taken for a 7, an 8 or a 9.",
            measures=("tail_share",),
            axis="share of the samples",
            limits=(0.0, None),
            references=((0.3, "even"),),
        ),
        Panels(
            "Samples from the same latents over time",
            "Zeros and ones crowd the long tail's row; balanced draws bring all digits back.",
            moments=4,
        ),
    ),
    claims=claims,
)
