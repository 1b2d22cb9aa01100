"""Every row of every table works with every row of the others: a covering array of pairs, each trained for two steps.

FACTORS lists what can be chosen; `allowed` what is refused, with the reason in algorithms/rules.py. Every pair of
choices that is allowed stands together in at least one combination.
"""

import itertools
import math
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.events import EventWriter
from ganwright.core.seeding import seed_global
from ganwright.data import Loader
from ganwright.data.augment import AUGMENTATIONS
from ganwright.data.dataset import Dataset
from ganwright.losses import LOSSES
from ganwright.penalties import PENALTIES
from ganwright.recipes import RunConfig, recipe
from ganwright.training import Engine

CPU = torch.device("cpu")
Choice = Mapping[str, str]
Options = dict[str, Any]

CONDITIONAL: Options = {"generator.conditional": True, "discriminator.conditional": True}
SLOPES = ("gp", "dragan", "r1", "r2")
FACTORS: dict[str, dict[str, Options]] = {
    "family": {"mlp": {}, "points": {}, "dcgan": {}},
    "loss": {"non-saturating": {}, "smoothed": {"loss.real_label": 0.9, "loss.fake_label": 0.1}}
    | {kind: {"loss": kind} for kind in LOSSES if kind != "non-saturating"},
    "slope": {
        "none": {},
        "clip": {"penalties": ["clip"]},
        "r1 and r2": {"penalties": ["r1", "r2"]},
        "lazy r1": {"penalties": [{"kind": "r1", "every": 2}]},
    }
    | {kind: {"penalties": [kind]} for kind in SLOPES},
    "term": {"none": {}} | {k: {"penalties": [k]} for k in PENALTIES if k not in (*SLOPES, "clip")},
    "augmentation": {"none": {}}
    | {k: {"augmentations": [{"kind": k, **({"p": 0.8} if k == "ada" else {})}]} for k in AUGMENTATIONS},
    "classes": {
        "none": {},
        "concat": CONDITIONAL,
        "projection": {**CONDITIONAL, "discriminator.conditioning": "projection"},
        "auxiliary": {**CONDITIONAL, "discriminator.conditioning": "auxiliary"},
        "batch-norm": {**CONDITIONAL, "generator.conditioning": "batch-norm"},
    },
    "generator norm": {n: {"generator.norm": n} for n in ("none", "batch", "layer")},
    "discriminator norm": {n: {"discriminator.norm": n} for n in ("none", "batch", "layer")},
    "minibatch": {n: {"discriminator.minibatch": n} for n in ("none", "stddev", "discrimination")},
    "spectral norm": {
        "none": {},
        "discriminator": {"discriminator.spectral_norm": True},
        "both": {"discriminator.spectral_norm": True, "generator.spectral_norm": True},
    },
    "dropout": {"none": {}, "some": {"discriminator.dropout": 0.3}},
    "pack": {"1": {}, "2": {"pack": 2}},
    "discriminators": {"1": {}, "2": {"num_discriminators": 2}},
    "history": {"none": {}, "some": {"history": 4}},
    "unrolled": {"none": {}, "two steps": {"unrolled_steps": 2}},
    "latent": {"normal": {}, "uniform": {"latent": "uniform"}, "truncated": {"latent": "truncated"}},
    "steps": {"1 to 1": {}, "2 to 1": {"discriminator_steps": 2}, "1 to 2": {"generator_steps": 2}},
}
PLAIN: dict[str, str] = {name: next(iter(choices)) for name, choices in FACTORS.items()}


def allowed(choice: Choice) -> bool:
    """False for what the rules refuse."""
    row = {**PLAIN, **choice}
    batch_norm = row["discriminator norm"] == "batch"
    return not (
        (row["slope"] not in ("none", "clip") and batch_norm)
        or (row["family"] == "points" and row["term"] in ("cr", "bcr"))
        or (row["family"] == "points" and row["augmentation"] in ("diffaugment", "ada"))
        or (row["pack"] != "1" and row["classes"] != "none")
        or (row["term"] == "path-length" and row["generator norm"] == "batch")
        or (row["history"] != "none" and row["term"] == "zcr")
        or (row["history"] != "none" and row["classes"] != "none" and scored(row))
        or (row["classes"] == "batch-norm" and row["generator norm"] != "batch")
    )


def scored(row: Choice) -> bool:
    """True where a penalty looks at the discriminator's scores."""
    return row["slope"] not in ("none", "clip") or row["term"] in ("cr", "bcr", "zcr", "lecam")


def completed(choice: Choice) -> dict[str, str]:
    """A pair with what it needs: conditional batch norm stands in batch norm only."""
    needs = {"generator norm": "batch"} if choice.get("classes") == "batch-norm" else {}
    return {**PLAIN, **needs, **choice}


def pairs_of(row: Choice) -> set[frozenset[tuple[str, str]]]:
    return {frozenset(pair) for pair in itertools.combinations(row.items(), 2)}


