"""A tiny matrix, from plans to figures."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from ganwright.algorithms.phase import Algorithm, Batch, Phase, Step
from ganwright.bench.health import cells as cells_module
from ganwright.bench.health import prove
from ganwright.bench.health.cells import CELLS, Cell, cells_of
from ganwright.bench.health.proof import JSON, PICTURE
from ganwright.bench.health.record import Job, jobs_of, planned_run, record, train
from ganwright.bench.health.recover import recoveries, recovery_jobs
from ganwright.bench.health.sabotages import SABOTAGES, sabotages_of
from ganwright.bench.health.tampering import groups_of
from ganwright.core.errors import UserError
from ganwright.core.events import read_events
from ganwright.core.seeding import Draws
from ganwright.runs.plan import Plan

SMALL = {"generator.hidden": [8, 8], "discriminator.hidden": [8, 8], "generator.latent_size": 4}
TINY = {
    name: replace(CELLS[name], images=640, num_samples=64, changes={**CELLS[name].changes, **SMALL})
    for name in ("ring8-mlp", "digits-mlp")
}

ODD = {name: replace(CELLS[name], images=640) for name in ("ring5-unrolled", "digits7-wgan")}
"""Fewer modes than sabotages pick, and optimisers without momentum."""


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(CELLS):
        monkeypatch.delitem(cells_module.CELLS, name)
    for name, cell in TINY.items():
        monkeypatch.setitem(cells_module.CELLS, name, replace(cell, standard=cells_module.Standard()))


def planned(cell: str, sabotage: str, place: Path) -> Plan:
    return planned_run(Job(cell, sabotage, 100, place), CELLS[cell], SABOTAGES[sabotage])[0]


def test_a_matrix_is_trained_judged_and_not_trained_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options: dict[str, Any] = {"seeds": 1, "healthy_seeds": 1, "workers": 1, "out": tmp_path}
    names = ["constant-latents", "not-a-number"]
    proof = prove("development", None, names, **options)
    assert len(proof.score.verdicts) == 2 * (1 + 2)
    place = tmp_path / "development"
    assert (place / PICTURE).stat().st_size > 1_000
    told = json.loads((place / JSON).read_text())
    assert sum(told["runs"].values()) == 6
    broken = place / "digits-mlp" / "not-a-number-100"
    assert json.loads((broken / "done.json").read_text())["status"] == "failed"
    assert not (broken / "checkpoints").exists()
    kinds = {v.sabotage: v.said for v in proof.score.verdicts}
    assert kinds["not-a-number"] == "non-finite"
    monkeypatch.setattr("ganwright.bench.health.record.train", lambda job: pytest.fail("trained again"))
    again = prove("development", None, names, **options)
    assert again.plain() == proof.plain()


def test_the_bench_leaves_no_trace_in_a_training(tmp_path: Path) -> None:
    job = Job("digits-mlp", "healthy", 100, tmp_path / "benched", keep=True)
    train(job)
    from ganwright.runs.plan import plan
    from ganwright.runs.train import train_plan

    alone = plan(None, CELLS["digits-mlp"].config(100), out=tmp_path / "alone")
    mine, theirs = (folder.checkpoints()[-1].load()[0] for folder in (train_plan(alone).folder, _folder(job)))
    assert mine.keys() == theirs.keys()
    assert all(torch.equal(mine[name], theirs[name]) for name in mine)
    points = [e for e in read_events(job.folder / "events.jsonl") if e["type"] == "outcome"]
    assert len(points) == 10  # a batch is more than a 25th of this run
    assert points[4]["values"].keys() == {"finite", "fid", "classes", "recognised", "copies"}


def _folder(job: Job) -> Any:
    from ganwright.runs.folder import RunFolder

    return RunFolder(job.folder)


def test_a_sabotage_begins_in_the_middle_of_a_run(tmp_path: Path) -> None:
    train(Job("digits-mlp", "healthy", 100, tmp_path))
    train(Job("digits-mlp", "forgotten-discriminator", 100, tmp_path))
    healthy, broken = (
        read_events(tmp_path / "development" / "digits-mlp" / f"{name}-100" / "events.jsonl")
        for name in ("healthy", "forgotten-discriminator")
    )
    (began,) = [e["num_images"] for e in broken if e["type"] == "sabotage"]
    assert began == 256  # the first batch that passes 35% of 640
    both = [[e for e in events if e["type"] == "outcome"] for events in (healthy, broken)]
    same = [a["values"] == b["values"] for a, b in zip(*both, strict=True)]
    assert same[:4] == [True] * 4
    assert not any(same[5:])


def test_recovery_is_compared_with_what_was_left_alone(tmp_path: Path) -> None:
    jobs = jobs_of(
        [CELLS["ring8-mlp"]], tmp_path, first_seed=100, seeds=1, healthy_seeds=1, sabotages=["untrained-generator"]
    )
    record(jobs)
    again = recovery_jobs(jobs)
    assert {job.on_failure for job in again} == {"recover"}
    assert {job.folder for job in again}.isdisjoint(job.folder for job in jobs)
    record(again)
    found = recoveries(again)
    assert [r.sabotage for r in found.sabotaged] == ["untrained-generator"]
    (healthy,) = found.healthy
    assert healthy.same or healthy.alarmed


def test_unknown_names_and_test_seeds_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="ring8-mlp"):
        prove("development", ["ring8-mpl"], out=tmp_path)
    with pytest.raises(UserError, match="sabotage"):
        prove("development", None, ["unbound"], out=tmp_path)
    with pytest.raises(UserError, match="test half"):
        prove("development", first_seed=3, out=tmp_path)
    with pytest.raises(UserError, match="workers"):
        prove("development", workers=0, out=tmp_path)
    with pytest.raises(UserError, match="cells"):
        cells_of("development", [])
    assert not any(tmp_path.iterdir())


# -- sabotages -----------------------------------------------------------------------------------------------------


def fed(plan: Plan, progress: float = 0.0) -> Batch:
    """What a player's loss is shown as real at this share of the run."""
    shown: list[Batch] = []
    phase = Phase("discriminator", (), lambda step: (shown.append(step.real), (torch.zeros(()), {}))[1])
    game = plan.alter(Algorithm({}, (phase,), ()))
    loader = plan.loader()
    step = Step(
        {}, lambda: Batch(*loader.batch(0, 64)), Draws((1,), torch.device("cpu")), 64, int(1000 * progress), 1000
    )
    game.phases[0].loss(step)
    return shown[0]


