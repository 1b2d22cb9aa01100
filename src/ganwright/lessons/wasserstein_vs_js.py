"""Lesson (k): two distributions that do not meet, seen by Jensen-Shannon and by Wasserstein."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ganwright.lessons.base import Claim, Curves, Lesson, Profiles, Runs, Stage, Training, said

LEAST_OF_LN2 = 0.99
LEAST_RATIO = 20.0
MOST_STUCK = 0.05
LEAST_TRAVELLED = 0.9
WEIGHT = 10.0
MOST_OFF_SLOPE = 0.1

MINIMAX: Mapping[str, Any] = {"loss.kind": "saturating", "loss.real_label": 1.0}
CRITIC: Mapping[str, Any] = {
    "loss": {"kind": "wasserstein"},
    "penalties": [{"kind": "gp", "sided": "one", "weight": WEIGHT}],
}


def claims(runs: Runs) -> Sequence[Claim]:
    """Far apart, JS is full and flat; the critic's gradient is not, and carries the generator to the data."""
    js, distance = runs["d-alone"]["js"].last, runs["d-alone"]["wasserstein"].last
    silent, heard = (runs[name]["gradient_generator"].late() for name in ("d-alone", "critic-alone"))
    slope, expected = runs["critic-alone"]["slope_mean"].late(), 1 + distance / (2 * WEIGHT)
    way = {name: 1 - runs[name]["wasserstein"].late() / distance for name in ("minimax", "critic", "non-saturating")}
    return [
        Claim(
            js >= LEAST_OF_LN2 * math.log(2),
            f"With the samples {said(distance)} standard deviations from the data, JS is {js / math.log(2):.4f} of "
            f"ln 2, its highest value (at least {LEAST_OF_LN2} expected): further away it could not get any larger.",
        ),
        Claim(
            heard >= LEAST_RATIO * silent,
            f"There, the trained critic's gradient by the generator's weights is {said(heard)} and that of log(1 - D) "
            f"{said(silent)}: {said(heard / silent)} times as large (at least {LEAST_RATIO:g} times expected).",
        ),
        Claim(
            abs(slope - expected) <= MOST_OFF_SLOPE,
            f"The critic's slope between samples and data is {slope:.2f}; theory says 1 + W1 / (2 L) = {expected:.2f} "
            f"(within {MOST_OFF_SLOPE} expected).",
        ),
        Claim(
            way["minimax"] <= MOST_STUCK and way["critic"] >= LEAST_TRAVELLED,
            f"By plain gradient descent, the critic's generator covers {said(100 * way['critic'])}% of the way to the "
            f"data (at least {100 * LEAST_TRAVELLED:g}% expected), and that of log(1 - D) "
            f"{said(100 * way['minimax'])}% (at most {100 * MOST_STUCK:g}% expected).",
        ),
        Claim(
            way["non-saturating"] >= LEAST_TRAVELLED,
            f"The same saturated D, asked through -log D, carries its generator {said(100 * way['non-saturating'])}% "
            f"of the way (at least {100 * LEAST_TRAVELLED:g}% expected).",
        ),
    ]