def covering() -> Iterator[dict[str, str]]:
    """Rows that together hold every allowed pair: greedily, from a fixed seed."""
    generator = random.Random(0)
    left = {
        frozenset(((f, a), (g, b)))
        for f, g in itertools.combinations(FACTORS, 2)
        for a in FACTORS[f]
        for b in FACTORS[g]
        if allowed(completed({f: a, g: b}))
    }
    while left:
        start = completed(dict(min(left, key=sorted)))
        best, best_new = start, len(pairs_of(start) & left)
        for _ in range(60):
            row = dict(start)
            fixed = dict(min(left, key=sorted))
            for name in generator.sample(list(FACTORS), len(FACTORS)):
                tried = {**row, name: generator.choice(list(FACTORS[name]))}
                if name not in fixed and allowed(tried):
                    row = tried
            new = len(pairs_of(row) & left)
            if new > best_new:
                best, best_new = row, new
        left -= pairs_of(best)
        yield best


ROWS = list(covering())


def config_of(choice: Choice) -> RunConfig:
    row = {**PLAIN, **choice}
    changes: Options = {"penalties": [], "augmentations": []}
    for name, value in row.items():
        for option, content in FACTORS[name][value].items():
            changes[option] = changes[option] + content if isinstance(content, list) else content
    if row["family"] == "dcgan":
        small = {"generator.width": 4, "discriminator.width": 4, "discriminator.init": "he", "generator.init": "he"}
        base = recipe("dcgan").override({**small, "loss.real_label": 1.0})
    else:
        hidden = {"generator.hidden": [8, 8], "discriminator.hidden": [8, 8]}
        base = recipe("mlp").override({**hidden, "loss.real_label": 1.0})
    sgd = {"kind": "sgd", "learning_rate": 0.001}
    shared = {"generator.latent_size": 6, "batch_size": 8, "images": 64, "log_images": 8, "tick_images": 64}
    return base.override({**shared, "optimisers": {"generator": sgd, "discriminator": sgd}}).override(changes)


def data_of(family: str) -> Dataset:
    generator = torch.Generator().manual_seed(5)
    labels = torch.arange(64) % 3
    if family == "points":
        items = torch.randn(64, 2, generator=generator)
    else:
        items = torch.randint(256, (64, 3, 16, 16), dtype=torch.uint8, generator=generator)
    return Dataset("noise", items, labels, ("a", "b", "c"), "none")


def trained(choice: Choice, folder: Path) -> dict[str, Tensor]:
    """The tensors of a run after two iterations."""
    config = config_of(choice)
    data = data_of(choice.get("family", PLAIN["family"]))
    seed_global(0, "networks")
    algorithm = config.algorithm.build(data.spec)
    engine = Engine(algorithm, Loader(data, 0, CPU), config, folder, CPU, EventWriter(folder / "events.jsonl"))
    for _ in range(2):
        engine.iterate()
    assert all(math.isfinite(value) for value in engine._logbook.drain().values())
    return {name: t.clone() for name, t in engine._tensors().items() if name.startswith("network/")}


def test_the_array_covers_every_allowed_pair_of_every_row_of_every_table() -> None:
    covered = set().union(*map(pairs_of, ROWS))
    for f, g in itertools.combinations(FACTORS, 2):
        for a, b in itertools.product(FACTORS[f], FACTORS[g]):
            if allowed(completed({f: a, g: b})):
                assert frozenset(((f, a), (g, b))) in covered, (f, a, g, b)
    assert all(allowed(row) for row in ROWS)
    games: list[Any] = [config_of(row).algorithm for row in ROWS]
    assert set(PENALTIES) <= {p.tag for game in games for p in game.penalties}
    assert {row["augmentation"] for row in ROWS} >= set(AUGMENTATIONS)


@pytest.mark.parametrize("index", range(len(ROWS)))
def test_a_combination_trains_with_finite_numbers_and_each_choice_counts(index: int, tmp_path: Path) -> None:
    row = ROWS[index]
    result = trained(row, tmp_path)
    assert all(tensor.isfinite().all() for tensor in result.values()), row
    chosen = [n for n in row if row[n] != PLAIN[n] and n != "family"]
    for name in random.Random(index).sample(chosen, len(chosen))[:1]:
        without = {**row, name: PLAIN[name]}
        if allowed(without):
            other = trained(without, tmp_path)
            same = other.keys() == result.keys() and all(torch.equal(other[k], result[k]) for k in result)
            assert not same, f"{name} = {row[name]} changes nothing in {row}"


@pytest.mark.parametrize("family", FACTORS["family"])
def test_every_choice_alone_changes_the_training(family: str, tmp_path: Path) -> None:
    plains: dict[frozenset[tuple[str, str]], dict[str, Tensor]] = {}
    for name, values in FACTORS.items():
        for value in list(values)[1:]:
            choice = completed({"family": family, name: value}) if name != "family" else None
            if choice is None or not allowed(choice):
                continue
            result = trained(choice, tmp_path)
            without = {**choice, name: PLAIN[name]}
            key = frozenset(without.items())
            plain = plains[key] = plains.get(key) or trained(without, tmp_path)
            assert plain.keys() != result.keys() or any(not torch.equal(plain[k], result[k]) for k in result), value


def test_what_is_not_allowed_is_refused() -> None:
    refused = 0
    for f, g in itertools.combinations(FACTORS, 2):
        for a, b in itertools.product(FACTORS[f], FACTORS[g]):
            choice = completed({f: a, g: b})
            if not allowed(choice):
                refused += 1
                with pytest.raises(UserError):
                    config_of(choice).algorithm.build(data_of(choice["family"]).spec)
    assert refused >= 15
