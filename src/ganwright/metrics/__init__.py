"""Pure functions that judge samples, and the table of all metrics. `evaluate.evaluate` runs them in one pass."""

from ganwright.metrics.base import Metric
from ganwright.metrics.classes import (
    class_entropy,
    classes_covered,
    largest_class_share,
    reverse_kl,
    smallest_class_share,
)
from ganwright.metrics.diversity import cosine_similarity, pairwise_distance
from ganwright.metrics.frechet import frechet_between, frechet_distance
from ganwright.metrics.modes import count_modes
from ganwright.metrics.pixels import value_mean, value_std

METRICS: dict[str, Metric] = {
    "fid": Metric(
        "Frechet distance between features of samples and of real data; lower is better, read it against its floor",
        frechet_distance,
        needs="features",
        compare=lambda real, fake: frechet_between(real.features, fake.features),
    ),
    "classes_covered": Metric(
        "classes that at least one sample falls into, by the classifier; more is better",
        classes_covered,
        needs="classes",
        measure=lambda seen: classes_covered(seen.class_counts),
        unit="classes",
    ),
    "class_entropy": Metric(
        "entropy of the classes' shares among the samples; ln K where all are equally frequent, 0 where one has all",
        class_entropy,
        needs="classes",
        measure=lambda seen: class_entropy(seen.class_counts),
        unit="nats",
    ),
    "class_kl": Metric(
        "KL of the classes' shares among the samples from even ones; from 0 to ln K; compare with real data's",
        reverse_kl,
        needs="classes",
        measure=lambda seen: reverse_kl(seen.class_counts),
        unit="nats",
    ),
    "smallest_class_share": Metric(
        "share of the rarest class among the samples; compare with real data's",
        smallest_class_share,
        needs="classes",
        measure=lambda seen: smallest_class_share(seen.class_counts),
    ),
    "largest_class_share": Metric(
        "share of the most frequent class among the samples; compare with real data's",
        largest_class_share,
        needs="classes",
        measure=lambda seen: largest_class_share(seen.class_counts),
    ),
    "modes_covered": Metric(
        "components of the mixture with a sample within 3 standard deviations of their centre; more is better",
        count_modes,
        needs="mixture",
        measure=lambda seen: seen.mode_count.modes_covered,
        unit="modes",
    ),
    "high_quality_share": Metric(
        "share of the samples within 3 standard deviations of a centre; at best that of real data",
        count_modes,
        needs="mixture",
        measure=lambda seen: seen.mode_count.high_quality_share,
    ),
    "reverse_kl": Metric(
        "KL of the modes' shares among the samples of high quality from even ones; 0: all alike, ln K: one mode",
        count_modes,
        needs="mixture",
        measure=lambda seen: seen.mode_count.reverse_kl,
        unit="nats",
    ),
    "discriminator_score": Metric(
        "the discriminator's mean score of samples beside that of real data; only their difference means something",
        value_mean,
        needs="scores",
        measure=lambda seen: seen.scores.mean,
        unit="logit",
    ),
    "pixel_mean": Metric(
        "mean of all pixel values, 0 black to 1 white; compare with real data's",
        value_mean,
        needs="images",
        measure=lambda seen: seen.values.mean,
    ),
    "pixel_std": Metric(
        "standard deviation of all pixel values, of a range of 1; compare with real data's",
        value_std,
        needs="images",
        measure=lambda seen: seen.values.std,
    ),
    "point_mean": Metric(
        "mean of all coordinates; compare with real data's",
        value_mean,
        needs="points",
        measure=lambda seen: seen.values.mean,
    ),
    "point_std": Metric(
        "standard deviation of all coordinates; compare with real data's",
        value_std,
        needs="points",
        measure=lambda seen: seen.values.std,
    ),
    "cosine_similarity": Metric(
        "mean cosine similarity of pairs of samples, pixels in [-1, 1]; above real data's: less diverse; 1: alike",
        cosine_similarity,
        needs="images",
        measure=lambda seen: cosine_similarity(seen.kept),
        over_pairs=True,
    ),
    "pairwise_distance": Metric(
        "mean Euclidean distance of pairs of samples, pixels in [-1, 1]; below real data's: less diverse; 0: alike",
        pairwise_distance,
        needs="items",
        measure=lambda seen: pairwise_distance(seen.kept),
        over_pairs=True,
    ),
}
