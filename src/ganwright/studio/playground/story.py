"""One iteration, taken apart while it happens: the points, scores and moves of this very step.

The phases' losses are wrapped, not repeated: the step that is told is the step that the engine takes, and leaves the
same weights as one that nobody watched.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from ganwright.algorithms.phase import Logs, Networks, Phase, Step
from ganwright.studio.playground.look import at_rest, game_of, in_plane, pull, surface
from ganwright.studio.playground.world import World
from ganwright.training import Engine

MOST = 128


class Story:
    """Watches the next iteration of an engine; `finish` after it."""

    def __init__(self, engine: Engine, world: World) -> None:
        self._engine, self._world, self._before = engine, world, engine.algorithm
        self.numbers: dict[str, Any] = {
            "iteration": engine.iteration,
            "batch": engine.config.batch_size,
            "d_steps": 0,
            "g_steps": 0,
        }
        with at_rest(engine):
            self.arrays: dict[str, Tensor] = {"surface_before": surface(engine, world)}
        engine.algorithm = replace(self._before, phases=tuple(self._watched(p) for p in self._before.phases))

    def finish(self) -> tuple[dict[str, Any], dict[str, Tensor]]:
        """What happened; the engine is as it was."""
        self._engine.algorithm = self._before
        with at_rest(self._engine):
            self.arrays["surface_after"] = surface(self._engine, self._world)
        return self.numbers, self.arrays

    def _watched(self, phase: Phase) -> Phase:
        if phase.name not in ("discriminator", "generator"):
            return phase
        seen: dict[str, Any] = {}

        def loss(step: Step) -> tuple[Tensor, Logs]:
            first = not seen
            if first:
                seen.update(latents=self._latents(step), weights=_copied(step.networks[phase.name]))
                if phase.name == "discriminator":
                    seen["real"] = step.real.items  # this phase draws them anyway
            value, logs = phase.loss(step)
            if first:
                with at_rest(self._engine):
                    self._tell_before(phase.name, step.networks, seen, logs)
            return value, logs

        def after(networks: Networks) -> None:
            if phase.after_step is not None:
                phase.after_step(networks)
            key = f"{phase.name[0]}_steps"
            self.numbers[key] += 1
            if self.numbers[key] == phase.repeats:
                with at_rest(self._engine):
                    self._tell_after(phase.name, networks, seen)

        return replace(phase, loss=loss, after_step=after)

    def _latents(self, step: Step) -> Tensor:
        assert self._before.latents is not None
        return self._before.latents(step.draws, step.batch_size)

    @torch.no_grad()
    def _tell_before(self, name: str, networks: Networks, seen: dict[str, Any], logs: Mapping[str, Tensor]) -> None:
        fakes = networks["generator"](seen["latents"])
        seen["fakes"] = fakes
        prefix = name[0]
        self.numbers[f"{prefix}_loss"] = float(logs["loss"])
        penalties = {n.removeprefix("penalty_"): float(v) for n, v in logs.items() if n.startswith("penalty_")}
        if penalties:
            self.numbers[f"{prefix}_penalties"] = penalties
        scores = networks["discriminator"](fakes)
        self.arrays |= {f"{prefix}_latents": in_plane(seen["latents"][:MOST]), f"{prefix}_fakes": fakes[:MOST]}
        self._tell_scores(f"{prefix}_fake", scores)
        if name == "discriminator":
            real_scores = networks["discriminator"](seen["real"])
            self.arrays |= {"d_real": seen["real"][:MOST], "d_real_scores": real_scores[:MOST]}
            self.arrays["d_fake_scores"] = scores[:MOST]
            self._tell_scores("d_real", real_scores)
            return
        arrows, _ = pull(self._engine, fakes[:MOST], self._world.real)
        self.arrays |= {"g_arrows": arrows, "g_fake_scores": scores[:MOST]}
        self.numbers["g_pull"] = float(arrows.norm(dim=1).mean())

    @torch.no_grad()
    def _tell_after(self, name: str, networks: Networks, seen: dict[str, Any]) -> None:
        """How the weights moved, and what the same points are worth now."""
        prefix = name[0]
        moved, length = 0.0, 0.0
        for now, before in zip(networks[name].parameters(), seen["weights"], strict=True):
            moved += float((now.detach() - before).square().sum())
            length += float(before.square().sum())
        self.numbers[f"{prefix}_moved"] = (moved / max(length, 1e-30)) ** 0.5
        if name == "discriminator":
            loss = game_of(self._engine).loss
            real_scores = networks["discriminator"](seen["real"])
            scores = networks["discriminator"](seen["fakes"])
            self.numbers["d_loss_after"] = float(loss.discriminator(real_scores, scores))
            self._tell_scores("d_real", real_scores, "_after")
            self._tell_scores("d_fake", scores, "_after")
            self.arrays["surface_middle"] = surface(self._engine, self._world)
            return
        fakes = networks["generator"](seen["latents"])
        self.arrays["g_fakes_after"] = fakes[:MOST]
        self.numbers["g_shift"] = float((fakes - seen["fakes"]).norm(dim=1).mean())
        self._tell_scores("g_fake", networks["discriminator"](fakes), "_after")

    def _tell_scores(self, name: str, scores: Tensor, suffix: str = "") -> None:
        self.numbers[f"{name}_score{suffix}"] = float(scores.mean())
        if game_of(self._engine).loss.log_odds:
            self.numbers[f"{name}_belief{suffix}"] = float(scores.sigmoid().mean())


def _copied(network: nn.Module) -> list[Tensor]:
    return [p.detach().clone() for p in network.parameters()]
