"""Which metrics to measure: named, all, or the default ones, as far as what they need is there."""

from collections.abc import Collection, Mapping, Sequence

from ganwright.core.errors import UserError, nearest
from ganwright.metrics.base import Metric, Needs

_MISSING: dict[Needs, str] = {
    "images": "images, and this data are points",
    "points": "points, and this data are images",
    "scores": "the discriminator's scores, which samples of another program do not have",
    "features": "features; name some, such as --features random",
    "classes": "features that tell classes apart; data with labels have a classifier, or give one",
    "labels": "labels or features that tell classes apart",
    "mixture": "data that are a mixture of Gaussians, such as ring8",
    "train": "features and both splits of the data, training and test; this data has one split only",
    "generator": "features and a generator, not finished samples",
}


def choose(
    table: Mapping[str, Metric], names: Sequence[str] | None, here: Collection[Needs], num_items: int
) -> tuple[dict[str, Metric], list[str]]:
    """Return the rows to measure, in the table's order, and what is to be said of rows that were left out.

    names: of metrics; "default" and "all" stand for what their names say; None: the default ones.
    here: what is at hand. num_items: items a side.
    Raises UserError for an unknown name, and where what a metric called by its name needs is not there.
    """
    wanted = list(names) if names is not None else ["default"]
    for name in wanted:
        if name not in (*table, "default", "all"):
            raise UserError(f"there is no metric '{name}'; {nearest(name, [*table, 'default', 'all'])}")
    chosen: dict[str, Metric] = {}
    notes = []
    for name, metric in table.items():
        named = name in wanted
        if not (named or "all" in wanted or ("default" in wanted and metric.default)):
            continue
        problem = ""
        if metric.needs not in here:
            problem = f"'{name}' needs {_MISSING.get(metric.needs, metric.needs)}"
        elif num_items < metric.least:
            problem = f"'{name}' needs {metric.least} items a side, not {num_items}"
            if not named:
                notes.append(f"left out: {problem}")
        if problem and named:
            raise UserError(problem)
        if not problem:
            chosen[name] = metric
    return chosen, notes
