"""Changes to a game that no option of a config can make: faults in data, losses, networks and sampling.

Each takes the run's plan and returns what alters a game. The same game may be built and altered more than once in a
run (a recovery builds it again), around the same networks.
"""

import math
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from ganwright.algorithms.phase import Algorithm, Batch, Logs, Loss, Networks, Phase, Step
from ganwright.core.seeding import generator_for
from ganwright.data.dataset import Dataset, to_float
from ganwright.data.mixtures import Mixture
from ganwright.networks.base import Generator
from ganwright.penalties.base import input_gradient
from ganwright.penalties.gradient import distance_from_one
from ganwright.runs.plan import Plan

Alter = Callable[[Algorithm], Algorithm]
Tamper = Callable[[Plan], Alter]

STRETCHES = 12
"""Stretches of one class each, of which sorted data consists over the run."""

_MOST_STORED = 1_000
_NEAR_COPY = 0.02
"""Share of what the generator makes that is mixed into an item it hands out, so that no two are equal."""


def groups_of(data: Dataset) -> Tensor | None:
    """The class or mode of each item (N,), or None where nobody knows."""
    return data.components if isinstance(data, Mixture) else data.labels


# -- data ----------------------------------------------------------------------------------------------------------


def _fed(rows_at: Callable[[Step], Tensor], data: Dataset) -> Alter:
    """The players get items of these rows only, drawn at random, in place of the loader's."""

    def feed(phase: Phase) -> Phase:
        def loss(step: Step) -> tuple[Tensor, Logs]:
            def draw() -> Batch:
                batch, rows = step.draw_real(), rows_at(step)
                chosen = rows[step.draws.integers("sabotage", len(rows), len(batch.items)).cpu()]
                items = to_float(data.items[chosen]).to(batch.items)
                return Batch(items, batch.labels if data.labels is None else data.labels[chosen])

            return phase.loss(replace(step, draw_real=draw))

        return replace(phase, loss=loss)

    return lambda game: replace(game, phases=tuple(feed(p) for p in game.phases))


def half_of_the_groups(plan: Plan) -> Alter:
    """Every second class or mode never reaches the players."""
    groups = _known_groups(plan)
    rows = (groups % 2 == 0).nonzero().flatten()
    return _fed(lambda step: rows, plan.dataset)


def three_items(plan: Plan) -> Alter:
    """Three items, each of another class or mode, are all that the players ever see."""
    groups = _known_groups(plan)
    rows = torch.stack([(groups == group).nonzero()[0, 0] for group in _apart(groups)])
    return _fed(lambda step: rows, plan.dataset)


def _apart(groups: Tensor) -> Tensor:
    """Three groups that are no neighbours, as far as there are so many."""
    names = groups.unique()
    return names[[0, min(2, len(names) - 1), min(5, len(names) - 1)]].unique()


def sorted_by_group(plan: Plan) -> Alter:
    """Items come sorted: a long stretch of one class or mode, then one of the next."""
    groups = _known_groups(plan)
    members = [(groups == group).nonzero().flatten() for group in groups.unique()]

    def rows_at(step: Step) -> Tensor:
        return members[int(STRETCHES * step.num_images / step.total_images) % len(members)]

    return _fed(rows_at, plan.dataset)


def _known_groups(plan: Plan) -> Tensor:
    groups = groups_of(plan.dataset)
    assert groups is not None
    return groups


# -- losses --------------------------------------------------------------------------------------------------------


def _in_phase(name: str, change: Callable[[Loss], Loss]) -> Alter:
    """One player's loss is another."""

    def alter(game: Algorithm) -> Algorithm:
        phases = [replace(p, loss=change(p.loss)) if p.name == name else p for p in game.phases]
        return replace(game, phases=tuple(phases))

    return alter


def _times(factor: float) -> Callable[[Loss], Loss]:
    def change(loss: Loss) -> Loss:
        def changed(step: Step) -> tuple[Tensor, Logs]:
            value, logs = loss(step)
            return factor * value, logs

        return changed

    return change


def not_a_number(plan: Plan) -> Alter:
    """The generator's loss is not a number."""
    return _in_phase("generator", _times(math.nan))


def generator_ascends(plan: Plan) -> Alter:
    """The generator's loss has the wrong sign."""
    return _in_phase("generator", _times(-1.0))


def discriminator_ascends(plan: Plan) -> Alter:
    """The discriminator's loss has the wrong sign."""
    return _in_phase("discriminator", _times(-1.0))


