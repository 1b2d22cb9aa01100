"""The signals of health as curves: which of them share a chart, and what each chart says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from ganwright.runs.report_charts import Chart, Series


@dataclass(frozen=True)
class SignalChart:
    """A chart: its title, a line of help, its y axis, and the label and colour of each of its signals."""

    title: str
    explained: str
    unit: str
    series: Mapping[str, tuple[str, str]]
    range: tuple[float, float | None] | None = None
    guides: tuple[float, ...] = ()


LIVE, AVERAGED = ("live", "orange"), ("averaged", "indigo")

SIGNAL_CHARTS: dict[str, SignalChart] = {
    "ranks": SignalChart(
        "Rank accuracy",
        "How often D tells the pair apart; 0.5 is guessing.",
        "share of pairs",
        {
            "rank_real_fake": ("real above sample", "indigo"),
            "rank_held_out_fake": ("held-out above sample", "teal"),
            "rank_train_held_out": ("real above held-out", "plum"),
        },
        (0, 1),
        (0.5,),
    ),
    "scores": SignalChart(
        "Scores on fixed items",
        "D's mean score, batch statistics as in training.",
        "score",
        {
            "score_real": ("real", "teal"),
            "score_held_out": ("held-out", "plum"),
            "score_fake": ("samples", "orange"),
        },
    ),
    "slopes": SignalChart(
        "Slope of D",
        "Gradient of the score by the item: what the generator is told.",
        "norm",
        {"slope_real": ("real", "teal"), "slope_fake": ("samples", "orange")},
        (0, None),
    ),
    "peaks": SignalChart(
        "Steepest place of D", "Over the mean slope.", "ratio", {"slope_peak": ("peak", "slate")}, (0, None)
    ),
    "gradients": SignalChart(
        "Gradient norms between ticks",
        "Means of what was logged since the last tick.",
        "norm",
        {
            "gradient_discriminator": ("discriminator", "indigo"),
            "gradient_generator": ("generator", "orange"),
        },
        (0, None),
    ),
    "updates": SignalChart(
        "Update to weight",
        "How far one iteration moves the weights, for their length.",
        "ratio",
        {
            "update_discriminator": ("discriminator", "indigo"),
            "update_generator": ("generator", "orange"),
        },
        (0, None),
    ),
    "diversity": SignalChart(
        "Diversity",
        "Mean distance of two samples, real data being 1.",
        "ratio",
        {"diversity_live": LIVE, "diversity_averaged": AVERAGED},
        (0, None),
        (1,),
    ),
    "vendi": SignalChart(
        "Effective number",
        "Vendi score of the samples, real data being 1.",
        "ratio",
        {"vendi_live": LIVE, "vendi_averaged": AVERAGED},
        (0, None),
        (1,),
    ),
    "coverage": SignalChart(
        "Coverage",
        "Share of real items that samples come near to.",
        "share",
        {"coverage_live": LIVE, "coverage_averaged": AVERAGED},
        (0, 1),
    ),
    "left_out": SignalChart(
        "Left out",
        "Share of the data in regions where hardly any sample lies.",
        "share",
        {"left_out_live": LIVE, "left_out_averaged": AVERAGED},
        (0, 1),
    ),
    "classes": SignalChart(
        "Classes",
        "By a classifier: share of the data in classes that are hardly made, and how far the classes' shares are off.",
        "share",
        {"classes_left_out": ("left out", "orange"), "class_gap": ("gap of shares", "slate")},
        (0, 1),
    ),
    "duplicates": SignalChart(
        "Near duplicates",
        "Share of samples with one; and distinct samples, of all.",
        "share",
        {
            "duplicates_live": ("duplicates, live", "orange"),
            "duplicates_averaged": ("duplicates, averaged", "indigo"),
            "distinct_live": ("distinct, live", "plum"),
            "distinct_averaged": ("distinct, averaged", "teal"),
        },
        (0, 1),
    ),
    "distances": SignalChart(
        "Distance and drift",
        "Of live samples to real items, and to those of the last tick; real to real is 1.",
        "ratio",
        {"distance": ("to real items", "indigo"), "drift": ("since the last tick", "orange")},
        (0, None),
        (1,),
    ),
    "movement": SignalChart(
        "Movement",
        "How far the same latents' samples went since the last tick.",
        "ratio",
        {"movement": ("fixed latents", "slate")},
        (0, None),
    ),
    "latents": SignalChart(
        "Latent sensitivity",
        "How samples follow their latents; 0: not at all.",
        "ratio",
        {"latent_sensitivity": ("sensitivity", "orange"), "latent_evenness": ("evenness", "slate")},
        (0, None),
    ),
    "copies": SignalChart(
        "Nearest is a training item",
        "Of equally many training and held-out ones; 0.5 unless samples are copies.",
        "share",
        {"nearest_train_share": ("samples", "orange")},
        (0, 1),
        (0.5,),
    ),
    "nearest": SignalChart(
        "Distance to training items",
        "Held-out items being 1; towards 0 samples are copies.",
        "ratio",
        {"nearest_ratio": ("samples", "orange")},
        (0, None),
        (1,),
    ),
    "nonfinite": SignalChart(
        "Non-finite numbers",
        "Anything but 0 ends a run.",
        "count",
        {
            "nonfinite_samples": ("samples", "orange"),
            "nonfinite_scores": ("scores", "indigo"),
            "nonfinite_weights": ("weights", "slate"),
        },
        (0, None),
    ),
}


def signal_charts(told: Sequence[tuple[int, Mapping[str, float]]]) -> Iterator[Chart]:
    """The charts of what was measured at two ticks or more; non-finite counts only where there were any.

    told: images seen and the signals by name, of each tick (`RunFacts.signals`).
    """
    if len(told) < 2:
        return
    x = [num_images / 1000 for num_images, _ in told]
    for id, chart in SIGNAL_CHARTS.items():
        lines = {name: [values.get(name) for _, values in told] for name in chart.series}
        known = {name: line for name, line in lines.items() if any(v is not None for v in line)}
        if not known or (id == "nonfinite" and not any(v for line in known.values() for v in line)):
            continue
        bad = {i for line in known.values() for i, v in enumerate(line) if v is not None and not isfinite(v)}
        series = [
            Series(chart.series[name][0], [v if v is not None and isfinite(v) else None for v in line], colour)
            for name, line in known.items()
            for colour in (chart.series[name][1],)
        ]
        title = f"Health: {chart.title[0].lower()}{chart.title[1:]}"
        yield Chart(
            f"health-{id}", title, chart.explained, chart.unit, series, chart.range, chart.guides, x, sorted(bad)
        )
