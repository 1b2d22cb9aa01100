"""Probes: what a lesson can measure in a run at one moment. Pure functions of a scene, each a number or a list."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ganwright.core.table import look_up
from ganwright.lessons.attending import WINDOW, attention_tokens, counts_per_token, near_and_far
from ganwright.lessons.likeness import LIKENESS
from ganwright.lessons.probe import Probe, points
from ganwright.lessons.results import Value
from ganwright.lessons.scene import Scene, Truth
from ganwright.lessons.separated import Separated, separated
from ganwright.losses.adversarial import non_saturating_generator, saturating_generator
from ganwright.metrics.classes import class_counts, class_entropy, classes_covered, smallest_class_share
from ganwright.metrics.classifiers import accuracy
from ganwright.metrics.diversity import pairwise_distance
from ganwright.metrics.frechet import frechet_distance
from ganwright.metrics.modes import ModeCount
from ganwright.metrics.pixels import value_mean, value_std
from ganwright.runs.plan import Plan
from ganwright.theory import js_divergence, wasserstein_of_samples
from ganwright.training import Engine

NUM_PAIRS = 500
NUM_TAIL = 3
BEYOND = 1.25


def rank_accuracy(real: Tensor, fake: Tensor) -> float:
    """P(a real item scores above a fake) over all pairs of logits (N,) and (M,), ties counted half: 0.5 is blind."""
    above = torch.searchsorted(fake.sort().values, real, right=False)
    at_least = torch.searchsorted(fake.sort().values, real, right=True)
    return float((above + at_least).double().mean()) / (2 * len(fake))


def _mode_spread(modes: ModeCount) -> float:
    """Mean ratio of the spread of covered modes to the true one; 0 where none is covered."""
    covered = [r for r, n in zip(modes.std_ratios, modes.counts, strict=True) if n > 1]
    return sum(covered) / len(covered) if covered else 0.0


def _separated(scene: Scene) -> Separated:
    mixture = scene.truth.mixture
    return separated(mixture.std, BEYOND * float(mixture.centres.abs().max()))


def _tail(counts: Tensor) -> float:
    """Share of the last three classes (K,)."""
    return float(counts[-NUM_TAIL:].sum() / counts.sum())


PROBES: dict[str, Probe] = {
    # samples
    "diversity": Probe(
        "diversity",
        "mean distance of pairs of 500 samples over that of 500 real items: 1 as varied as the data, 0 all alike",
        lambda m: pairwise_distance(m.written[:NUM_PAIRS]) / pairwise_distance(m.truth.items[:NUM_PAIRS]),
    ),
    "value_mean": Probe(
        "mean value",
        "mean of all pixels of the samples, 0 black to 1 white, or of all coordinates",
        lambda m: value_mean(m.written),
    ),
    "value_std": Probe(
        "spread of values",
        "standard deviation of all pixels of the samples, of a range of 1, or of all coordinates",
        lambda m: value_std(m.written),
    ),
    "real_value_mean": Probe("mean value of real data", "the same of real items", lambda m: value_mean(m.truth.items)),
    "real_value_std": Probe("spread of real values", "the same of real items", lambda m: value_std(m.truth.items)),
    "classes_covered": Probe(
        "classes covered",
        "classes that a sample falls into, by the shipped classifier",
        lambda m: classes_covered(m.counts),
    ),
    "class_entropy": Probe(
        "entropy of the classes",
        "entropy of the classes' shares in nats: ln K where all are equally frequent, 0 where one has all",
        lambda m: class_entropy(m.counts),
    ),
    "smallest_class_share": Probe(
        "share of the rarest class",
        "share of the samples that the rarest class has, 0 to 1/K",
        lambda m: smallest_class_share(m.counts),
    ),
    "class_shares": Probe(
        "share of each class",
        "share of the samples that fall into each class (K,)",
        lambda m: points(m.counts.double() / m.counts.sum()),
    ),
    "real_class_shares": Probe(
        "share of each class in the data",
        "share of the real items that fall into each class (K,)",
        lambda m: points(class_counts(m.truth.seen[1]).double() / m.truth.num),
    ),
    "tail_share": Probe(
        "share of the last three classes",
        "share of the samples that fall into the last three classes, the rarest of a long tail, 0 to 1",
        lambda m: _tail(m.counts),
    ),
    "real_tail_share": Probe(
        "share of the last three classes in the data",
        "the same of the real items, as they lie in the data and not as they are drawn",
        lambda m: _tail(class_counts(m.truth.seen[1])),
    ),
    "fid": Probe(
        "FID",
        "Frechet distance in the shipped classifier's features, of at most 1,000 samples; compare within a lesson only",
        lambda m: frechet_distance(m.truth.seen[0], m.seen[0]),
    ),
    **LIKENESS,
    "modes_covered": Probe(
        "modes covered",
        "components of the mixture with a sample within 3 standard deviations, of 2,500 samples",
        lambda m: float(m.modes.modes_covered),
    ),
    "high_quality_share": Probe(
        "high-quality share",
        "share of the samples within 3 standard deviations of a centre; 0.989 for a perfect sampler in the plane",
        lambda m: m.modes.high_quality_share,
    ),
    "mode_shares": Probe(
        "share of each mode",
        "share of the samples of high quality that each mode has (K,)",
        lambda m: [c / max(1, sum(m.modes.counts)) for c in m.modes.counts],
    ),
    "mode_spread": Probe(
        "spread within modes",
        "standard deviation of the samples of a mode over the true one, averaged over covered modes; 0.974 at best",
        lambda m: _mode_spread(m.modes),
    ),
    # the discriminator
    "real_score": Probe("D's score of real items", "mean logit of real items", lambda m: float(m.scores[0].mean())),
    "fake_score": Probe("D's score of samples", "mean logit of samples", lambda m: float(m.scores[1].mean())),
    "real_probability": Probe(
        "D(real)",
        "mean of D(x) = sigmoid(logit) of real items, 0 to 1",
        lambda m: float(m.scores[0].sigmoid().mean()),
    ),
    "fake_probability": Probe(
        "D(fake)",
        "mean of D(G(z)) of samples, 0 to 1",
        lambda m: float(m.scores[1].sigmoid().mean()),
    ),
    "unseen_probability": Probe(
        "D(real, never trained on)",
        "mean of D(x) of real items of the test split, 0 to 1: below D(real) where D knows its items by heart",
        lambda m: float(m.scores_unseen.sigmoid().mean()),
    ),
    "score_gap": Probe(
        "gap of the scores",
        "mean score of real items less that of samples: a Wasserstein critic's estimate of the distance",
        lambda m: float(m.scores[0].mean() - m.scores[1].mean()),
    ),
    "discriminator_loss": Probe(
        "D's loss",
        "the discriminator's loss on real items and samples, penalties apart; 2 ln 2 = 1.386 for one that is blind",
        lambda m: float(m.loss.discriminator(*m.scores)),
    ),
    "generator_loss": Probe(
        "G's loss",
        "the generator's loss on samples; ln 2 = 0.693 under a blind discriminator (non-saturating)",
        lambda m: float(m.loss.generator(*m.scores)),
    ),
    "rank_accuracy": Probe(
        "rank accuracy",
        "how often a real item scores above a sample: 0.5 cannot tell, 1 always can; no offset changes it",
        lambda m: rank_accuracy(*m.scores),
    ),
    "slope_mean": Probe(
        "mean slope of D",
        "mean of |dC/dx| between real items and samples; 1 is what WGAN-GP asks for",
        lambda m: float(m.slopes().mean()),
    ),
    "slope_highest": Probe(
        "steepest slope of D",
        "largest |dC/dx| among as many places between real items and samples as there are samples",
        lambda m: float(m.slopes().max()),
    ),
    # what reaches the generator
    "gradient_saturating": Probe(
        "gradient of log(1 - D)",
        "norm of the saturating loss's gradient by the generator's weights, on this discriminator",
        lambda m: m.generator_gradient(saturating_generator),
    ),
    "gradient_non_saturating": Probe(
        "gradient of -log D",
        "norm of the non-saturating loss's gradient by the generator's weights, on this discriminator",
        lambda m: m.generator_gradient(non_saturating_generator),
    ),
    "gradient_generator": Probe(
        "gradient of G's loss",
        "norm of the gradient of the loss that is played for by the generator's weights, on this discriminator",
        lambda m: m.generator_gradient(lambda fake: m.loss.generator(m.scores[0][: len(fake)], fake)),
    ),
    # classifiers
    "test_accuracy": Probe(
        "test accuracy",
        "share of the first 2,000 test items that the classifier gets right, 0 to 1",
        lambda m: accuracy(m.classifier, *m.truth.tested),
    ),
    "position_similarity": Probe(
        "similarity of positions",
        "cosine similarity of each patch's position embedding to every other's, row by row: -1 to 1",
        lambda m: points(m.positions.flatten()),
    ),
    "neighbour_similarity": Probe(
        "similarity of neighbours",
        "mean cosine similarity of the position embeddings of patches that share an edge, -1 to 1",
        lambda m: near_and_far(m.positions)[0],
    ),
    "distant_similarity": Probe(
        "similarity of distant patches",
        "the same of patches at least half the grid's diagonal apart",
        lambda m: near_and_far(m.positions)[1],
    ),
    "attention_tokens": Probe(
        "tokens", "tokens of square grids of 1 to 5 windows a side", lambda m: [float(n) for n in attention_tokens()]
    ),
    "full_attention_count": Probe(
        "full attention, counted",
        "multiply-adds of one full attention of width 128 for each token, in thousands, on these grids",
        lambda m: counts_per_token(None),
    ),
    "window_attention_count": Probe(
        "window attention, counted",
        "the same within windows of 7 x 7 tokens",
        lambda m: counts_per_token(WINDOW),
    ),
    "full_attention_time": Probe(
        "full attention, measured",
        "microseconds of one full attention of width 128 for each token, best of several, on this machine",
        lambda m: points(torch.tensor(m.truth.attention_times.full)),
    ),
    "window_attention_time": Probe(
        "window attention, measured",
        "the same within windows of 7 x 7 tokens",
        lambda m: points(torch.tensor(m.truth.attention_times.window)),
    ),
    # on a line
    "grid": Probe("x", "places on the line", lambda m: points(m.truth.grid)),
    "real_density": Probe("data", "density of the data at the places", lambda m: points(m.densities[0])),
    "fake_density": Probe(
        "samples",
        "density of 2,500 samples at the places, by narrow normals (Silverman)",
        lambda m: points(m.densities[1]),
    ),
    "learned_probability": Probe(
        "learned D", "D(x) at the places, 0 to 1", lambda m: points(m.scores_on_grid.sigmoid())
    ),
    "optimal_probability": Probe(
        "optimal D",
        "D*(x) = p / (p + q) at the places, for the labels that D is told",
        lambda m: points(m.best_logits.sigmoid()),
    ),
    "learned_score": Probe("critic", "C(x) at the places, any offset", lambda m: points(m.scores_on_grid)),
    "distance_to_optimal": Probe(
        "distance of D from the optimum",
        "mean of |D - D*| over real items and samples alike, 0 to 1",
        lambda m: float(m.from_optimal.mean_absolute),
    ),
    "excess_loss": Probe(
        "excess loss of D",
        "cross-entropy of D above that of the optimal D, in nats",
        lambda m: float(m.from_optimal.excess_loss),
    ),
    "wasserstein": Probe(
        "Wasserstein-1 distance",
        "of the samples from as many real points on the line, in their unit",
        lambda m: float(wasserstein_of_samples(m.truth.line, m.written[:, 0])),
    ),
    "js": Probe(
        "Jensen-Shannon divergence",
        "of the data's density and the samples', in nats: 0 to ln 2",
        lambda m: float(js_divergence(*m.densities, m.truth.grid)),
    ),
    # theory: the same in every run
    "separations": Probe(
        "separation",
        "distances between two equal normals as wide as the data, from 0 to beyond the data's mean",
        lambda m: _separated(m).separations,
    ),
    "separated_kl": Probe("KL", "KL divergence at the separations, in nats", lambda m: _separated(m).kl),
    "separated_js": Probe("JS", "Jensen-Shannon divergence at them, in nats", lambda m: _separated(m).js),
    "separated_wasserstein": Probe("W1", "Wasserstein-1 distance at them", lambda m: _separated(m).wasserstein),
    "separated_kl_slope": Probe("KL's slope", "derivative of KL by the separation", lambda m: _separated(m).kl_slope),
    "separated_js_slope": Probe("JS's slope", "derivative of JS by the separation", lambda m: _separated(m).js_slope),
    "separated_wasserstein_slope": Probe(
        "W1's slope", "derivative of W1 by the separation: 1", lambda m: _separated(m).wasserstein_slope
    ),
}


class Measuring:
    """Takes a lesson's measures in a run: what `train_plan` calls. Raises UserError for a measure that is none."""

    def __init__(self, plan: Plan, measures: Sequence[str]) -> None:
        self._truth = Truth(plan)
        self._probes = {name: look_up(PROBES, name, "measure") for name in measures}

    def __call__(self, engine: Engine) -> Mapping[str, Value]:
        """Every measure of this moment."""
        scene = Scene(engine, self._truth)
        return {name: probe.measure(scene) for name, probe in self._probes.items()}
