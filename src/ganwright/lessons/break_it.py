"""Lesson (i): three ways to break a GAN, and what each of them does to the samples."""

from collections.abc import Sequence

from ganwright.lessons.base import Claim, Curves, Lesson, Panels, Runs, Training, said
from ganwright.lessons.perceptrons import stages

LEAST_DIVERSITY = 0.7
MOST_FOOLED = 0.05
MOST_STRANGER_DIVERSITY = 0.2
LEAST_FID_RATIO = 2.0
LEAST_SEEN_THROUGH = 0.97
MOST_STRONG_FID_RATIO = 3.0
MOST_ALIKE = 0.01


def claims(runs: Runs) -> Sequence[Claim]:
    """D untrained and no noise each end in one picture; a D ten times as trained sees through G, and G learns on."""
    healthy, stranger, strong, noiseless = (runs[name] for name in ("healthy", "stranger", "strong", "noiseless"))
    fid, diversity = healthy["fid"].late(), healthy["diversity"].late()
    usual, fooled, seen = (run["rank_accuracy"].late() for run in (healthy, stranger, strong))
    one_picture = stranger["diversity"].late()
    alike = noiseless["diversity"].highest
    broken, kept = stranger["fid"].late() / fid, strong["fid"].late() / fid
    return [
        Claim(
            diversity >= LEAST_DIVERSITY,
            f"Healthy: the samples end {said(diversity)} times as varied as the data (at least {LEAST_DIVERSITY} "
            f"expected), at an FID of {said(fid)}.",
        ),
        Claim(
            fooled <= MOST_FOOLED and one_picture <= MOST_STRANGER_DIVERSITY and broken >= LEAST_FID_RATIO,
            f"D never trained: G wins completely; D ranks a real digit above a sample in {said(100 * fooled)}% of "
            f"pairs (at most {100 * MOST_FOOLED:g}% expected). It is worth nothing: diversity {said(one_picture)} (at "
            f"most {MOST_STRANGER_DIVERSITY} expected), FID {said(broken)} times the healthy one (at least "
            f"{LEAST_FID_RATIO:g} expected).",
        ),
        Claim(
            seen >= LEAST_SEEN_THROUGH and seen > usual,
            f"D trained ten times: it ranks real above samples in {said(100 * seen)}% of pairs (at least "
            f"{100 * LEAST_SEEN_THROUGH:g}% expected), the healthy D in {said(100 * usual)}%.",
        ),
        Claim(
            kept <= MOST_STRONG_FID_RATIO,
            f"That does not stop G, for -log D is steep where D is sure: its FID is {said(kept)} times the healthy one "
            f"after as many generator steps (at most {MOST_STRONG_FID_RATIO} expected).",
        ),
        Claim(
            alike <= MOST_ALIKE,
            f"No noise: every sample is the same picture, at every moment: diversity {said(alike)} at most (at most "
            f"{MOST_ALIKE} expected).",
        ),
    ]


LESSON = Lesson(
    name="break-it",
    title="Three ways to break a GAN",
    question="What if D is never trained, or ten times as often, or G gets no noise? Which of these break it?",
    explanation="""
A GAN needs a judge that learns, a game that neither wins for good, and noise to make variety from. Take them away one
at a time, everything else as in the healthy run, and judge by the samples: how varied they are (diversity, 1 as the
data) and how far their distribution is from the data's (FID, lower is closer).

No judge. A discriminator that is never trained still gives scores, those of its random first weights. The generator
climbs them and reaches samples that this stranger likes better than any real digit. Its loss is excellent. Nothing in
it has anything to do with digits, and since nobody objects to repetition, one favourite is enough.

A judge ten times as trained. It sees through nearly every sample. Whether that starves the generator depends on the
loss. With C the discriminator's logit of a sample and D = sigmoid(C), the two common losses fall by

    -log D      : 1 - D for each unit of C, about 1 where D is sure of a fake
    log(1 - D)  : D for each unit of C, about 0 there

These runs use the first, so the generator should go on learning: more slowly by the clock, not by its own steps. That
is no law. In some runs made for this lesson the samples came on faster at first and grew worse towards the end; the
verdict says what happened in this one.

No noise. The latent is always zero. A generator is a function: the same input gives the same output, so all samples
are one picture, whatever else happens. It still moves, running from one digit to the next before a discriminator that
always catches up.
""",
    stages=stages(),
    runs={
        "healthy": Training("healthy"),
        "stranger": Training("D never trained", {"discriminator_steps": 0}),
        "strong": Training("D trained ten times", {"discriminator_steps": 10}),
        "noiseless": Training("no noise", {"latent": "constant"}),
    },
    measures=(
        "diversity",
        "fid",
        "rank_accuracy",
        "real_probability",
        "fake_probability",
        "classes_covered",
        "generator_loss",
        "gradient_generator",
    ),
    figures=(
        Panels(
            "Samples from the same latents over time",
            "Every row shows the same latents. Without noise a row is one picture, without a trained D nearly so.",
            moments=5,
        ),
        Curves(
            "How varied the samples are",
            "Mean distance of pairs of samples over that of pairs of real digits.",
            measures=("diversity",),
            axis="diversity",
            limits=(-0.02, None),
            references=((1.0, "data"),),
        ),
        Curves(
            "How far they are from the data",
            "Frechet distance in the shipped classifier's features; compare within this page only.",
            measures=("fid",),
            axis="FID",
            limits=(0.0, None),
        ),
        Curves(
            "How often D is right",
            "Share of pairs in which D ranks the real digit above the sample: 1 always, 0.5 guessing, 0 never.",
            measures=("rank_accuracy",),
            axis="rank accuracy",
            limits=(-0.02, 1.04),
            references=((0.5, "guessing"),),
        ),
        Curves(
            "The generator's loss",
            "The one that learns nothing of digits has the lowest loss of all.",
            measures=("generator_loss",),
            axis="loss",
            limits=(0.0, None),
            references=((0.693, "ln 2"),),
        ),
    ),
    claims=claims,
)
