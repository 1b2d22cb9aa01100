"""The mode harness: recipes trained over seeds on data whose modes can be counted, beside a perfect sampler and papers.

The protocol is that of Lin et al., "PacGAN" (2018, arXiv:1712.04086), section 4; see docs/modes.md.
"""

import json
import os
import platform
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import torch

import ganwright
from ganwright.bench.entries import IN_WORDS, REFERENCE, Entry, Field, Networks, entries, field_of
from ganwright.bench.judges import Figures, Judge, PointJudge, judge_of
from ganwright.bench.picture import draw
from ganwright.bench.published import published
from ganwright.bench.results import Modes, Result, SeedResult
from ganwright.bench.seeds import Seeds
from ganwright.bench.watch import Watch
from ganwright.core.errors import UserError
from ganwright.core.files import write_json
from ganwright.core.pictures import write_png
from ganwright.data.dataset import DataConfig
from ganwright.training.precision import flushed_denormals

JSON, PICTURE = "bench.json", "modes.png"


def modes(
    data: str | DataConfig = "ring8",
    recipes: Sequence[str] | None = None,
    *,
    seeds: int | None = None,
    first_seed: int = 0,
    images: int | None = None,
    num_samples: int | None = None,
    networks: Networks = "plain",
    out: str | Path | None = None,
    data_dir: str | None = None,
    watch: Watch | None = None,
) -> Modes:
    """Train every recipe on the data for several seeds, count the modes of each, and draw one seed of each.

    What was finished in `out` is not trained again; what was stopped goes on.

    data: "ring8", "grid25", "stacked-mnist", or the config of one of these sources.
    recipes: their names; None: those of the data set's table.
    seeds: how many, from first_seed on; None: 10 on points, 1 on images.
    images: length of every run in real images; None: see `entries`.
    num_samples: judged of each seed; None: 2,500 points or 26,000 images, as papers have it.
    networks: what recipes made for images get on points; see `entries`.
    out: a folder; None: bench/modes-DATA below the working folder. It gets bench.json, modes.png and the runs.
    data_dir: a folder with standard data files, <data_dir>/<name>/...
    watch: is told how far it is.
    Raises UserError for what cannot be, and Interrupted after a signal, when all has been saved.
    """
    field, config = _field(data)
    num_seeds = field.num_seeds if seeds is None else seeds
    if num_seeds < 1 or first_seed < 0:
        raise UserError(
            f"{num_seeds} seeds from {first_seed} on: give --seeds of 1 or more and --first-seed of 0 or more"
        )
    place = Path(out) if out is not None else Path("bench") / f"modes-{config.tag}"
    if place.exists() and not place.is_dir():
        raise UserError(f"{place} is a file; choose a folder with --out")
    watch = watch or Watch()
    wanted = field.recipes if recipes is None else tuple(recipes)
    found = entries(wanted, config, field.images if images is None else images, networks)
    chosen = tuple(range(first_seed, first_seed + num_seeds))
    trainings = [Seeds(entry, chosen, place / entry.name, data_dir) for entry in found]
    judge = judge_of(config, field.num_samples if num_samples is None else num_samples, data_dir)
    on_points = isinstance(judge, PointJudge)
    with flushed_denormals(), _one_thread() if on_points else nullcontext():
        for training in trainings:
            training.check()
        results = []
        for training in trainings:
            training.train(watch)
            results.append(Result(training.entry, tuple(_result(training, s, judge, watch) for s in chosen)))
        ceiling = _remembered(place / "ceiling.json", judge.protocol(), lambda: judge.ceiling(watch))
        whole = Modes(
            data=config.tag,
            folder=place,
            results=tuple(results),
            names=judge.names,
            ceiling=ceiling,
            published=tuple(published(config.tag)),
            protocol={**judge.protocol(), **_protocol(found)},
            environment=_environment(),
        )
        picture = draw(whole, judge.mixture if isinstance(judge, PointJudge) else None)
    text = {"Software": "ganwright", "data": config.tag, "seeds": f"{chosen[0]} to {chosen[-1]}"}
    write_png(picture, place / PICTURE, text | {"recipes": ", ".join(wanted)})
    write_json(place / JSON, _finite(whole.plain()))
    return whole


def _field(data: str | DataConfig) -> tuple[Field, DataConfig]:
    field = field_of(data if isinstance(data, str) else data.tag)
    return field, field.data if isinstance(data, str) else data


def _result(training: Seeds, seed: int, judge: Judge, watch: Watch) -> SeedResult:
    reason = training.diverged(seed)
    if reason is not None:
        return SeedResult(seed, None, None, None, reason, judge.nothing())
    run = training.run(seed)
    assert run is not None
    state = run.checkpoint.state()
    key = {"checkpoint": state["sha256"], **judge.protocol()}
    figures = _remembered(run.path / "modes.json", key, lambda: judge.judge(run, watch))
    return SeedResult(seed, run.path, state["num_images"], state["training_seconds"], None, figures)


def _remembered(file: Path, key: dict[str, Any], make: Callable[[], Figures]) -> Figures:
    """What was made before under the same key, else made now and kept."""
    try:
        before = json.loads(file.read_text(encoding="utf-8"))
        if before["key"] == key:
            return before["figures"]
    except (OSError, ValueError, KeyError, TypeError):
        pass
    figures = json.loads(json.dumps(make()))  # the same whether made or read
    write_json(file, {"key": key, "figures": figures})
    return figures


def _protocol(found: Sequence[Entry]) -> dict[str, Any]:
    """How the samples were made."""
    told = {"samples from": "the averaged generator; latents as in training, continuous and untruncated; none rejected"}
    shared = next((entry for entry in found if entry.networks), None)
    if shared is not None and shared.networks is not None:
        told["networks"] = f"{IN_WORDS[shared.networks]}, for all but {REFERENCE}; no norms, no classes"
        told["common to all"] = f"average of weights, batch of {shared.config.batch_size} and length"
        told["each recipe's own"] = "loss, penalties, stabilisers, steps, optimisers, packs, distribution of latents"
    return told


def _environment() -> dict[str, Any]:
    return {
        "ganwright": ganwright.__version__,
        "torch": torch.__version__,
        "platform": platform.platform(),
        "num_cores": os.cpu_count(),
        "num_threads": torch.get_num_threads(),
    }


def _finite(value: Any) -> Any:
    """JSON has no infinity; a diverged figure is written as text."""
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(v) for v in value]
    return str(value) if isinstance(value, float) and value - value != 0 else value


@contextmanager
def _one_thread() -> Iterator[None]:
    """Networks this small are faster on one thread, and many times faster on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