def test_data_is_tampered_with_as_said(tmp_path: Path) -> None:
    half = fed(planned("digits-mlp", "half-the-classes", tmp_path))
    assert half.labels is not None
    assert set(half.labels.tolist()) == {0, 2, 4, 6, 8}
    three = fed(planned("digits-mlp", "three-items", tmp_path))
    assert len(three.items.unique(dim=0)) == 3
    labels = [fed(planned("digits-mlp", "sorted-data", tmp_path), share).labels for share in (0.0, 0.1, 0.99)]
    assert [set(own.tolist()) for own in labels if own is not None] == [{0}, {1}, {1}]
    points = fed(planned("ring8-mlp", "half-the-classes", tmp_path)).items
    centres = CELLS["ring8-mlp"].data.build().centres  # pyright: ignore[reportAttributeAccessIssue]
    assert set(torch.cdist(points, centres).argmin(1).tolist()) == {0, 2, 4, 6}


def test_samples_are_tampered_with_as_said(tmp_path: Path) -> None:
    plan = planned("digits-mlp", "three-latents", tmp_path)
    game = plan.algorithm()
    assert game.sample is not None
    latents = torch.randn(200, 4)
    with torch.no_grad():
        assert len(game.sample(game.networks, latents, None).unique(dim=0)) == 3
    once_more = plan.algorithm(plan.config, game.networks)
    assert once_more.networks["generator"] is game.networks["generator"]
    stored = planned("digits-mlp", "stored-items", tmp_path)
    assert len(stored.dataset) == 256
    game = stored.algorithm()
    assert game.sample is not None
    with torch.no_grad():
        made = game.sample(game.networks, latents, None).flatten(1)
    items = stored.dataset.items.flatten(1).float() / 127.5 - 1
    assert float((made[:, None] - items).abs().amax(2).min(1).values.max()) <= 0.0201


def test_groups_are_classes_or_modes(tmp_path: Path) -> None:
    for cell in CELLS.values():
        groups = groups_of(cell.data.build())
        assert groups is not None
        assert len(groups.unique()) in (8, 10)


@pytest.mark.parametrize("cell", [*TINY.values(), *ODD.values()], ids=[*TINY, *ODD])
def test_every_sabotage_can_be_planned(cell: Cell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cells_module.CELLS, cell.name, cell)
    names = [s.name for s in sabotages_of(cell)]
    assert len(names) > 20
    for name in names:
        plan = planned(cell.name, name, tmp_path)
        assert plan.config.images == 640
        plan.algorithm()
