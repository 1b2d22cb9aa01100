"""Lesson (a): the first GAN, two multilayer perceptrons, from noise to digits."""

import math
from collections.abc import Sequence

from ganwright.lessons.base import Claim, Curves, Lesson, Panels, Runs, Stage, Training, said

BLIND = math.log(2)
MOST_OFF = 0.1
LEAST_FALL = 4.0
LEAST_DIVERSITY = 0.8


def claims(runs: Runs) -> Sequence[Claim]:
    """It begins with a blind D, ends with digits of all kinds, and D's lead shrinks but does not vanish."""
    gan = runs["gan"]
    losses = gan["discriminator_loss"].first, gan["generator_loss"].first
    fall = gan["fid"].first / gan["fid"].late(0.1)
    classes, diversity = gan["classes_covered"].last, gan["diversity"].late(0.1)
    best, last = gan["rank_accuracy"].highest, gan["rank_accuracy"].late()
    return [
        Claim(
            abs(losses[0] - 2 * BLIND) <= MOST_OFF and abs(losses[1] - BLIND) <= MOST_OFF,
            f"Before the first step D is blind: its loss is {losses[0]:.3f} (2 ln 2 = 1.386 expected, within "
            f"{MOST_OFF}) and that of G {losses[1]:.3f} (ln 2 = 0.693 expected).",
        ),
        Claim(
            fall >= LEAST_FALL,
            f"The samples' FID falls from {said(gan['fid'].first)} to {said(gan['fid'].late(0.1))}, {said(fall)}-fold "
            f"(at least {LEAST_FALL:g}-fold expected).",
        ),
        Claim(
            classes == 10 and diversity >= LEAST_DIVERSITY,
            f"They show {classes:g} of the 10 digits, {said(diversity)} times as varied as the data (10, and at least "
            f"{LEAST_DIVERSITY}, expected).",
        ),
        Claim(
            0.5 < last < best,
            f"D still tells real from fake, in {last:.0%} of pairs (above 50% expected), but no longer as well as at "
            f"its best, {best:.1%}.",
        ),
    ]


LESSON = Lesson(
    name="first-gan",
    title="The first GAN",
    question="Two small networks play against each other, and digits appear out of noise. What does it look like?",
    explanation="""
The generator G turns 64 random numbers z into an image. The discriminator D looks at an image and says how likely it is
to be real. Both are multilayer perceptrons, and they learn in turns:

    L_D = -E[log D(x)] - E[log(1 - D(G(z)))]
    L_G = -E[log D(G(z))]

D learns to tell data from samples, G learns to be taken for data. Nobody shows G a digit: all it knows of them comes
through D.

Before the first step D is blind, says 1/2 to everything, and the losses are 2 ln 2 = 1.386 and ln 2 = 0.693. Then D
takes the lead: noise is easy to tell. As the samples become digits, its lead should shrink. It need not vanish: with
small data D keeps telling more than half of the pairs, and the losses do not go back to where they began. Losses of a
GAN are not a measure of quality; look at the samples, and at figures such as FID.

D is told 0.9 instead of 1 for real images (one-sided label smoothing), so that it never becomes quite sure.
""",
    stages={
        "digits": Stage("digits", "mlp", images=400_000, options={"tick_images": 16_000}),
        "mnist": Stage("mnist", "mlp", images=1_200_000, options={"tick_images": 48_000}, num_threads=None),
    },
    runs={"gan": Training("the GAN")},
    measures=(
        "real_probability",
        "fake_probability",
        "discriminator_loss",
        "generator_loss",
        "rank_accuracy",
        "fid",
        "classes_covered",
        "smallest_class_share",
        "diversity",
        "value_mean",
        "value_std",
        "real_value_mean",
        "real_value_std",
    ),
    figures=(
        Panels(
            "The same ten latents, over time",
            "Each column is one point of the latent space; each row a moment, after so many images seen. The last row "
            "is data.",
            moments=8,
        ),
        Curves(
            "What D says",
            "Mean of D over real images and over samples. At a draw both would be 0.45, half of the 0.9 it is told.",
            measures=("real_probability", "fake_probability"),
            labels=("real", "samples"),
            axis="mean of D",
            limits=(0.0, 1.0),
            references=((0.45, "a draw"),),
        ),
        Curves(
            "The losses",
            "They mirror who leads, not how good the samples are.",
            measures=("discriminator/loss", "generator/loss"),
            labels=("D", "G"),
            axis="loss",
            references=((2 * BLIND, "2 ln 2"), (BLIND, "ln 2")),
        ),
        Curves(
            "How far the samples are from the data",
            "FID in the features of a digit classifier, on a logarithmic scale; lower is better.",
            measures=("fid",),
            axis="FID",
            logarithmic=True,
        ),
        Curves(
            "How varied the samples are",
            "Mean distance of pairs of samples, over that of real images.",
            measures=("diversity",),
            axis="diversity",
            limits=(0.0, None),
            references=((1.0, "data"),),
        ),
    ),
    claims=claims,
)
