"""Looks at a game without changing it: what is drawn on the plane, and the numbers beside it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pad

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.core.seeding import Draws
from ganwright.losses import LossConfig
from ganwright.networks.base import Generator
from ganwright.recipes.run_config import RunConfig
from ganwright.studio.playground.world import NUM_SAMPLES, NUM_SHOWN, Quality, World
from ganwright.training import Engine

LINES = 21
REACH = {"normal": 2.2, "truncated": 2.0, "uniform": 1.0}
"""How far the grid of z goes: of normal noise 95% lies within."""


@dataclass(frozen=True)
class Scores:
    """What D says: logits of real points (N,) and of fakes (M,); the game they belong to."""

    real: Tensor
    fake: Tensor
    loss: LossConfig

    def scale(self) -> tuple[float, float]:
        """(boundary, unit): D's surface is coloured by sigmoid((score - boundary) / unit).

        Probabilities have their boundary at 1/2, hinge at 0, least squares between its targets. Scores with a free
        offset have none of their own: halfway between the mean of real and the mean of fake, in units of half the gap
        between them, or of their spread where that is more.
        """
        if self.loss.tag == "least-squares":
            return 0.5, 0.2
        if not self.loss.free_offset:
            return 0.0, 1.0
        real, fake = float(self.real.mean()), float(self.fake.mean())
        spread = float(torch.cat([self.real, self.fake]).std())
        return 0.5 * (real + fake), max(0.5 * abs(real - fake), 0.5 * spread, 1e-6)

    def plain(self) -> dict[str, Any]:
        """Losses, mean scores and how often D ranks a real point above a fake."""
        boundary, unit = self.scale()
        both = min(len(self.real), len(self.fake))
        real, fake = self.real[:both], self.fake[:both]
        numbers = {
            "loss_d": float(self.loss.discriminator(real, fake)),
            "loss_g": float(self.loss.generator(real, fake)),
            "score_real": float(self.real.mean()),
            "score_fake": float(self.fake.mean()),
            "rank": float((self.real[:, None] > self.fake[None]).float().mean()),
            "boundary": boundary,
            "unit": unit,
        }
        if self.loss.log_odds:
            numbers["belief_real"] = float(self.real.sigmoid().mean())
            numbers["belief_fake"] = float(self.fake.sigmoid().mean())
        return numbers


def game_of(engine: Engine) -> AdversarialConfig:
    """The rules that the engine plays by."""
    assert isinstance(engine.config, RunConfig)
    assert isinstance(engine.config.algorithm, AdversarialConfig)
    return engine.config.algorithm


@contextmanager
def at_rest(engine: Engine) -> Iterator[None]:
    """Meanwhile looking at the networks leaves no trace in them: spectral norms move with every pass in training."""
    for network in engine.networks.values():
        network.eval()
    try:
        yield
    finally:
        for network in engine.networks.values():
            network.train()


def in_plane(latents: Tensor) -> Tensor:
    """The first two numbers of latents (N, L), as points (N, 2); of one number, with 0 beside it."""
    return pad(latents, (0, 2 - latents.shape[1]))


@torch.no_grad()
def surface(engine: Engine, world: World) -> Tensor:
    """D's scores (CELLS^2,) at the places."""
    return engine.networks["discriminator"](world.places)


def pull(engine: Engine, fakes: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
    """Where each fake (N, 2) is pulled, (N, 2), and its score (N,): N times the negative gradient of G's loss."""
    loss = game_of(engine).loss
    discriminator = engine.networks["discriminator"]
    with torch.enable_grad():
        watched = fakes.detach().clone().requires_grad_()
        scores = discriminator(watched)
        value = loss.generator(discriminator(real[: len(fakes)]).detach(), scores)
        (gradient,) = torch.autograd.grad(value, watched)
    return -len(fakes) * gradient, scores.detach()


def warped(engine: Engine) -> Tensor:
    """G of a grid of z, (LINES, LINES, 2), whose numbers beyond the second are 0.

    Of no noise, where the grid is one point, as if it were normal.
    """
    reach = REACH.get(game_of(engine).latent, REACH["normal"])
    steps = torch.linspace(-reach, reach, LINES)
    generator = engine.networks["generator"]
    assert isinstance(generator, Generator)
    grid = pad(torch.cartesian_prod(steps, steps), (0, generator.latent_size - 2))
    with torch.no_grad():
        return generator(grid).view(LINES, LINES, 2)


@dataclass(frozen=True)
class Picture:
    """A moment of a game: numbers as they are told, arrays as they are drawn.

    quality: None where the fakes are not finite.
    """

    numbers: dict[str, Any]
    arrays: dict[str, Tensor]
    quality: Quality | None


def look(engine: Engine, world: World, seed: int, quality: Quality | None = None) -> Picture:
    """A picture of this moment. The same latents and real points are looked at every time.

    quality: of a moment ago, where that is near enough: judging costs as much as all the rest.
    """
    with at_rest(engine):
        return _look(engine, world, seed, quality)


def _look(engine: Engine, world: World, seed: int, quality: Quality | None) -> Picture:
    assert engine.algorithm.latents is not None
    latents = engine.algorithm.latents(Draws((seed, "playground"), engine.device), NUM_SAMPLES)
    with torch.no_grad():
        samples = engine.networks["generator"](latents)
        real_scores = engine.networks["discriminator"](world.real)
    shown = samples[:NUM_SHOWN]
    arrows, fake_scores = pull(engine, shown, world.real)
    scores = Scores(real_scores, fake_scores, game_of(engine).loss)
    if not bool(samples.isfinite().all()):
        quality = None
    elif quality is None:
        quality = world.quality(samples)
    found = {} if quality is None else quality.plain()
    arrays = {
        "latents": in_plane(latents[:NUM_SHOWN]),
        "fakes": shown,
        "arrows": arrows,
        "real_scores": real_scores,
        "fake_scores": fake_scores,
        "surface": surface(engine, world),
        "warped": warped(engine),
        "shares": torch.zeros(len(world.centres)) if quality is None else quality.shares,
    }
    return Picture({**scores.plain(), "pull": float(arrows.norm(dim=1).mean()), **found}, arrays, quality)
