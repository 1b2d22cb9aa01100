"""Lesson (l): a Wasserstein critic that nothing holds back, and three ways to hold it."""

from collections.abc import Sequence

from ganwright.lessons.base import Claim, Curves, Lesson, Panels, Runs, Stage, Training, said

LEAST_GROWTH = 100.0
STILL_GROWING = 1.3
MOST_SLOPE = 1.5
LEAST_GAIN = 2.0
HELD = ("clip", "gp", "spectral")


def claims(runs: Runs) -> Sequence[Claim]:
    """Free, the critic grows ever steeper; held, it does not, and its generator learns."""
    free = runs["free"]["slope_mean"]
    growth = free.late() / free.first
    later = free.late() / free.part(0.35, 0.6)
    slopes = [runs[name]["slope_mean"].late() for name in HELD]
    fids = [runs[name]["fid"].late() for name in HELD]
    lost = runs["free"]["fid"].late()
    return [
        Claim(
            bool(runs["free"].failure) or (growth >= LEAST_GROWTH and later >= STILL_GROWING),
            f"With nothing to hold it, the critic's slope grows {said(growth)}-fold (at least {LEAST_GROWTH:g} "
            f"expected) to {said(free.late())}, {said(later)} times that of mid-run (at least {STILL_GROWING}).",
        ),
        Claim(
            max(slopes) <= MOST_SLOPE,
            f"Clipped, penalised or normalised it stays at {', '.join(map(said, slopes))} (at most {MOST_SLOPE} "
            "expected).",
        ),
        Claim(
            max(fids) * LEAST_GAIN <= lost,
            f"The generators of held critics reach FID {', '.join(map(said, fids))}, that of the free one "
            f"{said(lost)} (at least {LEAST_GAIN:g} times as much expected).",
        ),
    ]


OPTIONS = {
    "loss.kind": "wasserstein",
    "discriminator_steps": 5,
    "optimisers.generator.betas": [0.0, 0.9],
    "optimisers.discriminator.betas": [0.0, 0.9],
}

LESSON = Lesson(
    name="critic-unbounded",
    title="The critic that runs away",
    question="A Wasserstein critic scores without bounds. What happens if nothing else limits it?",
    explanation="""
A Wasserstein critic C wants real items to score high and samples to score low:

    L_C = E[C(G(z))] - E[C(x)]

Without the sigmoid of other losses there is no best score: whoever doubles C doubles the gap. The gap is the
Wasserstein-1 distance of data and samples only if C may not rise faster than 1 (Kantorovich and Rubinstein 1958). So
the critic has to be held:

    clipping           every weight stays in [-0.01, 0.01]           (Arjovsky et al. 2017)
    gradient penalty   10 E[(|dC/dx| - 1)^2] between real and fake   (Gulrajani et al. 2017)
    spectral norm      every weight matrix over its largest stretch  (Miyato et al. 2018)

Held critics should stay at a slope of about 1 or below, and the gap should shrink as the samples get better. A free one
should grow steeper and steeper: its scores then measure nothing, and the generator, pushed by gradients that are
a thousand times too large and point elsewhere each time, learns nothing lasting.
""",
    stages={
        "digits": Stage("digits", "mlp", images=48_000, options={**OPTIONS, "tick_images": 2_400}),
        "mnist": Stage("mnist", "mlp", images=192_000, options={**OPTIONS, "tick_images": 9_600}, num_threads=None),
    },
    runs={
        "free": Training("not held", may_fail=True),
        "clip": Training("weights clipped", {"penalties": [{"kind": "clip"}]}),
        "gp": Training("gradient penalty", {"penalties": [{"kind": "gp"}]}),
        "spectral": Training("spectral norm", {"discriminator.spectral_norm": True}),
    },
    measures=("score_gap", "slope_mean", "slope_highest", "diversity", "fid", "value_mean", "real_value_mean"),
    figures=(
        Curves(
            "How steep the critic is",
            "Mean of |dC/dx| between real items and samples, on a logarithmic scale. The dashed line is the slope of 1 "
            "that the Wasserstein distance allows.",
            measures=("slope_mean",),
            axis="slope",
            logarithmic=True,
            references=((1.0, "1"),),
        ),
        Panels("Samples from the same latents", "The first row is made by untrained networks.", moments=5),
        Curves(
            "The gap of held critics",
            "Mean score of real items less that of samples. Each critic is held in its own way and so measures in a "
            "unit of its own; what counts is that the gap stays small and falls from its first peak.",
            measures=("score_gap",),
            runs=HELD,
            axis="gap",
        ),
        Curves(
            "The gap of the free critic",
            "It changes its sign as the generator is thrown about, and grows with the slope.",
            measures=("score_gap",),
            runs=("free",),
            axis="gap",
        ),
        Curves(
            "FID of the samples",
            "Lower is better.",
            measures=("fid",),
            axis="FID",
            logarithmic=True,
        ),
    ),
    claims=claims,
)
