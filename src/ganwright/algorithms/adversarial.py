"""The two-player game: a generator against a discriminator (Goodfellow et al., 2014, arXiv:1406.2661)."""

from collections.abc import Callable
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from ganwright.algorithms.base import AlgorithmConfig
from ganwright.algorithms.phase import Algorithm, Logs, Networks, Phase, Step
from ganwright.core.config import Tagged
from ganwright.core.errors import UserError
from ganwright.core.seeding import Draws
from ganwright.core.spec import DataSpec
from ganwright.losses import LOSSES, LossConfig
from ganwright.networks import DISCRIMINATORS, GENERATORS
from ganwright.networks.base import DiscriminatorConfig, GeneratorConfig, has_batch_statistics
from ganwright.penalties import PENALTIES, PenaltyConfig


class AdversarialConfig(AlgorithmConfig):
    """A generator against a discriminator."""

    kind: Literal["adversarial"] = "adversarial"

    generator: Annotated[GeneratorConfig, Tagged(GENERATORS)]
    """The network that makes samples from latents."""

    discriminator: Annotated[DiscriminatorConfig, Tagged(DISCRIMINATORS)]
    """The network that scores how real an item is; also called critic."""

    loss: Annotated[LossConfig, Tagged(LOSSES)]
    """What both players minimise."""

    penalties: tuple[Annotated[PenaltyConfig, Tagged(PENALTIES)], ...] = ()
    """Terms added to the discriminator's loss, or done to its weights."""

    discriminator_steps: int = Field(default=1, ge=1)
    """Discriminator steps per generator step, each with a new real batch and new latents."""

    latent: Literal["normal", "uniform"] = "normal"
    """Distribution of the latents: standard normal, or uniform in [-1, 1]."""

    def build(self, spec: DataSpec) -> Algorithm:
        """Make both networks and the phases `discriminator` and `generator`, lazy penalties as phases of their own."""
        generator, discriminator = self.generator.build(spec), self.discriminator.build(spec)
        self._check(discriminator, bool(generator.num_classes), bool(discriminator.num_classes))
        game = Game(self, generator.latent_size, has_batch_statistics(discriminator))
        after_step = game.after_step if self.penalties else None
        lazy = [
            Phase(
                f"discriminator-{p.tag}", ("discriminator",), game.lazy_penalty(p), every=p.every, after_step=after_step
            )
            for p in self.penalties
            if p.every > 1 and p.adds_loss
        ]
        return Algorithm(
            networks={"generator": generator, "discriminator": discriminator},
            phases=(
                Phase(
                    "discriminator",
                    ("discriminator",),
                    game.discriminator_loss,
                    repeats=self.discriminator_steps,
                    after_step=after_step,
                ),
                *lazy,
                Phase("generator", ("generator",), game.generator_loss),
            ),
            averaged=("generator",),
            sample=lambda networks, latents, labels: networks["generator"](latents, labels),
            latents=game.latents,
            num_classes=generator.num_classes,
            score=lambda networks, items, labels: networks["discriminator"](items, labels),
        )

    def _check(self, discriminator: nn.Module, conditional: bool, judged: bool) -> None:
        """Refuse what cannot work."""
        if conditional != judged:
            blind, seeing = ("discriminator", "generator") if conditional else ("generator", "discriminator")
            raise UserError(
                f"the {seeing} is conditional and the {blind} is not, so classes would mean nothing; "
                f"use --{blind}.conditional as well"
            )
        kinds = [p.tag for p in self.penalties]
        if len(set(kinds)) < len(kinds):
            raise UserError(f"penalties: {', '.join(kinds)}: each kind may stand there once; add up their weights")
        needing = [p.tag for p in self.penalties if p.needs_independent_samples]
        if needing and has_batch_statistics(discriminator):
            raise UserError(
                f"penalty '{needing[0]}' needs each score to depend on one item alone, but this discriminator looks at "
                "the batch as a whole; use --discriminator.norm none, layer or instance"
            )


