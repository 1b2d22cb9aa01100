"""Lesson (h): what happens after the plateau."""

from collections.abc import Sequence

from ganwright.lessons.base import Claim, Curves, Lesson, Panels, Runs, Training, said
from ganwright.lessons.perceptrons import stages

EARLY = (0.2, 0.4)
LATE = 0.2
LEAST_SHARE = 0.9
LEAST_OF_EARLY = 0.9
LEAST_MEMORY = 0.1


def claims(runs: Runs) -> Sequence[Claim]:
    """All of the gain comes early; what follows does not lower FID, and D learns its digits by heart."""
    fid, real, unseen = (runs["long"][m] for m in ("fid", "real_probability", "unseen_probability"))
    early, late = fid.part(*EARLY), fid.late(LATE)
    share = (fid.first - early) / (fid.first - fid.lowest)
    before, gap = real.part(*EARLY) - unseen.part(*EARLY), real.late(LATE) - unseen.late(LATE)
    return [
        Claim(
            share >= LEAST_SHARE,
            f"Between 20 and 40 percent of the run, FID has come from {said(fid.first)} to {said(early)}: that is "
            f"{said(100 * share)} percent of the way to the lowest of the run, {said(fid.lowest)} (at least "
            f"{100 * LEAST_SHARE:g} expected).",
        ),
        Claim(
            late >= LEAST_OF_EARLY * early,
            f"In the last fifth it is {said(late)}, {said(late / early)} times as high: training on did not help (at "
            f"least {LEAST_OF_EARLY} times expected).",
        ),
        Claim(
            gap >= LEAST_MEMORY and gap > before,
            f"Meanwhile D gets to know its digits by heart: in the last fifth it says {said(gap)} more of those that "
            f"it is trained on than of others, {said(before)} more between 20 and 40 percent (at least "
            f"{LEAST_MEMORY}, and growing, expected).",
        ),
    ]


LESSON = Lesson(
    name="long-run",
    title="After the plateau",
    question="The samples have stopped getting better. What does training on bring?",
    explanation="""
A GAN minimises no loss that could be watched until it stops falling. Both players move for ever: at the end of the
learning there is no end of the game.

To come to the plateau soon, D learns at five times the generator's rate here. What this pair of networks can do is
then learnt in a fraction of the run. From there on the samples still change all the time, for the generator keeps
answering a discriminator that keeps moving; but they change without getting better. The last checkpoint is a draw from
this walk. That is why tools average the generator's weights (EMA; switched off here, to show the generator as it is)
and keep the checkpoint with the best score.

Meanwhile the discriminator sees the same digits again and again. It can tell them from samples better and better by
knowing them, instead of by what digits look like. That shows on digits of the test split, which it was never given:
what it says of them falls behind what it says of the others. More data or augmentation would help; more steps do not.
""",
    stages=stages(images=448_000, mnist_images=2_240_000, moments=35),
    runs={"long": Training("long run", {"optimisers.discriminator.learning_rate": 5e-3})},
    measures=(
        "fid",
        "diversity",
        "classes_covered",
        "real_probability",
        "unseen_probability",
        "fake_probability",
        "rank_accuracy",
        "discriminator_loss",
        "generator_loss",
    ),
    figures=(
        Curves(
            "FID",
            "Down fast; then it wanders, and tends upwards.",
            measures=("fid",),
            axis="FID, classifier features",
            limits=(0.0, None),
        ),
        Curves(
            "What D says of digits that it knows, of others, and of samples",
            "The first two part: D knows by heart what it was trained on.",
            measures=("real_probability", "unseen_probability", "fake_probability"),
            labels=("trained on", "never trained on", "samples"),
            axis="mean of D",
            limits=(0.0, 1.0),
        ),
        Panels(
            "Samples from the same latents over time", "What a latent draws goes on changing to the end.", moments=8
        ),
        Curves(
            "How varied the samples are",
            "Mean distance of pairs of samples over that of pairs of real digits.",
            measures=("diversity",),
            axis="diversity",
            limits=(0.0, None),
            references=((1.0, "data"),),
        ),
        Curves(
            "Both losses",
            "Nothing in them says where the samples stopped getting better.",
            measures=("discriminator_loss", "generator_loss"),
            labels=("D", "G"),
            axis="loss",
            limits=(0.0, None),
        ),
    ),
    claims=claims,
)
