"""The fork that takes over from a run that could not be recovered: a new run of a game that is harder to break."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ganwright.core.errors import UserError
from ganwright.core.options import differences
from ganwright.health.recovery import Fork
from ganwright.health.remedies.rescue import RECIPE, rescued
from ganwright.runs.folder import RunFolder
from ganwright.runs.plan import Plan

LEAST_SHARE = 0.1
"""A fork is worth it where this share of the run is left."""


def offer(plan: Plan) -> Callable[[int], Fork | None]:
    """What tells which fork may take over with so many images left; None where the game cannot be made more stable, is
    such a fork itself, has nearly ended, or where its folder is taken.
    """

    def of(images: int) -> Fork | None:
        config, out = plan.config, plan.out.with_name(f"{plan.out.name}-fork")
        changes = rescued(config)
        if changes is None or config.recipe == RECIPE or images < LEAST_SHARE * config.images or out.exists():
            return None
        fork = Fork(out, RECIPE, images, changes)
        try:
            _plan_of(plan, fork).algorithm()
        except UserError:
            return None
        return fork

    return of


def taken_over(plan: Plan) -> Plan | None:
    """The plan of the fork that took over from a plan's run; None where none did.

    A longer run than the one that ended makes a longer fork.
    """
    known = [e for e in plan.folder.events() if e["type"] in ("fork", "started", "resumed", "failed")]
    if [e["type"] for e in known[-2:]] != ["fork", "failed"]:
        return None
    told = known[-2]
    out = Path(told["out"])
    here = plan.out.with_name(out.name)  # a folder that was moved took its fork along
    left = plan.config.images - told["num_images"]
    return _plan_of(plan, Fork(here, told["recipe"], max(left, 1), told["changes"]))


def fork_plan(plan: Plan, fork: Fork) -> Plan:
    """The plan of a fork, to be started or gone on with."""
    return _plan_of(plan, fork)


def _plan_of(plan: Plan, fork: Fork) -> Plan:
    about = {"recipe": fork.recipe, "preset": None, "images": fork.images, "on_failure": "warn"}
    known = {name: value for name, value in about.items() if name in type(plan.config).model_fields}
    config = plan.config.override({**fork.changes, **known}, "fork")
    folder = RunFolder(fork.out)
    if folder.exists:
        folder.check_same(config)
    newest = folder.checkpoints()[-1:] if folder.exists else []
    changed = differences(plan.config, config)
    note = f"{fork.out} is a fork of {plan.out}, which could not be recovered; {len(changed)} options differ"
    return replace(plan, config=config, folder=folder, goes_on_from=newest[0] if newest else None, notes=(note,))