class Game:
    """The losses of both players as pure functions of a step."""

    def __init__(self, config: AdversarialConfig, latent_size: int, batch_statistics: bool) -> None:
        self.config = config
        self.latent_size = latent_size
        self.batch_statistics = batch_statistics

    def latents(self, draws: Draws, num: int) -> Tensor:
        """Draw `num` latents (num, latent_size)."""
        if self.config.latent == "uniform":
            return draws.uniform("latents", num, self.latent_size).mul_(2).sub_(1)
        return draws.normal("latents", num, self.latent_size)

    def discriminator_loss(self, step: Step) -> tuple[Tensor, Logs]:
        """Score real against fake; fakes take the labels of the real batch."""
        real, labels = step.real.items, step.real.labels
        fake = self._fake(step, labels)
        due = [p for p in self.config.penalties if p.every == 1 and p.adds_loss]
        shared = [p for p in due if p.of_input_gradients]
        shared = shared if len(shared) > 1 and not self.batch_statistics else []
        if shared:
            real, fake = real.requires_grad_(), fake.requires_grad_()
        real_logits, fake_logits = self._score_both(step.networks["discriminator"], real, fake, labels)
        loss = self.config.loss.discriminator(real_logits, fake_logits)
        logs = {"loss": loss.detach(), **self._scores(real_logits.detach(), fake_logits.detach())}
        values = dict(
            zip(
                [p.tag for p in shared], self._from_gradients(shared, real, fake, real_logits, fake_logits), strict=True
            )
        )
        for penalty in due:
            if penalty not in shared:
                values[penalty.tag] = penalty.penalty(_critic(step.networks, labels), real, fake, step.draws)
        for name, value in values.items():
            loss = loss + value
            logs[f"penalty_{name}"] = value.detach()
        return loss, logs

    @staticmethod
    def _from_gradients(
        penalties: list[PenaltyConfig], real: Tensor, fake: Tensor, real_logits: Tensor, fake_logits: Tensor
    ) -> list[Tensor]:
        """Penalties on the gradients at real and fake items: one backward pass through the scores that are there."""
        if not penalties:
            return []
        total = real_logits.sum() + fake_logits.sum()
        gradients = torch.autograd.grad(total, (real, fake), create_graph=True)
        return [penalty.from_gradients(*(g.flatten(1) for g in gradients)) for penalty in penalties]

    def generator_loss(self, step: Step) -> tuple[Tensor, Logs]:
        """Score fakes through the frozen discriminator; real data only where the loss looks at it."""
        conditional = step.networks["generator"].num_classes
        needs_real = self.config.loss.generator_needs_real
        labels = step.real.labels if conditional or needs_real else None
        discriminator = step.networks["discriminator"]
        real_logits = None
        if needs_real:
            with torch.no_grad():
                real_logits = discriminator(step.real.items, labels).float()
        latents = self.latents(step.draws, step.batch_size)
        fake_logits = discriminator(step.networks["generator"](latents, labels), labels).float()
        loss = self.config.loss.generator(real_logits, fake_logits)
        return loss, {"loss": loss.detach()}

    def lazy_penalty(self, penalty: PenaltyConfig) -> Callable[[Step], tuple[Tensor, Logs]]:
        """A penalty of every k-th iteration, k times as strong."""

        def loss(step: Step) -> tuple[Tensor, Logs]:
            real, labels = step.real.items, step.real.labels
            critic = _critic(step.networks, labels)
            value = penalty.penalty(critic, real, self._fake(step, labels), step.draws)
            return penalty.every * value, {f"penalty_{penalty.tag}": value.detach()}

        return loss

    def after_step(self, networks: Networks) -> None:
        """Let penalties change the discriminator's weights."""
        for penalty in self.config.penalties:
            penalty.after_step(networks["discriminator"])

    def _fake(self, step: Step, labels: Tensor | None) -> Tensor:
        latents = self.latents(step.draws, step.batch_size)
        with torch.no_grad():
            return step.networks["generator"](latents, labels).float()

    def _score_both(
        self, discriminator: nn.Module, real: Tensor, fake: Tensor, labels: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Logits of real and fake: in one pass, unless the network looks at the batch as a whole."""
        if self.batch_statistics:
            return discriminator(real, labels).float(), discriminator(fake, labels).float()
        both = None if labels is None else torch.cat([labels, labels])
        real_logits, fake_logits = discriminator(torch.cat([real, fake]), both).float().chunk(2)
        return real_logits, fake_logits

    def _scores(self, real: Tensor, fake: Tensor) -> Logs:
        scores = {"real_score": real.mean(), "fake_score": fake.mean()}
        if self.config.loss.log_odds:
            scores |= {"real_probability": real.sigmoid().mean(), "fake_probability": fake.sigmoid().mean()}
        return scores


def _critic(networks: Networks, labels: Tensor | None) -> Callable[[Tensor], Tensor]:
    """The discriminator as a function of items alone."""
    return lambda items: networks["discriminator"](items, labels)
