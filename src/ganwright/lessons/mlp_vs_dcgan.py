"""Lesson (c): the same game, with perceptrons and with convolutions."""

from collections.abc import Sequence

from ganwright.lessons.base import Claim, Curves, Lesson, Panels, Runs, Stage, Training, said

MOST_FID_RATIO = 0.7
MOST_OFF_MEAN = 0.03
MOST_OFF_STD = 0.05
LEAST_DIVERSITY = 0.8

RATES = {"optimisers.generator.learning_rate": 5e-4, "optimisers.discriminator.learning_rate": 5e-4}


def claims(runs: Runs) -> Sequence[Claim]:
    """Convolutions end at a lower FID, their pixels at the data's mean and spread, as varied as the data."""
    mlp, dcgan = runs["mlp"], runs["dcgan"]
    before, after = mlp["fid"].late(), dcgan["fid"].late()
    mean, std = dcgan["value_mean"].late(), dcgan["value_std"].late()
    true_mean, true_std = dcgan["real_value_mean"].last, dcgan["real_value_std"].last
    diversity = dcgan["diversity"].late()
    return [
        Claim(
            after <= MOST_FID_RATIO * before,
            f"After as many steps the convolutions end at FID {said(after)}, the perceptrons at {said(before)}: "
            f"{said(after / before)} of it (at most {MOST_FID_RATIO} expected; mean of the last quarter).",
        ),
        Claim(
            abs(mean - true_mean) <= MOST_OFF_MEAN and abs(std - true_std) <= MOST_OFF_STD,
            f"Their pixels have mean {said(mean)} and spread {said(std)}, those of the data {said(true_mean)} and "
            f"{said(true_std)} (within {MOST_OFF_MEAN} and {MOST_OFF_STD} expected).",
        ),
        Claim(
            diversity >= LEAST_DIVERSITY,
            f"Their samples are {said(diversity)} times as varied as the data (at least {LEAST_DIVERSITY} expected).",
        ),
    ]


LESSON = Lesson(
    name="mlp-vs-dcgan",
    title="Perceptrons against convolutions",
    question="What do convolutions and batch normalisation buy, at the same loss, rates, batches and steps?",
    explanation="""
To a perceptron an image is a list of numbers. It has to learn from examples that two of them are neighbours, and a
stroke learnt in one place is no help in another. A convolution looks through a small window, the same everywhere, so
neighbourhood and translation are built in.

DCGAN (Radford et al. 2015) adds batch normalisation, which keeps the signal of every layer at a scale where its
gradient is useful, and initial weights of standard deviation 0.02. Its generator doubles the image from a small base,
its discriminator halves it again.

Both play for the same loss with the same optimiser for the same number of steps. The eye sees noise in single pixels
go; the numbers are FID, the mean and spread of all pixels (of a range from 0 to 1), how varied the samples are, and
what either discriminator says of real digits and of samples. That last figure compares nothing: each D has only met
its own generator.

Steps are equal, work is not: on a processor, a step of the convolutions takes longer.
""",
    stages={
        "digits": Stage("digits", "mlp", 64_000, {"data.size": 16, "tick_images": 3_200, **RATES}),
        "mnist": Stage("mnist", "mlp", 384_000, {"tick_images": 19_200}, num_threads=None),
    },
    runs={
        "mlp": Training("perceptrons"),
        "dcgan": Training("DCGAN", {"generator.width": 32, "discriminator.width": 32}, recipe="dcgan"),
    },
    measures=(
        "real_probability",
        "fake_probability",
        "value_mean",
        "value_std",
        "real_value_mean",
        "real_value_std",
        "diversity",
        "classes_covered",
        "fid",
    ),
    figures=(
        Panels(
            "Samples from the same latents over time", "Perceptrons leave single wrong pixels, convolutions do not."
        ),
        Curves(
            "FID",
            "The lower the better; in the features of a small classifier, so compare the two and nothing else.",
            measures=("fid",),
            axis="FID, classifier features",
            limits=(0.0, None),
        ),
        Curves(
            "What each D says of real digits and of samples",
            "With real labels of 0.9, a D that cannot tell says 0.45 of both.",
            measures=("real_probability", "fake_probability"),
            labels=("real", "samples"),
            axis="mean of D",
            limits=(0.0, 1.0),
            references=((0.45, "0.45"),),
        ),
        Curves(
            "Mean of the pixels",
            "0 is black, 1 white.",
            measures=("value_mean",),
            axis="mean",
            references=(("real_value_mean", "data"),),
        ),
        Curves(
            "Spread of the pixels",
            "Standard deviation of all pixels: gray mud has little, clear strokes on black have that of the data.",
            measures=("value_std",),
            axis="standard deviation",
            references=(("real_value_std", "data"),),
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
