"""A lesson that takes a second: two tiny runs on the embedded digits, the second from the first one's weights."""

from collections.abc import Sequence

import pytest

from ganwright.lessons.base import Bars, Claim, Curves, Lesson, Panels, Runs, Stage, Training


def claims(runs: Runs) -> Sequence[Claim]:
    """One that holds and one that cannot."""
    return [
        Claim(runs["first"]["real_probability"].last >= 0, "Probabilities are at least 0."),
        Claim(runs["second"]["real_probability"].last > 1, "One is above <1>."),
    ]


@pytest.fixture(scope="session")
def tiny() -> Lesson:
    """It does not hold."""
    options = {"tick_images": 128, "log_images": 64, "generator.hidden": [16], "discriminator.hidden": [16]}
    return Lesson(
        name="tiny",
        title="Tiny & quick",
        question="Does <it> run?",
        explanation="First.\n\n    a < b\n\nLast, over\ntwo lines.",
        stages={"digits": Stage("digits", "mlp", images=384, options=options)},
        runs={
            "first": Training("one"),
            "second": Training("two", {"loss.kind": "hinge"}, starts_from="first", length=0.5),
        },
        measures=("real_probability", "fake_probability", "class_shares", "real_class_shares"),
        figures=(
            Curves("Curve", "c", measures=("real_probability", "discriminator/loss"), references=((0.5, "half"),)),
            Panels("Panel", "p", moments=3),
            Bars("Groups", "b", "class_shares", reference=("real_class_shares", "data")),
            Bars("Bars", "b", "fake_probability"),
        ),
        claims=claims,
    )
