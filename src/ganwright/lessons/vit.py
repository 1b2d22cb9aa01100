"""Lesson: a vision transformer beside a convolutional network, and what attention costs."""

from collections.abc import Sequence
from math import log

from ganwright.lessons.base import Claim, Curves, Lesson, Maps, Profiles, Runs, Stage, Training, said

EARLY = (0.05, 0.25)
LEAST_LEAD = 0.05
MOST_BEFORE = 0.1
LEAST_AFTER = 0.1
MOST_TIME_RATIO = 0.5


def claims(runs: Runs) -> Sequence[Claim]:
    """The CNN leads early, positions come to know their neighbours, windows cost linearly and full attention more."""
    cnn, vit = runs["cnn"], runs["vit"]
    early = {name: run["test_accuracy"].part(*EARLY) for name, run in (("cnn", cnn), ("vit", vit))}
    near, far = vit["neighbour_similarity"], vit["distant_similarity"]
    before, after = near.first - far.first, near.last - far.last
    tokens = vit["attention_tokens"].lists[-1]
    full, window = (vit[f"{kind}_attention_count"].lists[-1] for kind in ("full", "window"))
    powers = [1 + log(count[-1] / count[0]) / log(tokens[-1] / tokens[0]) for count in (full, window)]
    slow, fast = (vit[f"{kind}_attention_time"].lists[-1][-1] for kind in ("full", "window"))
    return [
        Claim(
            early["cnn"] - early["vit"] >= LEAST_LEAD,
            f"Early on (from {EARLY[0]:.0%} to {EARLY[1]:.0%} of the images) the CNN gets {early['cnn']:.1%} of the "
            f"test items right and the transformer {early['vit']:.1%} (a lead of {LEAST_LEAD:.0%} expected).",
        ),
        Claim(
            abs(before) <= MOST_BEFORE and after >= LEAST_AFTER,
            f"Position embeddings of neighbours are more alike than those of distant patches by {said(before)} before "
            f"training (at most {MOST_BEFORE} either way expected) and by {said(after)} after it (at least "
            f"{LEAST_AFTER} expected).",
        ),
        Claim(
            abs(powers[0] - 2) < 0.01 and abs(powers[1] - 1) < 0.01,
            f"From {said(tokens[0])} to {said(tokens[-1])} tokens the counted multiply-adds of full attention grow as "
            f"tokens to the power of {powers[0]:.2f}, those of windows as {powers[1]:.2f} (2 and 1 expected).",
        ),
        Claim(
            fast <= MOST_TIME_RATIO * slow,
            f"At {said(tokens[-1])} tokens windows take {said(fast / slow)} of the time of full attention on this "
            f"machine (at most {MOST_TIME_RATIO} expected; counted: {said(window[-1] / full[-1])}).",
        ),
    ]


LESSON = Lesson(
    name="vit",
    title="Patches as words",
    question="What does a transformer have to learn that a convolution is born with, and what does attention cost?",
    explanation="""
A vision transformer (Dosovitskiy et al. 2021) cuts an image into patches and treats them as words. Each becomes a
vector, a learned position is added, and blocks of attention let every patch look at every other. A class token that
belongs to no patch collects what is needed to tell the class.

    attention(Q, K, V) = softmax(Q K^T / sqrt(d)) V

Nothing in it says which patches lie side by side: were the positions all the same, shuffled patches would give the same
answer. A convolution has neighbourhood built in. So the transformer starts behind at equal images seen, and the
positions tell why: they begin as noise, all about equally unlike, and have to become more alike where patches are
close. On many millions of images transformers catch up and overtake; here there are few.

Each network is trained by its own recipe: the CNN by Adam with a falling rate, the transformer by AdamW with a rate
that rises first, which is part of why it begins slowly. A lead at the beginning is all that is claimed.

Full attention compares all pairs: twice the tokens, four times the work. Attention within windows (Liu et al. 2021) is
linear in the tokens, since a window does not grow with the image. What is counted is scores and weighted sums alone, of
width 128; the clock has its own opinion, as memory moves too.
""",
    stages={
        "digits": Stage(
            "digits",
            "classifier-vit",
            30_000,
            {"data.size": 16, "tick_images": 1_500, "log_images": 1_500, "batch_size": 50},
        ),
        "cifar10": Stage(
            "cifar10",
            "classifier-vit",
            300_000,
            {"data.flip": True, "tick_images": 20_000, "log_images": 20_000, "batch_size": 125},
            num_threads=None,
        ),
    },
    runs={
        "vit": Training("transformer"),
        "cnn": Training("convolutions", recipe="classifier-cnn", measures=("test_accuracy",)),
    },
    measures=(
        "test_accuracy",
        "position_similarity",
        "neighbour_similarity",
        "distant_similarity",
        "attention_tokens",
        "full_attention_count",
        "window_attention_count",
        "full_attention_time",
        "window_attention_time",
    ),
    figures=(
        Curves(
            "Test accuracy",
            "Share of held-out items told right, after each pass over the data (1,500 digits, or 20,000 photos).",
            measures=("test_accuracy",),
            axis="test accuracy",
            limits=(0.0, 1.0),
            references=((0.1, "chance"),),
        ),
        Curves(
            "Accuracy on what is trained on",
            "The same on the batches of training, which are shifted at random.",
            measures=("classifier/accuracy",),
            axis="training accuracy",
            limits=(0.0, 1.0),
        ),
        Maps(
            "Which positions are alike, before and after",
            "For each patch, where it lies in the image, a map of how like its position embedding is to every other's "
            "(cosine similarity). Its own place is 1.",
            measure="position_similarity",
            runs=("vit",),
        ),
        Curves(
            "Neighbours and distant patches",
            "Mean cosine similarity of the position embeddings of patches that touch, and of those at least half the "
            "diagonal apart.",
            measures=("neighbour_similarity", "distant_similarity"),
            labels=("neighbours", "distant patches"),
            runs=("vit",),
            axis="cosine similarity",
        ),
        Profiles(
            "What attention costs, counted",
            "Thousands of multiply-adds for each token. A line that rises is work that grows faster than the tokens.",
            x="attention_tokens",
            lines=(("full_attention_count", "full attention"), ("window_attention_count", "windows of 7 x 7")),
            runs=("vit",),
            moments=1,
            axis="1,000 multiply-adds a token",
            x_axis="tokens",
        ),
        Profiles(
            "What attention costs, measured",
            "Microseconds for each token on this machine, the best of seven passes.",
            x="attention_tokens",
            lines=(("full_attention_time", "full attention"), ("window_attention_time", "windows of 7 x 7")),
            runs=("vit",),
            moments=1,
            axis="microseconds a token",
            x_axis="tokens",
        ),
    ),
    claims=claims,
)
