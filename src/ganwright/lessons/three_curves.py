"""Lesson (g): the three pictures that loss curves make."""

from collections.abc import Sequence

from ganwright.lessons.base import Claim, Curves, Lesson, Panels, Runs, Training, said
from ganwright.lessons.perceptrons import MEASURES, SLOW_DISCRIMINATOR, stages

BLIND_LOSS = 1.386
MOST_OFF_BLIND = 0.1
MOST_WON = 0.35
LEAST_FID_RATIO = 2.0
MOST_DIVERSITY = 0.5
LEAST_BETWEEN = 0.2


def claims(runs: Runs) -> Sequence[Claim]:
    """D's loss: near zero where D wins, at 2 ln 2 where G collapses, between them where both learn."""
    healthy, beaten, collapsed = runs["healthy"], runs["d-wins"], runs["collapse"]
    level, won, blind = (run["discriminator_loss"].late() for run in (healthy, beaten, collapsed))
    best, worse, alike = (run["fid"].late() for run in (healthy, beaten, collapsed))
    diversity = collapsed["diversity"].late()
    return [
        Claim(
            won <= MOST_WON and worse >= LEAST_FID_RATIO * best,
            f"Where D wins, its loss is {won:.2f} in the last quarter (at most {MOST_WON} expected), and FID is "
            f"{said(worse)} against {said(best)} of the healthy run (at least {LEAST_FID_RATIO:g} times expected).",
        ),
        Claim(
            abs(blind - BLIND_LOSS) <= MOST_OFF_BLIND and diversity <= MOST_DIVERSITY,
            f"Where G collapses, D's loss is {blind:.2f} (2 ln 2 = 1.386, within {MOST_OFF_BLIND}, expected), and "
            f"the samples are {said(diversity)} times as varied as the data (at most {MOST_DIVERSITY} expected).",
        ),
        Claim(
            won + LEAST_BETWEEN <= level <= blind - LEAST_BETWEEN and alike >= LEAST_FID_RATIO * best,
            f"The healthy loss, {level:.2f}, lies between the two (by at least {LEAST_BETWEEN} expected), and the "
            f"lowest FID is not where D's loss is most perfect: {said(best)} against {said(alike)} of the collapse "
            f"(at least {LEAST_FID_RATIO:g} times expected).",
        ),
    ]


LESSON = Lesson(
    name="three-curves",
    title="Three loss curves",
    question="What do the losses of a healthy run look like, of one that D wins, and of a collapse?",
    explanation="""
The same networks on the same data, three times. In the second run the discriminator takes five steps for each of the
generator's, whose rate is a tenth. In the third the discriminator's rate is a tenth.

Where D wins, it tells every sample from every digit. Its loss falls to nearly zero, the generator's stays high. The
generator still gets a slope, for its loss is -log D, but it moves too little to ever catch up.

Where G collapses, all samples stand in one place and go on to the next before D has learnt to reject it. (Whether it
stays like that is another question, which the lesson slow-discriminator asks.) D cannot tell the present samples from
real items, and both losses rest where they would rest in a perfect game:

    L_D = 2 ln 2 = 1.386,    L_G = ln 2 = 0.693    (a little more under smoothed labels)

In the healthy run the losses are in between, and neither comes to rest. A loss says how the two players stand to each
other, not how good the samples are; low and steady is no good sign in either. Look at diversity and FID instead.
""",
    stages=stages(),
    runs={
        "healthy": Training("healthy"),
        "d-wins": Training(
            "D wins",
            {"discriminator_steps": 5, "optimisers.generator.learning_rate": 1e-4, "loss.real_label": 1.0},
        ),
        "collapse": Training("collapse", SLOW_DISCRIMINATOR),
    },
    measures=MEASURES,
    figures=(
        Curves(
            "The discriminator's loss",
            "Near zero: D wins. At 2 ln 2: D is blind, be it that the samples are perfect or that they run away.",
            measures=("discriminator_loss",),
            axis="loss of D",
            limits=(0.0, None),
            references=((BLIND_LOSS, "2 ln 2"),),
        ),
        Curves(
            "The generator's loss",
            "High where D wins. The collapse has the lowest and the steadiest.",
            measures=("generator_loss",),
            axis="loss of G",
            limits=(0.0, None),
            references=((0.693, "ln 2"),),
        ),
        Panels("Samples from the same latents over time", "Only one of the three draws ten different digits."),
        Curves(
            "FID",
            "The lower the better; what the losses do not show.",
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
