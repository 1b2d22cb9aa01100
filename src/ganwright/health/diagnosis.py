"""What a run may suffer from, and what a detector says when it finds it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["watch", "failing"]


@dataclass(frozen=True)
class Ailment:
    """One way in which training fails.

    title: as people call it. cause: the likely reason, one sentence. advice: what to do, one sentence.
    """

    title: str
    cause: str
    advice: str


@dataclass(frozen=True)
class Finding:
    """What a detector saw.

    severity: watch: it may become a failure; failing: the run will not get better by itself.
    onset_images: since when. evidence: the numbers that say so, by what they are.
    """

    severity: Severity
    onset_images: int
    evidence: Mapping[str, float]


@dataclass(frozen=True)
class Diagnosis:
    """A finding with its name, at the time when it was made. unusual: what is unusual in the run's settings."""

    kind: str
    num_images: int
    finding: Finding
    unusual: tuple[str, ...] = ()

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return self.finding.severity

    @property
    def onset_images(self) -> int:
        """Since when."""
        return self.finding.onset_images

    @property
    def ailment(self) -> Ailment:
        """Title, cause and advice."""
        return DIAGNOSES[self.kind]

    @property
    def advice(self) -> str:
        """What to do; where settings are unusual, first to see to them, as they are the likeliest cause."""
        usual = self.ailment.advice
        if not self.unusual:
            return usual
        odd = "; ".join(self.unusual)
        return f"Put right first what is unusual: {odd}. If that is not enough, {usual[0].lower()}{usual[1:]}"

    def plain(self) -> dict[str, Any]:
        """As an event has it."""
        told = {"title": self.ailment.title, "cause": self.ailment.cause, "advice": self.advice}
        found = self.finding
        return {
            "kind": self.kind,
            "severity": found.severity,
            "onset_images": found.onset_images,
            "evidence": dict(found.evidence),
            **told,
        }


DIAGNOSES: dict[str, Ailment] = {
    "non-finite": Ailment(
        "Numbers are no longer finite",
        "A step was so large that weights or losses overflowed.",
        "Lower the learning rates, clip gradients or add a gradient penalty, and train in float32.",
    ),
    "unbounded-critic": Ailment(
        "The critic is unbounded",
        "Nothing limits how steep the critic may be: a Lipschitz constraint is missing, too weak or wired wrongly.",
        "Add a gradient penalty (wgan-gp, R1) or spectral norm, and check that the penalty looks at the critic itself.",
    ),
    "divergence": Ailment(
        "Training diverges or swings",
        "Steps are too large for this game: the players overshoot each other instead of approaching.",
        "Lower both learning rates (a tenth first), use less momentum (beta1 of 0 or 0.5) or add R1.",
    ),
    "full-collapse": Ailment(
        "Full mode collapse",
        "The generator makes nearly the same few samples whatever its latents are.",
        "Go back to an earlier checkpoint and take a loss that sees pairs (relativistic) with R1 and R2, or packs.",
    ),
    "mode-hopping": Ailment(
        "Mode hopping",
        "The generator runs from one kind of sample to another: it makes what is best just now and forgets the rest.",
        "Shuffle the data, let the discriminator learn faster than the generator, and add R1 and R2 or a history.",
    ),
    "partial-collapse": Ailment(
        "Partial mode collapse",
        "Parts of the data are never made, although what is made varies.",
        "Check that all of the data reaches the discriminator; then add R1 and R2, packs or a relativistic loss.",
    ),
    "discriminator-too-strong": Ailment(
        "The discriminator is too strong",
        "It tells every sample from real items with certainty, so the generator's gradient says little or vanishes.",
        "Take the non-saturating or relativistic loss, fewer or smaller steps of the discriminator, noise or R1.",
    ),
    "discriminator-too-weak": Ailment(
        "The discriminator is too weak",
        "It is trained too little or held too tight: the generator learns from a judge that cannot tell its samples.",
        "Raise the discriminator's rate, steps or width, loosen clipping or penalties, or lower the generator's rate.",
    ),
    "discriminator-overfitting": Ailment(
        "The discriminator learns the training items by heart",
        "There are too few items for a discriminator of this size, so real items it has not seen count as fake.",
        "Augment what it sees (ADA or DiffAugment), flip, add R1, or gather more data.",
    ),
    "memorisation": Ailment(
        "The generator copies training items",
        "There are so few items, or they were seen so often, that copying them is the surest way to pass for real.",
        "Gather more data, augment, or stop earlier; look at the nearest neighbours before you publish samples.",
    ),
    "stalled": Ailment(
        "Training stands still",
        "The samples have stopped changing before they are like the data: rates, gradients or a schedule are near 0.",
        "Check the learning rates and schedules, and that both networks are trained; then raise the rates.",
    ),
}