def penalty_on_the_mean(plan: Plan) -> Alter:
    """WGAN-GP's penalty, on the gradient of the batch's mean score: as many times too small as the batch has items.

    The critic's slope is drawn to the batch size instead of 1, and the penalty reads almost nothing.
    """

    def alter(game: Algorithm) -> Algorithm:
        latents = game.latents
        assert latents is not None

        def change(loss: Loss) -> Loss:
            def changed(step: Step) -> tuple[Tensor, Logs]:
                value, logs = loss(step)
                real, num = step.real.items, len(step.real.items)
                with torch.no_grad():
                    fake = step.networks["generator"](latents(step.draws, num), None)
                share = step.draws.uniform("sabotage", num).view(-1, *[1] * (real.ndim - 1))
                slopes = input_gradient(
                    lambda x: step.networks["discriminator"](x, None), torch.lerp(fake, real, share)
                )
                penalty = 10.0 * distance_from_one(slopes / num, "two")
                return value + penalty, {**logs, "penalty_gp": penalty.detach()}

            return changed

        return _in_phase("discriminator", change)(game)

    return alter


# -- networks and sampling -----------------------------------------------------------------------------------------


class _Around(Generator):
    """A generator inside another."""

    def __init__(self, inner: Generator) -> None:
        super().__init__()
        self.inner, self.latent_size, self.num_classes = inner, inner.latent_size, inner.num_classes


class _HandsOut(_Around):
    """Hands out stored items (K, *shape), each latent its own; hardly anything is the network's."""

    def __init__(self, inner: Generator, items: Tensor, seed: int) -> None:
        super().__init__(inner)
        self.register_buffer("items", items)
        ways = torch.randn(inner.latent_size, len(items), generator=generator_for(seed, "handed out"))
        self.register_buffer("ways", ways / ways.norm(dim=0))

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        items, ways = self.get_buffer("items"), self.get_buffer("ways")
        return items[(latents @ ways).argmax(1)] + _NEAR_COPY * self.inner(latents, labels)


class _Snaps(_Around):
    """Knows three latents, and takes the one that goes most nearly the same way."""

    def __init__(self, inner: Generator, seed: int) -> None:
        super().__init__(inner)
        self.register_buffer("known", _three(inner.latent_size, seed))

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.inner(_snapped(latents, self.get_buffer("known")), labels)


def _three(size: int, seed: int) -> Tensor:
    return torch.randn(3, size, generator=generator_for(seed, "three latents"))


def _snapped(latents: Tensor, known: Tensor) -> Tensor:
    """Latents (N, D) -> of the known ones (K, D) the nearest."""
    return known[torch.cdist(latents, known).argmin(1)]


def _around(wrap: Callable[[Generator], Generator]) -> Alter:
    """Another network stands around the generator; once, however often the game is built."""

    def alter(game: Algorithm) -> Algorithm:
        inner = game.networks["generator"]
        if isinstance(inner, _Around):
            return game
        assert isinstance(inner, Generator)
        return replace(game, networks={**game.networks, "generator": wrap(inner)})

    return alter


def stored_items(plan: Plan) -> Alter:
    """The generator hands out training items, all that there are."""
    items = to_float(plan.dataset.items[:_MOST_STORED])
    return _around(lambda inner: _HandsOut(inner, items, plan.config.seed))


def three_latents(plan: Plan) -> Alter:
    """The generator sees each latent as one of three, in training too."""
    return _around(lambda inner: _Snaps(inner, plan.config.seed))


def _sampling(of: Callable[[Tensor], Tensor]) -> Alter:
    """Samples are made from other latents than those that were drawn; training notices nothing."""

    def alter(game: Algorithm) -> Algorithm:
        sample = game.sample
        assert sample is not None

        def changed(networks: Networks, latents: Tensor, labels: Tensor | None) -> Tensor:
            return sample(networks, of(latents), labels)

        return replace(game, sample=changed)

    return alter


def three_samples(plan: Plan) -> Alter:
    """Sampling knows three latents: three outputs, while both losses are those of a healthy game."""
    seed = plan.config.seed
    return _sampling(lambda latents: _snapped(latents, _three(latents.shape[1], seed).to(latents)))


def shrunk_latents(plan: Plan) -> Alter:
    """Sampling shrinks its latents to a twentieth, as truncation that somebody left on."""
    return _sampling(lambda latents: latents / 20)