LESSON = Lesson(
    name="wasserstein-vs-js",
    title="Wasserstein against Jensen-Shannon",
    question="What does a generator learn from, when its samples and the data have nothing in common yet?",
    explanation="""
Two normals of the same width stand a distance s apart. Three measures of how different they are:

    KL = s^2 / (2 std^2)      JS -> ln 2      W1 = s

JS, the divergence that a perfect discriminator makes the generator minimise, has an upper bound. Once the two hardly
overlap it has reached it, and moving a little changes nothing. W1 is how far the mass must be carried: every step
towards the data lowers it by that step, from however far away. (KL keeps its slope between normals, but is infinite
between shapes that share no places at all.)

The first two runs ask whether this is so in training. The generator stands still, about six standard deviations from
the data, while a discriminator learns by cross-entropy, and a critic by the Wasserstein loss, held Lipschitz by a
penalty on slopes above 1. The better that D is, the surer it is of every sample, and the flatter is log(1 - D) there.
The critic has the same layers and just ends up with a slope. With weight L the penalty allows a little more than 1:

    slope a maximises  a W1 - L (a - 1)^2,   so  a = 1 + W1 / (2 L) = 1.3

The next two runs start from there and let the generator go, by plain gradient descent: it goes as far as its gradient
carries it. (Adam divides by the size of recent gradients, and would hide most of the difference.)

The last run shows that the choice is not only between JS and Wasserstein: -log D, the loss of the 2014 paper's own
practice, does not fall silent where D is sure. What it descends is no longer JS.

A trap, seen while this lesson was made: on a line, the usual two-sided penalty wants a slope of 1 but does not say
which way. A critic that begins with the wrong sign would have to pass through slope 0, where the penalty is high, and
may never do so; its generator then runs away from the data. The one-sided penalty has no such wall.
""",
    stages={
        "gaussian1d": Stage(
            "gaussian1d",
            "mlp",
            images=128_000,
            options={
                "data.mean": 6.0,
                "data.std": 1.0,
                "generator.latent_size": 4,
                "generator.hidden": [],
                "discriminator.hidden": [64, 64],
                "batch_size": 256,
                "optimisers.generator": {"kind": "sgd", "learning_rate": 0.02},
                "optimisers.discriminator.learning_rate": 1e-3,
                "discriminator_steps": 5,
                "tick_images": 5_120,
            },
        )
    },
    runs={
        "d-alone": Training("D, samples still", {**MINIMAX, "generator_steps": 0}),
        "critic-alone": Training("critic, samples still", {**CRITIC, "generator_steps": 0}),
        "minimax": Training("log(1 - D)", MINIMAX, starts_from="d-alone"),
        "critic": Training("Wasserstein critic", CRITIC, starts_from="critic-alone"),
        "non-saturating": Training("-log D", {"loss.real_label": 1.0}, starts_from="d-alone"),
    },
    measures=(
        "separations",
        "separated_wasserstein",
        "separated_js",
        "separated_kl",
        "separated_wasserstein_slope",
        "separated_js_slope",
        "separated_kl_slope",
        "grid",
        "real_density",
        "fake_density",
        "learned_score",
        "learned_probability",
        "js",
        "wasserstein",
        "gradient_generator",
        "slope_mean",
        "value_mean",
        "value_std",
    ),
    figures=(
        Profiles(
            "Theory: how different two normals are",
            "KL and W1 leave the picture and go on; JS stays below ln 2 for ever.",
            x="separations",
            lines=(("separated_wasserstein", "W1"), ("separated_js", "JS"), ("separated_kl", "KL")),
            runs=("d-alone",),
            moments=1,
            axis="nats, or standard deviations",
            x_axis="distance of the two, in standard deviations",
            limits=(0.0, 3.0),
            references=((math.log(2), "ln 2"),),
        ),
        Profiles(
            "Theory: what is gained by one step closer",
            "The slopes of the same curves. That of JS rises, falls, and is all but gone at six standard deviations.",
            x="separations",
            lines=(
                ("separated_wasserstein_slope", "W1"),
                ("separated_js_slope", "JS"),
                ("separated_kl_slope", "KL"),
            ),
            runs=("d-alone",),
            moments=1,
            axis="slope",
            x_axis="distance of the two, in standard deviations",
            limits=(0.0, 1.5),
        ),
        Profiles(
            "Trained: what D says along the line",
            "A cliff somewhere between the two. Where the samples are, D is flat: every direction is equally hopeless.",
            x="grid",
            lines=(("learned_probability", "D(x)"), ("real_density", "data"), ("fake_density", "samples")),
            areas=("real_density", "fake_density"),
            runs=("d-alone",),
            moments=1,
            axis="D(x)",
            limits=(-0.02, 1.05),
        ),
        Profiles(
            "Trained: what the critic says along the line",
            "A ramp from the samples to the data; only its slope counts, not its height.",
            x="grid",
            lines=(("learned_score", "C(x)"), ("real_density", "data"), ("fake_density", "samples")),
            areas=("real_density", "fake_density"),
            runs=("critic-alone",),
            moments=1,
            axis="C(x)",
        ),
        Curves(
            "What reaches the generator, while it stands still",
            "Norm of the gradient of each game's own loss by the generator's weights. Training D makes it fade.",
            measures=("gradient_generator",),
            runs=("d-alone", "critic-alone"),
            axis="gradient norm",
            logarithmic=True,
        ),
        Curves(
            "How far from the data the samples are",
            "W1 distance of 2,500 samples from the data, once the generator may move.",
            measures=("wasserstein",),
            runs=("minimax", "critic", "non-saturating"),
            axis="standard deviations",
            limits=(0.0, None),
        ),
    ),
    claims=claims,
    no_images="its divergences are computed from densities, which are known on a line and not of images",
)
