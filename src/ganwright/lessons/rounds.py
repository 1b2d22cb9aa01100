"""The counterfeiter's game, round by round: what both players do, recorded from real training.

The press is linear in normal numbers, so its notes are exactly normal: the optimal police and every divergence are
known at each moment (`theory`), without an estimate from samples.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from ganwright.algorithms.phase import Algorithm, Loss, Networks, Phase, Step
from ganwright.core.errors import UserError
from ganwright.core.events import EventWriter
from ganwright.data.mixtures import Gaussian1dConfig
from ganwright.lessons.counterfeiter import LESSON
from ganwright.lessons.runner import COMMON
from ganwright.runs.plan import Plan, plan
from ganwright.theory import normal_density, normal_js, normal_log_density, normal_wasserstein, optimal_logit
from ganwright.training import Engine
from ganwright.training.precision import flushed_denormals

BATCH = 64
"""Notes of either kind that the police look at in a round."""

MAX_ROUNDS = 600
LOWEST, HIGHEST, NUM_PLACES = -3.0, 8.0, 133
"""The places x at which curves are given."""

_NOWHERE = Path("a-game-that-writes-no-file")

PlayedLoss = Literal["non-saturating", "saturating"]


@dataclass(frozen=True)
class Standing:
    """How things stand between two rounds.

    mean, spread: of the counterfeits, in the unit of x; both knobs of the press.
    density: of the counterfeits at the places. police: what the police say there, 0 to 1; best: what the optimal ones
        would.
    real_belief, fake_belief: mean of what the police say of the real and the forged notes, exactly, 0 to 1.
    js: divergence of both densities in nats, 0 to ln 2. wasserstein: their distance, in the unit of x.
    """

    mean: float
    spread: float
    density: list[float]
    police: list[float]
    best: list[float]
    real_belief: float
    fake_belief: float
    js: float
    wasserstein: float


@dataclass(frozen=True)
class Round:
    """One round in detail; lists are empty where a player sat it out.

    real, forged: shades of the notes that the police looked at. real_said, forged_said: what they said of each before
        they were told which was which, 0 to 1. told: what they say at the places after.
    printed: notes that the counterfeiter had judged then. printed_said: what the police said of them. push: for each,
        how much its share of the loss falls if its shade grows by 1: the only thing he learns.
    """

    real: list[float]
    forged: list[float]
    real_said: list[float]
    forged_said: list[float]
    told: list[float]
    printed: list[float]
    printed_said: list[float]
    push: list[float]


class Rounds:
    """One game of a seed, as far as it has been asked for. Not for several threads at once.

    police_sleep_from, forger_blind_from: the round from which on the police, or the counterfeiter, no longer learn, 0
        the first; None: never. loss: what the counterfeiter minimises: -log D or log(1 - D).
    """

    def __init__(
        self,
        seed: int,
        police_sleep_from: int | None = None,
        forger_blind_from: int | None = None,
        loss: PlayedLoss = "non-saturating",
    ) -> None:
        self._breaks = {"discriminator_steps": police_sleep_from, "generator_steps": forger_blind_from}
        self.x = torch.linspace(LOWEST, HIGHEST, NUM_PLACES, dtype=torch.float64)
        self._plan = replace(_plan(seed, loss), alter=self._watched)
        data = self._plan.config.data
        assert isinstance(data, Gaussian1dConfig)
        self.real_mean, self.real_std = data.mean, data.std
        self._seen: dict[str, Any] = {}
        self._turn = ""
        made = self._plan
        config = made.config.override(self._steps(0))
        events = EventWriter(_NOWHERE / "events.jsonl")
        self._engine = Engine(made.algorithm(config), made.loader(), config, _NOWHERE, made.device, events)
        self._engine.networks["generator"].register_forward_hook(self._note_printed)
        self.standings = [self._standing()]
        self.rounds: list[Round] = []

    @property
    def real_density(self) -> list[float]:
        """Of the real notes at the places."""
        return normal_density(self.x, self.real_mean, self.real_std).tolist()

    def reach(self, num: int) -> None:
        """Play on until `num` rounds are recorded; standings then hold one more. Raises UserError above MAX_ROUNDS."""
        if not 0 <= num <= MAX_ROUNDS:
            raise UserError(f"round {num} is not played; a game has {MAX_ROUNDS} rounds")
        with flushed_denormals():
            while len(self.rounds) < num:
                self._play()

    def _play(self) -> None:
        now, engine = len(self.rounds), self._engine
        if now in self._breaks.values():
            config = self._plan.config.override(self._steps(now))
            engine.play(config, self._plan.algorithm(config, engine.networks))
        self._seen = {}
        engine.iterate()
        seen = self._seen
        self.rounds.append(Round(**{name: seen.get(name, []) for name in Round.__dataclass_fields__}))
        self.standings.append(self._standing())

    def _steps(self, now: int) -> dict[str, Any]:
        return {name: 0 for name, since in self._breaks.items() if since is not None and now >= since}

    # -- watching the engine -------------------------------------------------------------------------------------

    def _watched(self, algorithm: Algorithm) -> Algorithm:
        """The same game; before and after each of its steps it is looked at, and nothing is changed."""
        return replace(algorithm, phases=tuple(self._watched_phase(phase) for phase in algorithm.phases))

    def _watched_phase(self, phase: Phase) -> Phase:
        def loss(step: Step) -> Any:
            self._turn = phase.name
            result = phase.loss(step)
            if phase.name == "discriminator":
                real = step.real.items
                self._seen |= {"real": _numbers(real[:, 0]), "real_said": self._said(real)}
            return result

        def after_step(networks: Networks) -> None:
            if phase.name == "discriminator":
                self._seen["told"] = self._said(self.x[:, None].float())

        watched: Loss = loss
        return replace(phase, loss=watched, after_step=after_step)

    def _note_printed(self, press: Any, latents: Any, notes: Tensor) -> None:
        """What the press made, who looks at it, and what comes back to it."""
        if self._turn == "discriminator":
            self._seen |= {"forged": _numbers(notes[:, 0]), "forged_said": self._said(notes)}
        else:
            self._seen |= {"printed": _numbers(notes[:, 0]), "printed_said": self._said(notes)}
            notes.register_hook(lambda g: self._seen.update(push=_numbers(-len(g) * g[:, 0])))

    # -- how it stands -------------------------------------------------------------------------------------------

    def _said(self, notes: Tensor) -> list[float]:
        with torch.no_grad():
            return _numbers(self._logits(notes.detach()).sigmoid())

    def _logits(self, notes: Tensor) -> Tensor:
        score = self._engine.algorithm.score
        assert score is not None
        return score(self._engine.networks, notes, None).double()

    def _standing(self) -> Standing:
        mean, spread = self._knobs()
        x = self.x
        with torch.no_grad():
            police = self._logits(x[:, None].float()).sigmoid()
            nodes = torch.linspace(-4, 4, 81, dtype=torch.float64)
            weights = normal_density(nodes) / normal_density(nodes).sum()
            both = [m + s * nodes for m, s in ((self.real_mean, self.real_std), (mean, spread))]
            said = self._logits(torch.cat(both)[:, None].float()).sigmoid().view(2, -1) @ weights
        best = optimal_logit(
            normal_log_density(x, self.real_mean, self.real_std), normal_log_density(x, mean, spread)
        ).sigmoid()
        pair = (self.real_mean, self.real_std, mean, spread)
        return Standing(
            mean,
            spread,
            normal_density(x, mean, spread).tolist(),
            police.tolist(),
            best.tolist(),
            float(said[0]),
            float(said[1]),
            float(normal_js(*pair)),
            float(normal_wasserstein(*pair)),
        )

    def _knobs(self) -> tuple[float, float]:
        """Mean and standard deviation of x = a . z + b: b and |a|."""
        (linear,) = (m for m in self._engine.networks["generator"].modules() if isinstance(m, torch.nn.Linear))
        return float(linear.bias.detach()[0]), max(float(linear.weight.detach().double().norm()), 1e-6)


def _plan(seed: int, loss: PlayedLoss) -> Plan:
    (stage,) = LESSON.stages.values()
    (training,) = LESSON.runs.values()
    options = {
        **COMMON,
        **stage.options,
        **training.options,
        "batch_size": BATCH,
        "discriminator_steps": 1,
        "optimisers.discriminator.learning_rate": 4e-3,
        "device": "cpu",
    }
    if loss == "saturating":
        options |= {"loss.kind": "saturating"}
    return plan(stage.data, stage.recipe, images=BATCH * MAX_ROUNDS, seed=seed, overrides=options, out=_NOWHERE)


def _numbers(values: Tensor) -> list[float]:
    return values.detach().double().tolist()
