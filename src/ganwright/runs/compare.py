"""Runs side by side: their last evaluations, grouped by what was trained, with significance."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ganwright.core.errors import UserError, nearest
from ganwright.core.events import Event
from ganwright.metrics import METRICS
from ganwright.metrics.evaluate import Report
from ganwright.runs.compare_groups import Judged, grouped
from ganwright.runs.compare_result import Comparison
from ganwright.runs.compare_rows import rows_of, seeds_of_reference
from ganwright.runs.run import Run, load

_HASH_DIGITS = 12


def compare(
    paths: Iterable[str | Path],
    metrics: Sequence[str] | None = None,
    *,
    evaluate: bool = False,
    num_samples: int | None = None,
    features: str = "auto",
    weights: str | Path | None = None,
    split: str = "train",
    seed: int = 0,
    data_dir: str | None = None,
    progress: Report | None = None,
) -> Comparison:
    """Put runs side by side by their last evaluations.

    Runs that differ in their seed only form a group, which is told by mean and standard deviation. In each figure that
    has a better side the best group is marked, and the others are tested against it: two seeds or more on both sides
    by Welch's t-test; one against several by Student's; one against one by a z-test from the figures' standard
    errors, which says nothing of other seeds. All p-values are corrected together after Holm. Figures that were
    measured in different ways are not compared.

    paths: run folders, at least two.
    metrics: names of figures, in any order; "default" and "all" as in `Run.evaluate`; None: all there are.
    evaluate: True judges all runs anew, in one way; False only those that were not judged yet.
    num_samples: as in `Run.evaluate`, for runs that are judged now; None: as many as those already judged had.
    features, weights, split, seed, data_dir: as in `Run.evaluate`.
    progress: called with items done, items in all and what is being done, anew for each run.
    Raises UserError for fewer than two runs, for a folder that is none, for runs on different data, and for figures
    that no run has.
    """
    places = [Path(path) for path in paths]
    if len(places) < 2:
        raise UserError(f"comparing needs two runs or more, not {len(places)}; name several run folders")
    for index, place in enumerate(places):
        if place.resolve() in [other.resolve() for other in places[:index]]:
            raise UserError(f"{place} is named twice; leave one out")
    runs = [load(place) for place in places]
    last = [None if evaluate else _last_evaluation(run) for run in runs]
    _check_names(metrics, [event for event in last if event])
    _check_data(runs, last)
    if num_samples is None:
        num_samples = _num_samples([event for event in last if event])
    for index, run in enumerate(runs):
        if last[index] is None:
            report = None if progress is None else _told(progress, run)
            run.evaluate(
                num_samples,
                features=features,
                weights=weights,
                metrics=metrics,
                split=split,
                seed=seed,
                data_dir=data_dir,
                progress=report,
            )
            last[index] = _last_evaluation(run)
    judged = [_judged(run, event) for run, event in zip(runs, last, strict=True) if event]
    groups = grouped(judged)
    rows = rows_of(_names(metrics, judged), groups)
    return Comparison(groups, rows, tuple(_notes(judged, len(groups))))


def _last_evaluation(run: Run) -> Event | None:
    return next((e for e in reversed(run.events()) if e["type"] == "metrics" and e.get("figures")), None)


def _told(progress: Report, run: Run) -> Report:
    return lambda done, total, what: progress(done, total, f"{run.path}, {what}")


def _judged(run: Run, event: Event) -> Judged:
    started = _started(run)
    figures = {figure["name"]: figure for figure in event["figures"]}
    return Judged(run.path, run.config, started.get("forked_from") or "", event["num_images"], figures)


def _started(run: Run) -> Event:
    return next((e for e in run.events() if e["type"] == "started"), {})


def _check_names(metrics: Sequence[str] | None, events: Sequence[Event]) -> None:
    """Refuse a name that nobody knows before anything is evaluated."""
    measured = {figure["name"] for event in events for figure in event["figures"]}
    known = {*METRICS, *measured, "default", "all"}
    if metrics is not None and not metrics:
        raise UserError("there is no metric to compare by; name some, or leave --metrics out")
    for name in metrics or ():
        if name not in known:
            raise UserError(f"there is no metric '{name}'; {nearest(name, known)}")


def _check_data(runs: Sequence[Run], last: Sequence[Event | None]) -> None:
    """Refuse runs on different data."""
    known: list[tuple[Run, str, str]] = []
    for run, event in zip(runs, last, strict=True):
        data = _started(run).get("data") or _data_of(event)
        if data.get("content_hash"):
            known.append((run, data.get("name") or run.config.data.tag, data["content_hash"][:_HASH_DIGITS]))
    for run, name, content in known[1:]:
        first, other, expected = known[0]
        if content != expected:
            told = f"{other} and {name}" if other != name else f"{name}, with content hashes {expected} and {content}"
            raise UserError(
                f"{first.path} and {run.path} are on different data ({told}): figures of one say nothing about the "
                "other; compare runs on the same data"
            )


def _data_of(event: Event | None) -> Mapping[str, Any]:
    """What the protocols of an evaluation against training data say of it."""
    protocols = [figure.get("protocol") or {} for figure in (event or {}).get("figures", ())]
    found = next((p for p in protocols if p.get("content_hash") and p.get("split") == "train"), {})
    return {"name": found.get("data"), "content_hash": found.get("content_hash")}


def _num_samples(events: Sequence[Event]) -> int | None:
    """How many samples those already judged had, where they agree."""
    found = {(figure.get("protocol") or {}).get("n_fake") for event in events for figure in event["figures"]}
    return found.pop() if len(found) == 1 else None


def _names(metrics: Sequence[str] | None, judged: Sequence[Judged]) -> list[str]:
    """The figures to show, in the order of the metrics' table, then as they came."""
    measured = dict.fromkeys(name for run in judged for name in run.figures)
    order = [name for name in METRICS if name in measured] + [name for name in measured if name not in METRICS]
    if metrics is None or "all" in metrics:
        return order
    wanted = set(metrics)
    if "default" in metrics:
        wanted |= {name for name in order if name not in METRICS or METRICS[name].default}
    for name in metrics:
        if name not in measured and name != "default":
            raise UserError(
                f"no run was judged by '{name}'; --evaluate with --metrics {name} judges all by it; measured so far: "
                f"{', '.join(order)}"
            )
    return [name for name in order if name in wanted]


def _notes(judged: Sequence[Judged], num_groups: int) -> Iterator[str]:
    if num_groups == 1:
        yield "all runs are seeds of one experiment: there is no other group to compare them with"
    early = [run for run in judged if run.num_images < run.config.images and run.config.evaluate_images is None]
    for run in early:
        yield f"{run.run} was judged at {run.num_images:,} of its {run.config.images:,} images"
    seeds = seeds_of_reference(judged)
    if len(seeds) > 1:
        yield f"the real items were drawn by different seeds ({', '.join(map(str, seeds))}), which adds to the spread"
