"""The losses of both players of the adversarial game, as pure functions of a step."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from ganwright.algorithms.history import mix_history
from ganwright.algorithms.phase import Logs, Networks, Step
from ganwright.algorithms.seat import Judged, Seat
from ganwright.algorithms.unrolled import unroll
from ganwright.core.errors import UserError
from ganwright.core.functional import with_weights
from ganwright.core.seeding import Draws
from ganwright.data.augment.base import Scores
from ganwright.losses.auxiliary import auxiliary_discriminator, auxiliary_generator
from ganwright.networks.committee import members_of
from ganwright.networks.styled import StyledGenerator
from ganwright.ops.latents import draw_latents
from ganwright.penalties.base import PenaltyConfig, Play, Player

if TYPE_CHECKING:
    from ganwright.algorithms.adversarial import AdversarialConfig


class Game:
    """Both players' losses. It holds no network: those of a step may be one seed's of many.

    separate: True where the discriminator looks at the batch as a whole.
    conditional: True where the generator is asked for classes.
    """

    def __init__(self, config: "AdversarialConfig", latent_size: int, separate: bool, conditional: bool) -> None:
        self.config, self.latent_size = config, latent_size
        self.separate, self.conditional = separate, conditional

    def latents(self, draws: Draws, num: int) -> Tensor:
        """Draw `num` latents (num, latent_size)."""
        return draw_latents(self.config.latent, self.config.latent_limit, draws, num, self.latent_size)

    # -- the discriminator ---------------------------------------------------------------------------------------

    def discriminator_loss(self, step: Step) -> tuple[Tensor, Logs]:
        """Score real against fake; fakes take the labels of the real batch. Members of a committee add up."""
        labels = step.real.labels
        latents, fake = self._fake(step, labels)
        fake_labels = labels
        if self.config.history:
            fake, fake_labels, remembered = mix_history(fake, labels, step.memory, step.draws)
            for name, value in remembered.items():
                step.remember(name, value)
        terms = [self._discriminator_terms(s, latents, fake, fake_labels) for s in self._seats(step)]
        return self._together(terms, len(terms))

    def _discriminator_terms(
        self, seat: Seat, latents: Tensor, fake: Tensor, fake_labels: Tensor | None
    ) -> tuple[Tensor, Logs]:
        """One discriminator's loss."""
        real, labels = seat.step.real.items, seat.step.real.labels
        due = self._due("discriminator")
        num_shared = sum(p.of_input_gradients for p in due)
        gradients = None
        if num_shared > 1 and not self.separate:  # one backward pass through the scores serves them all
            (real_logits, fake_logits), pull, *aside = torch.func.vjp(
                lambda r, f: _logits_first(seat.judge_both(r, f, labels, fake_labels)), real, fake, has_aux=True
            )
            (classes,) = aside
            real_classes, fake_classes = classes.get("real"), classes.get("fake")
            gradients = cache(lambda: _rows(pull((torch.ones_like(real_logits), torch.ones_like(fake_logits))), seat))
        else:
            judged = seat.judge_both(real, fake, labels, fake_labels)
            (real_logits, real_classes), (fake_logits, fake_classes) = judged
        loss = self.config.loss.discriminator(real_logits, fake_logits)
        logs = {"loss": loss.detach(), **self._scores(real_logits.detach(), fake_logits.detach())}
        if real_classes is not None and fake_classes is not None:
            told = auxiliary_discriminator(real_classes, fake_classes, _given(labels), fake_labels)
            loss = loss + self.config.class_weight * told
            logs["class_loss"] = told.detach()
        play = self._play(seat, latents, lambda: fake, lambda: (real_logits, fake_logits), gradients)
        loss = self._add_penalties(loss, logs, "discriminator", play, seat)
        real_logits, fake_logits = real_logits.detach(), fake_logits.detach()
        whole = len(real) * seat.step.num_micro
        seat.watch(Scores(real_logits, fake_logits, self.config.loss.free_offset, len(real), whole))
        return loss, logs

    # -- the generator -------------------------------------------------------------------------------------------

    def generator_loss(self, step: Step) -> tuple[Tensor, Logs]:
        """Score fakes through the frozen discriminator; real data only where something looks at it."""
        looks = self.conditional or self.config.loss.generator_needs_real
        labels = step.real.labels if looks else None
        latents = self.latents(step.draws, step.batch_size)
        fake = step.networks["generator"](latents, labels).float()
        terms = [
            self._generator_terms(self._ahead(seat, latents, fake, labels), latents, fake, labels)
            for seat in self._seats(step)
        ]
        return self._together(terms, 1)

    def _ahead(
        self, seat: Seat, latents: Tensor, fake: Tensor, labels: Tensor | None
    ) -> Callable[[Callable[[Seat], Tensor]], Tensor]:
        """How to see through a seat: as its discriminator is, or as it will be after some steps of its own."""
        if not self.config.unrolled_steps:
            return lambda look: look(seat)
        _ = seat.step.real  # drawn here: nothing that is kept may be made inside a transformed function
        generator = seat.step.networks["generator"]

        def loss(network: nn.Module) -> Tensor:
            buffers = {name: tensor.clone() for name, tensor in generator.named_buffers()}  # for the same reason
            seen = seat.with_discriminator(network)
            return with_weights(generator, buffers, lambda _: self._discriminator_terms(seen, latents, fake, labels)[0])

        weights = unroll(seat.discriminator, loss, self.config.unrolled_steps, self.config.unrolled_rate)
        return lambda look: with_weights(
            seat.discriminator, weights, lambda network: look(seat.with_discriminator(network, remembers=True))
        )

    def _generator_terms(
        self,
        through: Callable[[Callable[[Seat], Tensor]], Tensor],
        latents: Tensor,
        fake: Tensor,
        labels: Tensor | None,
    ) -> tuple[Tensor, Logs]:
        """What one discriminator has the generator minimise."""
        logs: Logs = {}

        def look(seat: Seat) -> Tensor:
            real_logits = None
            if self.config.loss.generator_needs_real:
                with torch.no_grad():
                    real_logits, _ = seat.judge(seat.step.real.items, labels)
            fake_logits, classes = seat.judge(fake, labels)
            loss = self.config.loss.generator(real_logits, fake_logits)
            logs["loss"] = loss.detach()
            if classes is not None:
                told = auxiliary_generator(classes, _given(labels))
                loss = loss + self.config.class_weight * told
                logs["class_loss"] = told.detach()
            play = self._play(seat, latents, lambda: fake, lambda: self._logits(seat, fake, labels))
            return self._add_penalties(loss, logs, "generator", play, seat)

        return through(look), logs

    # -- penalties -----------------------------------------------------------------------------------------------

    def lazy_penalty(self, penalty: PenaltyConfig, player: Player) -> Callable[[Step], tuple[Tensor, Logs]]:
        """A player's penalty of every k-th iteration, k times as strong."""

        def loss(step: Step) -> tuple[Tensor, Logs]:
            labels = step.real.labels if player == "discriminator" or self.conditional else None
            latents = self.latents(step.draws, step.batch_size)

            @cache
            def fake() -> Tensor:  # made only where something looks at it: many a penalty does not
                with torch.set_grad_enabled(player == "generator"):
                    return step.networks["generator"](latents, labels).float()

            terms = []
            for seat in self._seats(step):
                play = self._play(seat, latents, fake, cache(lambda s=seat: self._logits(s, fake(), labels)))
                value = self._term(penalty, player, play, seat)
                terms.append((penalty.every * value, {f"penalty_{penalty.tag}": value.detach()}))
            return self._together(terms, len(terms) if player == "discriminator" else 1)

        return loss

    def after_step(self, networks: Networks) -> None:
        """Let penalties change the discriminators' weights."""
        for penalty in self.config.penalties:
            for member in members_of(networks["discriminator"]):
                penalty.after_step(member)

    def _due(self, player: Player) -> list[PenaltyConfig]:
        return [p for p in self.config.penalties if p.every == 1 and player in p.players]

    def _add_penalties(self, loss: Tensor, logs: Logs, player: Player, play: Play, seat: Seat) -> Tensor:
        for penalty in self._due(player):
            value = self._term(penalty, player, play, seat)
            logs[f"penalty_{penalty.tag}"] = value.detach()
            loss = loss + value
        return loss

    def _term(self, penalty: PenaltyConfig, player: Player, play: Play, seat: Seat) -> Tensor:
        own = replace(play, memory=seat.memory(penalty.tag), remember=seat.remember(penalty.tag))
        return penalty.discriminator(own) if player == "discriminator" else penalty.generator(own)

    def _play(
        self,
        seat: Seat,
        latents: Tensor,
        fake: Callable[[], Tensor],
        logits: Callable[[], tuple[Tensor, Tensor]],
        gradients: Callable[[], tuple[Tensor, Tensor]] | None = None,
    ) -> Play:
        step, generator = seat.step, seat.step.networks["generator"]
        labelled = self.conditional or bool(seat.discriminator.num_classes)

        def labels(latents: Tensor) -> Tensor | None:
            return _given(step.real.labels)[: len(latents)] if self.conditional else None

        styled = generator if isinstance(generator, StyledGenerator) else None
        return Play(
            networks={"generator": generator, "discriminator": seat.discriminator},
            critic=lambda items: seat.judge(items, step.real.labels if labelled else None)[0],
            features=seat.features,
            generate=lambda z: generator(z, labels(z)).float(),
            latents=latents,
            draw_fake=fake,
            draw_real=lambda: step.real.items,
            draw_logits=logits,
            draws=step.draws,
            memory={},
            remember=step.remember,
            at=step.at,
            draw_gradients=gradients,
            styles=styled and (lambda z: styled.styles(z, labels(z)).float()),
            synthesise=styled and (lambda w: styled.synthesis(w).float()),
        )

    # -- what both need ------------------------------------------------------------------------------------------

    def _seats(self, step: Step) -> list[Seat]:
        config = self.config
        return [
            Seat(member, number, step, config.augmentations, config.pack, self.separate)
            for number, member in enumerate(members_of(step.networks["discriminator"]))
        ]

    def _fake(self, step: Step, labels: Tensor | None) -> tuple[Tensor, Tensor]:
        """Latents, and fakes through which no gradient flows."""
        latents = self.latents(step.draws, step.batch_size)
        with torch.no_grad():
            return latents, step.networks["generator"](latents, labels).float()

    def _logits(self, seat: Seat, fake: Tensor, labels: Tensor | None) -> tuple[Tensor, Tensor]:
        (real, _), (fakes, _) = seat.judge_both(seat.step.real.items, fake, seat.step.real.labels, labels)
        return real, fakes

    @staticmethod
    def _together(terms: list[tuple[Tensor, Logs]], total: int) -> tuple[Tensor, Logs]:
        """The mean of several discriminators' terms times `total`, and the mean of their logs."""
        if len(terms) == 1:
            return terms[0]
        losses, logs = zip(*terms, strict=True)
        means = {name: torch.stack([log[name] for log in logs]).mean(0) for name in logs[0]}
        return torch.stack(losses).mean(0) * total, means

    def _scores(self, real: Tensor, fake: Tensor) -> Logs:
        scores = {"real_score": real.mean(), "fake_score": fake.mean()}
        if self.config.loss.log_odds:
            scores |= {"real_probability": real.sigmoid().mean(), "fake_probability": fake.sigmoid().mean()}
        return scores


def _logits_first(both: tuple[Judged, Judged]) -> tuple[tuple[Tensor, Tensor], dict[str, Tensor]]:
    """The logits, which are differentiated, and the class logits, which come along where there are any."""
    (real, real_classes), (fake, fake_classes) = both
    if real_classes is None or fake_classes is None:
        return (real, fake), {}
    return (real, fake), {"real": real_classes, "fake": fake_classes}


def _rows(gradients: tuple[Tensor, Tensor], seat: Seat) -> tuple[Tensor, Tensor]:
    """Gradients (N, *shape) -> (logits, numbers)."""
    real, fake = (g.reshape(len(g) // seat.pack, -1) for g in gradients)
    return real, fake


def _given(labels: Tensor | None) -> Tensor:
    if labels is None:
        raise UserError("the auxiliary classifier needs data with labels")
    return labels
