"""Lesson (b): a generator that takes five steps for each of the discriminator's."""

from collections.abc import Sequence

from ganwright.lessons.base import Claim, Curves, Lesson, Panels, Runs, Training, said
from ganwright.lessons.perceptrons import MEASURES, stages

LEAST_HEALTHY = 0.75
MOST_OF_HEALTHY = 0.8
LEAST_CLASSES_LOST = 1.5
BLIND_LOSS = 1.386
MOST_OFF_BLIND = 0.1


def claims(runs: Runs) -> Sequence[Claim]:
    """The healthy run keeps its variety, the greedy generator loses some, and the losses show nothing of it."""
    healthy, greedy = runs["healthy"], runs["greedy"]
    kept, left = healthy["diversity"].late(), greedy["diversity"].late()
    classes, fewer = healthy["classes_covered"].late(), greedy["classes_covered"].late()
    loss = greedy["discriminator_loss"].late()
    return [
        Claim(
            kept >= LEAST_HEALTHY,
            f"With one step each, the samples end {said(kept)} times as varied as the data (at least {LEAST_HEALTHY} "
            f"expected).",
        ),
        Claim(
            left <= MOST_OF_HEALTHY * kept and fewer <= classes - LEAST_CLASSES_LOST,
            f"With five generator steps they end at {said(left)}, {said(left / kept)} of that (at most "
            f"{MOST_OF_HEALTHY} expected), and fall into {said(fewer)} classes instead of {said(classes)} (at least "
            f"{LEAST_CLASSES_LOST} fewer expected; last quarter of the run).",
        ),
        Claim(
            abs(loss - BLIND_LOSS) <= MOST_OFF_BLIND,
            f"Meanwhile the loss of its discriminator is {loss:.2f}, as if all were well (2 ln 2 = 1.386 where real "
            f"and fake cannot be told apart; within {MOST_OFF_BLIND} expected).",
        ),
    ]


LESSON = Lesson(
    name="collapse",
    title="Mode collapse",
    question="What happens when the generator takes five steps for each of the discriminator's?",
    explanation="""
The generator is never asked to be varied. Its loss is the mean over its samples of what the discriminator says of each:

    L_G = E_z[-log D(G(z))]

For a discriminator that holds still, the best that the generator can do is to put every sample where D is highest. Only
the discriminator's answer stops it: where samples pile up, D learns to say no. Five generator steps to one of the
discriminator's give the generator time to move its pile before the answer comes. The samples then run from one place to
the next together, instead of spreading out.

Losses do not show it. A discriminator that comes too late cannot tell the current samples from real items, so its loss
stays near 2 ln 2, the value of a perfect game. So count: pairs of samples that differ (diversity), and classes that
still occur.

It is not a law. Whether five to one collapses depends on networks, data and rates; here the networks are small and
fast. Nor need it last: with three times as many steps, this run may well win back much of its variety (try it: the
command stands below). The verdict compares equal numbers of iterations, and says what happened in this run.
""",
    stages=stages(),
    runs={
        "healthy": Training("one step each"),
        "greedy": Training("five generator steps", {"generator_steps": 5}),
    },
    measures=MEASURES,
    figures=(
        Curves(
            "How varied the samples are",
            "Mean distance of pairs of samples over that of pairs of real digits: 0 is one sample for every latent.",
            measures=("diversity",),
            axis="diversity",
            limits=(0.0, None),
            references=((1.0, "data"),),
        ),
        Panels(
            "Samples from the same latents over time",
            "A collapsing generator draws the same digit in many places, and another one the next time.",
        ),
        Curves(
            "Classes that occur",
            "Of ten; by the shipped classifier, among 1,000 samples or half of the data.",
            measures=("classes_covered",),
            axis="classes",
            limits=(0.0, 10.5),
        ),
        Curves(
            "The discriminator's loss",
            "The sick run looks better than the healthy one: it stays at the value of a perfect game.",
            measures=("discriminator_loss",),
            axis="loss",
            references=((BLIND_LOSS, "2 ln 2"),),
        ),
    ),
    claims=claims,
)
