"""Lesson (j): on a line the optimal discriminator can be written down; does a trained one find it?"""

from collections.abc import Sequence

from ganwright.lessons.base import Claim, Curves, Lesson, Profiles, Runs, Stage, Training, said

MOST_DISTANCE = 0.05
MOST_OFF_HALF = 0.05
LEAST_FALL = 5.0


def claims(runs: Runs) -> Sequence[Claim]:
    """D finds the optimum of a still generator, stays near that of a moving one, and ends at 1/2."""
    still = runs["still"]["distance_to_optimal"]
    moving = runs["game"]["distance_to_optimal"].part(0.25, 1)
    fall = runs["game"]["wasserstein"].first / runs["game"]["wasserstein"].late()
    real = runs["game"]["real_probability"].late()
    return [
        Claim(
            still.late() <= MOST_DISTANCE,
            f"Against a still generator, D comes from {said(still.first)} to {said(still.late())} of the "
            f"optimum p/(p+q) on average (at most {MOST_DISTANCE} expected).",
        ),
        Claim(
            moving <= MOST_DISTANCE,
            f"In the game D follows a moving optimum at {said(moving)} on average after the first quarter (at most "
            f"{MOST_DISTANCE} expected).",
        ),
        Claim(
            fall >= LEAST_FALL and abs(real - 0.5) <= MOST_OFF_HALF,
            f"The samples come {said(fall)} times closer to the data (at least {LEAST_FALL:g} times expected), and D "
            f"ends at {said(real)} on real items (0.5 expected, within {MOST_OFF_HALF}).",
        ),
    ]


PROFILES = (
    ("optimal_probability", "D* = p / (p + q)"),
    ("learned_probability", "D, learned"),
    ("real_density", "data, p"),
    ("fake_density", "samples, q"),
)

LESSON = Lesson(
    name="optimal-discriminator",
    title="The optimal discriminator",
    question="What does a discriminator learn to say? On a line it can be computed, and compared frame by frame.",
    explanation="""
The discriminator sees real points, of density p(x), and samples, of density q(x), equally often. At each x its
cross-entropy is least where its answer is the share of real points among all that lie there:

    D*(x) = p(x) / (p(x) + q(x))

That is 1 where only data lies, 0 where only samples lie, and 1/2 where both are equally dense (Goodfellow et al. 2014,
proposition 1). The data here is one Gaussian, so p is known exactly; q is estimated from 2,500 samples.

In the first run the generator never moves, so the optimum stands still and D should settle on it. In the second both
learn. D should then follow an optimum that moves as q moves to the right, and when q has become p, no discriminator can
do better than to say 1/2 everywhere. A D near its optimum is what theory assumes: only then does the generator minimise
the Jensen-Shannon divergence of p and q.
""",
    stages={
        "gaussian1d": Stage(
            "gaussian1d",
            "mlp",
            images=204_800,
            options={
                "data.mean": 2.0,
                "data.std": 1.0,
                "loss.real_label": 1.0,
                "generator.latent_size": 4,
                "generator.hidden": [32, 32],
                "generator.init": "he",
                "discriminator.hidden": [64, 64],
                "batch_size": 256,
                "optimisers.generator.learning_rate": 3e-4,
                "optimisers.discriminator.learning_rate": 2e-3,
                "tick_images": 5_120,
            },
        )
    },
    runs={
        "still": Training("generator holds still", {"generator_steps": 0}),
        "game": Training("both learn", {"discriminator_steps": 3}),
    },
    measures=(
        "grid",
        "real_density",
        "fake_density",
        "learned_probability",
        "optimal_probability",
        "distance_to_optimal",
        "excess_loss",
        "wasserstein",
        "js",
        "real_probability",
        "fake_probability",
    ),
    figures=(
        Profiles(
            "The learned D and the optimal one, frame by frame",
            "Where neither data nor samples lie, nobody tells D what to say, and it may say anything.",
            x="grid",
            lines=PROFILES,
            areas=("real_density", "fake_density"),
            animated=True,
            axis="D(x)",
            limits=(-0.02, 1.02),
            references=((0.5, "1/2"),),
        ),
        Curves(
            "How far D is from the optimum",
            "Mean of |D - D*| over real points and samples alike.",
            measures=("distance_to_optimal",),
            axis="distance",
            limits=(0.0, None),
        ),
        Curves(
            "What D says of real points and of samples",
            "When the samples lie where the data lies, D cannot tell them apart: both curves meet at 1/2.",
            measures=("real_probability", "fake_probability"),
            labels=("real", "samples"),
            axis="mean of D",
            limits=(0.0, 1.0),
            references=((0.5, "1/2"),),
        ),
    ),
    claims=claims,
    no_images="nobody knows the density p of images, and with it p/(p + q)",
)
