"""Lesson (f): a discriminator at a tenth of the generator's rate."""

from collections.abc import Sequence

from ganwright.lessons.base import Bars, Claim, Curves, Lesson, Panels, Runs, Training, said
from ganwright.lessons.perceptrons import MEASURES, SLOW_DISCRIMINATOR, stages

LEAST_HEALTHY = 8.0
LEAST_LOST = 3.0
MOST_RATIO = 0.7
LONGER = 4
LEAST_REGAINED = 3.0


def claims(runs: Runs) -> Sequence[Claim]:
    """Equal rates keep nearly all classes, a slow discriminator has few of them, and more steps bring some back."""
    classes, diversity = runs["slow"]["classes_covered"], runs["slow"]["diversity"]
    same_time = (0.75 / LONGER, 1 / LONGER)
    kept, left, later = runs["healthy"]["classes_covered"].late(), classes.part(*same_time), classes.late(1 / LONGER)
    ratio = diversity.part(*same_time) / runs["healthy"]["diversity"].late()
    return [
        Claim(
            kept >= LEAST_HEALTHY,
            f"At equal rates the samples fall into {said(kept)} of ten classes in the last quarter of the run (at "
            f"least {LEAST_HEALTHY:g} expected).",
        ),
        Claim(
            left <= kept - LEAST_LOST and ratio <= MOST_RATIO,
            f"With a discriminator at a tenth of the rate they then fall into {said(left)} (at least {LEAST_LOST:g} "
            f"fewer expected) and are {said(ratio)} times as varied (at most {MOST_RATIO} expected).",
        ),
        Claim(
            later >= left + LEAST_REGAINED,
            f"Some of the others were only late: in the last quarter of {LONGER} times as many steps it is "
            f"{said(later)} (at least {LEAST_REGAINED:g} more expected).",
        ),
    ]


LESSON = Lesson(
    name="slow-discriminator",
    title="A discriminator that is too slow",
    question="What is lost when the discriminator learns at a tenth of the generator's rate, and for how long?",
    explanation="""
Two rates set the pace of the game. The generator follows D's slope uphill; the discriminator takes away the hill where
too many samples stand. If D moves at a tenth of the generator's rate, the whole generator has long arrived on one hill
when D begins to take it away, and moves on to the next hill as one.

Modes of the data that lie on no hill at that moment get no samples. Here the modes are the ten digits, and the shipped
classifier counts those that occur.

It is often said that such a run has lost these modes. But a slow discriminator could also just be late: at a tenth of
the rate, it has learned a tenth as much. Its run therefore goes on for four times as many steps. What comes
back by its end was not lost for good: there the slow discriminator cost time, and not modes. So compare runs at equal
steps, and then look whether the worse one is still on its way.

Theory asks for the opposite (Heusel et al. 2017): a discriminator that is faster than the generator, so that it is near
its optimum for the samples as they are.
""",
    stages=stages(),
    runs={
        "healthy": Training("equal rates"),
        "slow": Training("D at a tenth, four times as long", SLOW_DISCRIMINATOR, length=LONGER),
    },
    measures=MEASURES,
    figures=(
        Curves(
            "Classes that occur",
            "Of ten, by the shipped classifier. At equal steps the slow discriminator is far behind, and still moving.",
            measures=("classes_covered",),
            axis="classes",
            limits=(0.0, 10.5),
        ),
        Bars(
            "Share of each digit at the end",
            "The data has about a tenth of each.",
            measure="class_shares",
            axis="share of the samples",
            categories=tuple("0123456789"),
            reference=("real_class_shares", "data"),
        ),
        Panels(
            "Samples from the same latents over time",
            "Under a slow D all latents go from one shape to the next together; with time they part.",
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
