"""Lesson (d): why the generator's loss is not the one that the game was written down with."""

from collections.abc import Sequence

from ganwright.lessons.base import Claim, Curves, Lesson, Panels, Runs, Stage, Training, said

LEAST_RATIO = 100.0
MOST_OFF = 2.0
MOST_STILL = 0.005
LEAST_MOVED = 0.03


def claims(runs: Runs) -> Sequence[Claim]:
    """Under a strong D one gradient fades as theory says; descent on it stands still; Adam hides that."""
    alone = runs["alone"]
    ratio = alone["gradient_non_saturating"].last / alone["gradient_saturating"].last
    fooled = alone["fake_probability"].last
    expected = (1 - fooled) / fooled
    start = alone["value_mean"].first
    still, moved, adam = (
        max(abs(value - start) for value in runs[name]["value_mean"].numbers)
        for name in ("saturating", "non-saturating", "saturating-adam")
    )
    return [
        Claim(
            ratio >= LEAST_RATIO and 1 / MOST_OFF <= ratio / expected <= MOST_OFF,
            f"When D gives samples a probability of {said(fooled)}, the gradient of log(1 - D) is {said(ratio)} times "
            f"smaller than that of -log D (at least {LEAST_RATIO:g} expected); theory says (1 - D) / D = "
            f"{said(expected)} (within a factor of {MOST_OFF:g} expected).",
        ),
        Claim(
            still <= MOST_STILL and moved >= LEAST_MOVED,
            f"By plain gradient descent on log(1 - D) the samples' mean tone moves by {said(still)} (at most "
            f"{MOST_STILL} expected), on -log D by {said(moved)} (at least {LEAST_MOVED} expected).",
        ),
        Claim(
            adam >= LEAST_MOVED,
            f"Adam divides a gradient by its own size: with it even log(1 - D) moves the samples by {said(adam)} (at "
            f"least {LEAST_MOVED} expected).",
        ),
    ]


PLAIN = {"optimisers.generator.kind": "sgd", "optimisers.generator.learning_rate": 1e-3}
OPTIONS = {"loss.real_label": 1.0}

LESSON = Lesson(
    name="saturating",
    title="The loss that falls silent",
    question="The game says: minimise log(1 - D). Everyone minimises -log D instead. Why?",
    explanation="""
With l the logit that D gives a sample, D = sigmoid(l), and what reaches the generator starts with the derivative of its
loss with respect to l:

    saturating       L_G =  E[log(1 - D)]     dL/dl = -D
    non-saturating   L_G = -E[log D]          dL/dl = -(1 - D)

Both push l upwards and agree on where to. But when D is sure of a fake, D is near 0: the first push is then next to
nothing, the second one full. It is often said that the derivative of log(1 - D) with respect to D vanishes there. It
does not: it is -1 / (1 - D), about -1. What vanishes is the derivative with respect to the logit, because there the
sigmoid is flat.

First D trains alone against a generator that never moves, and both gradients are measured on the generator's weights:
they should part by a factor of about (1 - D) / D. Then the generator wakes up against this D, three times: by plain
gradient descent on either loss, and with Adam on the silent one. Adam divides every step by the recent size of the
gradients, so that even a tiny gradient makes a full step. This is why the saturating loss often seems to work today.
""",
    stages={
        "digits": Stage("digits", "mlp", images=64_000, options={**OPTIONS, "tick_images": 3_200}),
        "mnist": Stage("mnist", "mlp", images=128_000, options={**OPTIONS, "tick_images": 6_400}, num_threads=None),
    },
    runs={
        "alone": Training("D trains alone", {"generator_steps": 0}),
        "saturating": Training("log(1 - D)", {"loss.kind": "saturating", **PLAIN}, starts_from="alone"),
        "non-saturating": Training("-log D", PLAIN, starts_from="alone"),
        "saturating-adam": Training("log(1 - D), Adam", {"loss.kind": "saturating"}, starts_from="alone"),
    },
    measures=(
        "gradient_saturating",
        "gradient_non_saturating",
        "real_probability",
        "fake_probability",
        "fake_score",
        "value_mean",
        "real_value_mean",
        "diversity",
    ),
    figures=(
        Curves(
            "What reaches the generator while D trains alone",
            "Norm of the gradient on the generator's weights, on a logarithmic scale. Before the first step D = 1/2, "
            "and both losses push alike.",
            measures=("gradient_saturating", "gradient_non_saturating"),
            labels=("log(1 - D)", "-log D"),
            runs=("alone",),
            axis="gradient norm",
            logarithmic=True,
        ),
        Panels(
            "Then the generator wakes up",
            "Samples from the same latents after so many images more. The generator that falls silent shows the same "
            "noise for ever. The others move; against a D so far ahead, neither gets to digits in this time.",
            runs=("saturating", "non-saturating", "saturating-adam"),
            moments=5,
        ),
        Curves(
            "How far the samples move",
            "Mean tone of all pixels, from gray noise towards the data's.",
            measures=("value_mean",),
            runs=("saturating", "non-saturating", "saturating-adam"),
            axis="mean tone",
            references=(("real_value_mean", "data"),),
        ),
        Curves(
            "What D says of the samples",
            "On a logarithmic scale. A D that nobody disturbs grows ever surer.",
            measures=("fake_probability",),
            runs=("saturating", "non-saturating", "saturating-adam"),
            axis="mean of D(G(z))",
            logarithmic=True,
        ),
    ),
    claims=claims,
)
