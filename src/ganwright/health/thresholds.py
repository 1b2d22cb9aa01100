"""Every number that detectors decide by: its value, its unit and why it is what it is.

Chosen from what the signals mean and from the development half of `ganwright bench health`, with room on both sides,
and fixed before the test half was trained.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Threshold:
    """A number that a detector decides by, in its unit, and the reason for its value."""

    value: float
    unit: str
    reason: str


THRESHOLDS: dict[str, Threshold] = {
    "smoothing_looks": Threshold(3, "looks", "The median of three forgives one odd look and costs one look of delay."),
    "long_smoothing_looks": Threshold(
        5, "looks", "Shares of 128 samples in a dozen regions jump by a region from look to look."
    ),
    "very_long_smoothing_looks": Threshold(
        7, "looks", "Ranks of a game of perceptrons swing by a third from look to look."
    ),
    "warm_up_looks": Threshold(
        6,
        "looks",
        "At first every generator is poor and every discriminator certain: nobody is judged by first looks.",
    ),
    "patience_looks": Threshold(4, "looks", "A healthy game has bad moments of two or three looks."),
    "patience_share": Threshold(0.1, "share of looks so far", "Where looks are frequent four of them are a moment."),
    "patience_run_share": Threshold(
        0.1, "share of the run", "A tenth of a run is soon enough to say that it fails, and late enough to know."
    ),
    "long_patience_looks": Threshold(7, "looks", "Shares of regions are noisy, and come back after five or six looks."),
    "long_patience_share": Threshold(
        0.2, "share of looks so far", "Parts of the data come late in healthy runs as well."
    ),
    "youth": Threshold(
        2.0, "times the patience", "Samples that have never been good may still become so; those that were go on ill."
    ),
    "long_youth": Threshold(3.0, "times the patience", "Where healthy games run about for long before they settle."),
    "grown_path": Threshold(
        3.0,
        "lengths of its weights",
        "Healthy generators that reached nothing yet had gone less; grown ones go 4 to 26.",
    ),
    "grown_share": Threshold(
        0.5, "share of the run", "Games of small steps that can still end well have got somewhere by then."
    ),
    "late_share": Threshold(
        0.65,
        "share of the run",
        "Small games found the data as late as at half of their run; a way back still pays before two thirds.",
    ),
    "haste": Threshold(
        0.5, "times the patience", "Where settings are unusual as well, a sign and a cause are found together."
    ),
    "progress_share": Threshold(
        0.15, "share of looks so far", "Plateaus are part of a game; a sixth of the run so far without a gain is none."
    ),
    "progress_distance": Threshold(
        0.1,
        "share of its least so far",
        "Between two looks of a generator that stands still it changes by a twentieth.",
    ),
    "progress_coverage": Threshold(0.04, "share of real items", "One standard error of a share of 128 items."),
    "progress_left_out": Threshold(0.06, "share of the data", "Most of one region of twelve."),
    "collapse_distinct": Threshold(
        0.15,
        "share of samples",
        "A few pictures: 3 of 128 are 0.02, 3 of 24 are 0.13; a healthy mixture of points comes down to 0.4.",
    ),
    "collapse_duplicates": Threshold(0.9, "share of samples", "Nearly every sample has a double."),
    "collapse_diversity": Threshold(
        0.1, "ratio", "Samples ten times as close together as data; perceptrons begin at 0.15."
    ),
    "collapse_single": Threshold(0.01, "ratio", "One sample to the eye; no healthy generator begins so."),
    "collapse_fall": Threshold(
        0.15, "share of the most there were", "Of seven effectively different samples one is left."
    ),
    "collapse_flocking": Threshold(0.4, "ratio", "They lie close together as well, so that it is no lack of balance."),
    "partial_left_out": Threshold(
        0.25, "share of the data", "Three regions of twelve; healthy runs end at one or none, and young ones pass by."
    ),
    "partial_falls": Threshold(
        0.8, "ratio", "Healthy runs still lose a third of what they leave out from third to third."
    ),
    "unseen_rank": Threshold(0.42, "share of pairs", "Two standard errors below chance with 128 of each."),
    "unseen_gap": Threshold(0.35, "ratio", "Items of the same data show the same gap within a third."),
    "unseen_noise": Threshold(
        0.2, "ratio", "Items of the same data would show the same gap; a fifth of it, of that sign, is noise."
    ),
    "unseen_left_out": Threshold(0.15, "share of the data", "Two regions of twelve."),
    "swinging_coverage": Threshold(
        0.03, "share of real items", "Samples that resemble none of the data; one mode of 25 is 0.04."
    ),
    "hopping_drift": Threshold(
        3.0, "ratio", "Healthy samples go no farther than 2 between looks once they cover the data."
    ),
    "hopping_drift_share": Threshold(0.6, "ratio", "As far between looks as the data is away."),
    "hopping_left_out": Threshold(0.35, "share of the data", "Most of the data is missing at any one time."),
    "diverged_factor": Threshold(2.5, "ratio", "Farther from the data than ever by more than healthy games swing."),
    "diverged_distance": Threshold(4.0, "ratio", "An untrained generator is 5 to 7 away; healthy ones come below 3."),
    "update_too_long": Threshold(
        0.025, "ratio", "Forty such steps replace all of the weights; healthy ones come below after a few looks."
    ),
    "exploded_score": Threshold(
        1e4, "logit", "A classifier is sure at 10; a held critic's scores are distances between items."
    ),
    "exploded_gradient": Threshold(
        5.0, "times the largest before", "Gradients of healthy games grow, but not at once."
    ),
    "restless_movement": Threshold(0.2, "ratio", "A healthy average moves less than 0.1 once anything is reached."),
    "vanished_gradient": Threshold(1e-7, "loss per weight", "Rounding of float32: nothing reaches the generator."),
    "strong_rank": Threshold(0.99, "share of pairs", "Hardly one sample in a hundred passes."),
    "hardly_rank": Threshold(
        0.92,
        "share of pairs",
        "Slow healthy games have 0.93 to 0.99 while parts are missing, collapsed ones 0.3 to 0.9.",
    ),
    "weak_rank": Threshold(
        0.45, "share of pairs", "Samples rank above real items, more often than chance would have it with 128 of each."
    ),
    "wrong_rank": Threshold(0.05, "share of pairs", "It would do better to say the opposite of what it says."),
    "wrong_gap": Threshold(
        10.0,
        "logit",
        "A classifier this sure is wrong once in 20,000; a held critic's gap is a distance between samples.",
    ),
    "slow_ratio": Threshold(0.3, "ratio", "Its steps are a few times shorter, for its weights, than the generator's."),
    "poor_distance": Threshold(
        2.5, "ratio", "Samples as good as data have 1, those of a finished healthy run below 2."
    ),
    "good_distance": Threshold(2.25, "ratio", "Samples of a finished healthy run have less than 2."),
    "poor_coverage": Threshold(0.6, "share of real items", "Samples like data reach 0.97; healthy runs end above 0.5."),
    "no_coverage": Threshold(0.1, "share of real items", "Hardly one real item has a sample near it."),
    "lost_cover": Threshold(0.3, "share of the most there was", "Young runs lose half of it and find it again."),
    "worth_losing": Threshold(0.6, "share of real items", "Less than that comes and goes before a game settles."),
    "drawn_together": Threshold(0.85, "ratio", "Data has 1; healthy samples that reach most of it have 0.9 or more."),
    "drawn_away": Threshold(1.5, "ratio", "Samples like data have 1; while healthy games lose reach, 1.2."),
    "flat_slope": Threshold(3e-4, "logit per unit of the item", "Scores of all items are one number to three digits."),
    "flat_loss": Threshold(2e-3, "share of the loss", "A loss that is learnt from moves by more than the third digit."),
    "flat_noise": Threshold(1e-5, "loss", "Rounding, where the loss itself is 0."),
    "flat_distance": Threshold(1.4, "ratio", "Samples like data have 1."),
    "untrained_ratio": Threshold(0.0001, "ratio", "No schedule sets the players' steps four powers of ten apart."),
    "unbounded_slope": Threshold(
        5.0, "logit per unit of the item", "A held critic has 1; at five times that no constraint is at work."
    ),
    "unbounded_loss": Threshold(
        1.0, "loss", "A loss below zero by more than noise is a critic's, which has no least value of its own."
    ),
    "overfitting_rank": Threshold(
        0.7, "share of pairs", "Healthy discriminators end at 0.6; the strongest on small data at 0.75."
    ),
    "overfitting_way": Threshold(
        0.4,
        "share of the way",
        "Held-out items are nearly halfway from training items to samples; a quarter on small data.",
    ),
    "overfitting_gap": Threshold(
        0.25, "share of pairs", "Held-out items count as fake far more often than training items; 0.1 on small data."
    ),
    "copies_ratio": Threshold(
        0.4, "ratio", "Held-out items have 1; samples that are not copies 1 or more, or 0.6 in tight modes."
    ),
    "copies_diversity": Threshold(0.5, "ratio", "Samples that are all alike share one nearest item by chance."),
    "stalled_update": Threshold(1e-07, "ratio", "Rounding of float32."),
    "stalled_share": Threshold(0.001, "share of the usual step", "Schedules end at a hundredth."),
    "stalled_distance": Threshold(1.5, "ratio", "Samples like data have 1."),
    "stalled_coverage": Threshold(0.8, "share of real items", "Samples like data reach 0.97."),
}


def limit(name: str) -> float:
    """The value of a threshold."""
    return THRESHOLDS[name].value
