"""Lesson (n): the counterfeiter and the police, on a line, as an animation."""

from collections.abc import Sequence

from ganwright.lessons.base import Claim, Curves, Lesson, Profiles, Runs, Stage, Training, said

LEAST_CAUGHT = 0.8
MOST_JS = 0.02
MOST_OFF_MEAN = 0.15
LEAST_WIDTH, MOST_WIDTH = 0.7, 1.3
MOST_OFF_HALF = 0.05
MOST_APART = 0.05


def claims(runs: Runs) -> Sequence[Claim]:
    """The police see through the first notes; at the end the notes are as the real ones, and the police guess."""
    game = runs["game"]
    caught = max(r - f for r, f in zip(game["real_probability"].numbers, game["fake_probability"].numbers, strict=True))
    js = game["js"].late()
    off = abs(game["value_mean"].late() - game["real_value_mean"].last)
    width = game["value_std"].late() / game["real_value_std"].last
    real, fake = game["real_probability"].late(), game["fake_probability"].late()
    return [
        Claim(
            caught >= LEAST_CAUGHT,
            f"At their best the police believe real notes {said(caught)} more than counterfeits, of 1 (at least "
            f"{LEAST_CAUGHT} expected).",
        ),
        Claim(
            js <= MOST_JS,
            f"The counterfeits come to overlap the real notes: JS falls from {said(game['js'].first)} to {said(js)} "
            f"(at most {MOST_JS} expected; ln 2 = 0.69 is no overlap, 0 the same density).",
        ),
        Claim(
            off <= MOST_OFF_MEAN and LEAST_WIDTH <= width <= MOST_WIDTH,
            f"Their mean ends {said(off)} from the real one (at most {MOST_OFF_MEAN} expected), their spread at "
            f"{said(width)} of the real one ({LEAST_WIDTH} to {MOST_WIDTH} expected).",
        ),
        Claim(
            abs(real - 0.5) <= MOST_OFF_HALF and abs(real - fake) <= MOST_APART,
            f"The police end by guessing: they say {said(real)} of real notes (0.5 expected, within {MOST_OFF_HALF}) "
            f"and {said(fake)} of counterfeits (no further apart than {MOST_APART} expected).",
        ),
    ]


LINES = (
    ("learned_probability", "police: how real is a note at x?"),
    ("real_density", "real notes"),
    ("fake_density", "counterfeits"),
)
HALF = ((0.5, "1/2: no idea"),)

LESSON = Lesson(
    name="counterfeiter",
    title="The counterfeiter and the police",
    question="How do two players who each only want to beat the other end up with perfect counterfeits?",
    explanation="""
Say that all there is to a banknote is one number, its shade x. Real notes have shades around 3, give or take 0.6. A
counterfeiter, the generator, has never seen one. His press has two knobs, where its shades lie and how far they spread:

    x = a . z + b,   z four standard normal numbers, learned: a and b

The police, the discriminator, see real notes and counterfeits, are told afterwards which was which, and learn for
each shade how likely a note of it is real. The counterfeiter learns only one thing: what the police thought of his
notes, and which way to turn a knob so that they would have liked them better.

Watch three scenes. First the police draw a cliff between the two heaps, and the counterfeiter is caught every time; but
a cliff has a slope, and the slope says where to go. Then he arrives, often with one shade for all his notes, the
likeliest; but where notes pile up the curve sinks, where they are missing it rises, and that widens the pile. In the
end the heaps lie on each other and the curve sinks to one half: the police can do no better than toss a coin.

Neither of them wanted that. The counterfeiter never compared his notes with real ones, and no formula for "alike" was
written down anywhere: the police were the measure, and were learned as well.
""",
    stages={
        "gaussian1d": Stage(
            "gaussian1d",
            "mlp",
            images=204_800,
            options={
                "data.mean": 3.0,
                "data.std": 0.6,
                "loss.real_label": 1.0,
                "generator.latent_size": 4,
                "generator.hidden": [],
                "discriminator.hidden": [64, 64],
                "discriminator_steps": 2,
                "batch_size": 256,
                "optimisers.generator.learning_rate": 0.01,
                "optimisers.discriminator.learning_rate": 2e-3,
                "tick_images": 5_120,
            },
        )
    },
    runs={"game": Training("the game")},
    measures=(
        "grid",
        "real_density",
        "fake_density",
        "learned_probability",
        "real_probability",
        "fake_probability",
        "js",
        "wasserstein",
        "value_mean",
        "real_value_mean",
        "value_std",
        "real_value_std",
    ),
    figures=(
        Profiles(
            "The game, frame by frame",
            "The heaps are densities, 2,500 counterfeits' and the real notes'. Beside this page it lies as a GIF, too.",
            x="grid",
            lines=LINES,
            areas=("real_density", "fake_density"),
            animated=True,
            axis="D(x)",
            x_axis="shade of a note",
            limits=(-0.02, 1.02),
            references=HALF,
        ),
        Profiles(
            "The same as stills",
            "Six moments, evenly spaced.",
            x="grid",
            lines=LINES,
            areas=("real_density", "fake_density"),
            moments=6,
            limits=(-0.02, 1.02),
            references=((0.5, ""),),
        ),
        Curves(
            "What the police believe",
            "Mean of D over real notes and over counterfeits: far apart, then together at one half.",
            measures=("real_probability", "fake_probability"),
            labels=("real notes", "counterfeits"),
            axis="mean of D",
            limits=(0.0, 1.0),
            references=((0.5, "1/2"),),
        ),
        Curves(
            "The two knobs",
            "Mean and spread of the counterfeits.",
            measures=("value_mean", "value_std"),
            labels=("mean", "spread"),
            axis="shade",
            references=(("real_value_mean", "real mean"), ("real_value_std", "real spread")),
        ),
    ),
    claims=claims,
    no_images="it draws densities on a line, and images have none that can be drawn",
)
