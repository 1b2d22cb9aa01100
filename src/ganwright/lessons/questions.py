"""A question for the end of each lesson: several answers, one of them right, and why."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """What is asked after a lesson.

    choices: three or more answers, in the order in which they are shown. right: the place of the right one, from 0.
    explanation: why it is right and what is wrong with the others.
    """

    text: str
    choices: tuple[str, ...]
    right: int
    explanation: str


QUESTIONS: dict[str, Question] = {
    "first-gan": Question(
        "Nobody ever shows the generator a digit. How does it learn what they look like?",
        (
            "From the gradient of the discriminator's answer, which says how to change its samples",
            "From copies of the digits in the data set, which are mixed into the random numbers it starts from",
            "From the pixel-wise distance of its samples to the nearest digit",
        ),
        0,
        "Only the discriminator sees data. The gradient of its answer flows back through the sample into the "
        "generator. Latents are random numbers without any data in them, and no distance to a digit is ever "
        "computed.",
    ),
    "collapse": Question(
        "A generator has collapsed onto one sample. What do the losses show?",
        (
            "The generator's loss rises sharply, since one sample is worse than many",
            "Both losses become not-a-number",
            "Perhaps nothing: they can stay near the values of a perfect game",
        ),
        2,
        "A discriminator that comes too late cannot tell the current samples from data, and a blind one has the "
        "losses of a perfect game: 2 ln 2 and ln 2. Collapse is seen by counting: distances of pairs of samples, "
        "and classes.",
    ),
    "mlp-vs-dcgan": Question(
        "What does a convolution know of images before it has seen any?",
        (
            "What the data's classes look like",
            "That neighbouring pixels belong together, and that a pattern may stand anywhere",
            "The mean and spread of the data's pixels",
        ),
        1,
        "A convolution is one small window that is the same everywhere: neighbourhood and translation are built "
        "in. A perceptron has to learn both from examples. Neither knows anything of this data before training.",
    ),
    "saturating": Question(
        "The discriminator is sure that a sample is fake: D is close to 0. What becomes small there for log(1 - D)?",
        (
            "Its derivative with respect to D",
            "Its derivative with respect to D's logit",
            "Both derivatives",
        ),
        1,
        "With respect to D the derivative is -1 / (1 - D), about -1: not small. With respect to the logit it is "
        "-D, since the sigmoid is flat there, and that is what reaches the generator. For -log D it is -(1 - D), "
        "about -1.",
    ),
    "spectral-norm": Question(
        "What does dividing every weight matrix by its largest singular value guarantee?",
        (
            "That the discriminator's scores stay between 0 and 1",
            "That the generator covers every mode, since no part of the data can be stretched out of its reach",
            "That the score changes at most as much as the image does, if the activations do not stretch",
        ),
        2,
        "No layer can stretch a difference then, so neither can all of them together: |D(x) - D(y)| <= |x - y|. "
        "Scores may still have any value, and variety is another matter.",
    ),
    "slow-discriminator": Question(
        "A discriminator at a tenth of the rate has cost modes after 1,000 steps. Are they lost for good?",
        (
            "Not necessarily: it may only be late, so train on and look before saying so",
            "Yes, a lost mode never comes back",
            "No, they always come back within as many steps again",
        ),
        0,
        "A slow discriminator has learned less after as many steps. What comes back later cost time and not modes. "
        "Neither 'never' nor 'always' is a law; that is why this lesson trains four times as long and counts.",
    ),
    "three-curves": Question(
        "Both losses rest where a perfect game would rest: L_D at 2 ln 2 and L_G at ln 2. What follows?",
        (
            "The samples have the data's distribution, for these are the values where nothing is left to be learnt",
            "The discriminator cannot tell samples from data at the moment, whatever the reason",
            "Training has failed",
        ),
        1,
        "The values say that D says 1/2. It may be fooled by perfect samples, or be too slow for samples that have "
        "all collapsed into one place. A loss tells how the players stand to each other, not how good the samples "
        "are.",
    ),
    "long-run": Question(
        "Why do many tools sample from an average of the generator's weights?",
        (
            "Averaged weights have smaller gradients, so that training becomes faster and more stable",
            "It is needed for the gradients to be correct",
            "The generator keeps moving after it has stopped improving; the average stands still in its midst",
        ),
        2,
        "After the plateau the generator goes on answering a discriminator that goes on moving. The last weights "
        "are a draw from this walk. The average takes no part in training: gradients and speed of learning stay as "
        "they are.",
    ),
    "break-it": Question(
        "A discriminator with random weights is never trained. What becomes of the generator's loss?",
        (
            "It can become excellent, and means nothing",
            "It stays where it was, since there is nothing to learn",
            "It rises without bound, since a judge without training rejects all that it is shown",
        ),
        0,
        "The random judge has scores and a slope like any other, and the generator climbs them. It finds samples "
        "that the stranger likes better than any digit. The loss measures agreement with this judge, not likeness "
        "to the data.",
    ),
    "optimal-discriminator": Question(
        "At some x the data is three times as dense as the samples. What does the best discriminator say there?",
        ("1, since most of it is real", "3/4", "1/2"),
        1,
        "D* = p / (p + q) = 3 / (3 + 1): of the items that lie there, three quarters are real. 1 would be right "
        "only where no samples lie at all, and 1/2 where both are equally dense.",
    ),
    "wasserstein-vs-js": Question(
        "Data and samples are far apart and hardly overlap. What happens to JS if the samples come a little closer?",
        (
            "Next to nothing: it is at its bound, ln 2",
            "It falls by as much as the samples came closer",
            "It becomes infinite",
        ),
        0,
        "JS has an upper bound, and shapes that hardly overlap have reached it: its slope vanishes. W1 falls by "
        "the step itself. KL is what can become infinite, between shapes that share no place.",
    ),
    "critic-unbounded": Question(
        "A Wasserstein critic's gap has grown to 5,000. Nothing holds its slope. What does that say?",
        (
            "The samples are 5,000 away from the data, in the unit of the data",
            "The generator has collapsed",
            "Little of the samples: whoever doubles the critic doubles the gap",
        ),
        2,
        "The gap is the Wasserstein-1 distance only for critics whose slope is at most 1. Without that it is a "
        "report on the critic's weights. It says nothing of variety either.",
    ),
    "imbalance": Question(
        "Balanced sampling shows each rare class as often as the others. What does it not change?",
        (
            "How often the generator makes that class",
            "How much is known of that class: the same few items come again and again",
            "The distribution over classes that the generator is asked to match, for the data stays as it is",
        ),
        1,
        "The distribution to match becomes an even one, and the samples follow. But a class of seven items is "
        "still a class of seven items, and a discriminator soon knows each of them by heart.",
    ),
    "counterfeiter": Question(
        "In the end the police say one half of every note. Why is that the best they can do?",
        (
            "They have stopped learning",
            "They were told that half of all notes are forged, and ignore the shade by choice",
            "At every shade there are as many forged notes as real ones, so the shade tells nothing",
        ),
        2,
        "The best answer is p / (p + q), and where both densities are equal that is one half. They go on learning; "
        "there is just nothing left to learn from a shade. At any shade where the heaps differed, they would say "
        "something else.",
    ),
    "vit": Question(
        "What happens to full attention's work when an image has twice as many patches?",
        ("It doubles", "It becomes four times as much", "It stays the same"),
        1,
        "Every patch looks at every other: twice the patches are four times the pairs. Attention within windows of "
        "fixed size doubles. On a clock it may look different, since memory moves too.",
    ),
    "wgan-gp-vs-bce": Question(
        "WGAN-GP and cross-entropy are compared at equal images seen. What is unequal all the same?",
        (
            "The critic has taken five times as many steps, and the clock has run longer",
            "The generators have taken different numbers of steps",
            "Nothing: equal images are equal work",
        ),
        0,
        "One real batch is counted for each generator step, so generators have taken equally many steps. The "
        "critic takes five for each. That is why the lesson also gives D five steps, and trains cross-entropy for "
        "as long by the clock.",
    ),
    "precision-recall": Question(
        "A generator makes perfect images of half of the classes, and none of the others. What do the two numbers "
        "show?",
        (
            "Low precision, high recall: its samples are not to be relied on",
            "High precision, low recall",
            "Both are low",
        ),
        1,
        "Every sample lies among real items, so precision is high; real items of the other classes have no sample "
        "near them, so recall is low. FID would be bad as well, and could not say which of both faults it is.",
    ),
}
"""By the names of lessons."""
