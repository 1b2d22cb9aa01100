"""What the losses alone can tell: for logs without signals, as other programs leave them.

Losses of a GAN say little: they are those of a game, and stay level while samples get better. So these detectors speak
of flagrant cases only, and of samples never. Each is asked where the detector of its ailment lacks what it needs.
"""

import math
from collections.abc import Callable
from statistics import median

from ganwright.health.detectors.base import Detector
from ganwright.health.detectors.reading import getting_better
from ganwright.health.diagnosis import Finding, Severity
from ganwright.health.history import History
from ganwright.health.series import Series
from ganwright.health.thresholds import Threshold

D_LOSS, G_LOSS = "discriminator/loss", "generator/loss"

THRESHOLDS: dict[str, Threshold] = {
    "warm_up_moments": Threshold(10, "moments", "A course is needed; at first every game looks odd."),
    "smoothing_moments": Threshold(5, "moments", "Losses jump: the median of five forgives two odd ones."),
    "patience_moments": Threshold(5, "moments", "A healthy game has bad moments."),
    "patience_share": Threshold(0.2, "share of the moments so far", "What lasts for a fifth of a run does not pass."),
    "unbounded_loss": Threshold(20.0, "loss", "Held critics of pictures peak below that and come down again."),
    "unbounded_far": Threshold(200.0, "loss", "Beyond what distances between pictures can be."),
    "unbounded_growth": Threshold(1.5, "ratio", "Of its size halfway: it has not levelled off."),
    "unbounded_kept": Threshold(0.8, "ratio", "Of its largest size: it does not come down."),
    "diverged_loss": Threshold(20.0, "loss", "Chance is 1.4: 20 is certainty of the opposite."),
    "diverged_spikes": Threshold(0.2, "share of moments", "One jump is a bad batch, one in five is no game."),
    "perfect_loss": Threshold(0.03, "loss", "A wrong answer in a hundred would cost more."),
    "perfect_output": Threshold(0.98, "probability", "The same for outputs, which must come as near to 0 on samples."),
    "progress_loss": Threshold(0.9, "ratio", "The generator's loss came down by a tenth: it still learns."),
    "fooled_loss": Threshold(2.0, "loss", "Chance is 1.4, or 0.7 where halves are averaged."),
    "fooled_generator": Threshold(0.1, "loss", "Every sample passes for real."),
    "fooled_outputs": Threshold(0.2, "probability", "Samples rank clearly above real items."),
    "chance_band": Threshold(0.01, "ratio", "Closer to chance than any game that is played stays."),
    "still_band": Threshold(1e-6, "ratio", "Rounding of printed numbers: no weight moves."),
}
"""Every number that these detectors decide by."""

_CHANCE = math.log(2)


def limit(name: str) -> float:
    """The value of a threshold."""
    return THRESHOLDS[name].value


def smoothed(series: Series) -> Series:
    """Medians of the last few values; what is not finite is left out."""
    told = [(i, v) for i, v in zip(series.images, series.values, strict=True) if math.isfinite(v)]
    num = int(limit("smoothing_moments"))
    values = [v for _, v in told]
    medians = tuple(median(values[max(0, at - num + 1) : at + 1]) for at in range(len(values)))
    return Series(tuple(i for i, _ in told), medians)


def lasting(series: Series, holds: Callable[[float], bool]) -> Series:
    """The newest values, back to the first from which on it holds."""
    first = len(series)
    while first and holds(series.values[first - 1]):
        first -= 1
    return Series(series.images[first:], series.values[first:])


def patience(num: int) -> int:
    """Of `num` moments, those that a state must have lasted."""
    return max(int(limit("patience_moments")), math.ceil(limit("patience_share") * num))


def _lasted(whole: Series, kept: Series) -> bool:
    return len(whole) >= limit("warm_up_moments") and len(kept) >= patience(len(whole))


def unbounded_critic(history: History) -> Finding | None:
    """The critic's loss is far below zero, and grows or does not come back."""
    loss = smoothed(history.scalar(D_LOSS))
    kept = lasting(loss, lambda v: v <= -limit("unbounded_loss"))
    if not _lasted(loss, kept):
        return None
    now, halfway, largest = -loss.last, abs(loss.values[len(loss) // 2]), -loss.low
    if now < limit("unbounded_kept") * largest:
        return None
    grows = now >= limit("unbounded_growth") * halfway or now >= limit("unbounded_far")
    evidence = {"critic's loss": loss.last, "the same halfway": loss.values[len(loss) // 2]}
    return Finding("failing" if grows else "watch", kept.images[0], evidence)


def divergence(history: History) -> Finding | None:
    """The discriminator's loss is many times that of guessing, for long or again and again."""
    raw = history.scalar(D_LOSS)
    loss = smoothed(raw)
    kept = lasting(loss, lambda v: v >= limit("diverged_loss"))
    if _lasted(loss, kept):
        return Finding("failing", kept.images[0], {"discriminator's loss": loss.last, "its least": loss.low})
    if len(raw) < limit("warm_up_moments"):
        return None
    tail = raw.tail(2 * patience(len(raw)))
    spikes = [i for i, v in zip(tail.images, tail.values, strict=True) if v >= limit("diverged_loss")]
    if len(spikes) < max(3, limit("diverged_spikes") * len(tail)):
        return None
    evidence = {"share of moments at which it leaps": len(spikes) / len(tail), "highest": tail.high, "least": tail.low}
    return Finding("failing", spikes[0], evidence)


def too_strong(history: History) -> Finding | None:
    """The discriminator is never wrong any more, and the generator's loss does not come down."""
    kept, evidence = _perfect(history)
    if not kept:
        return None
    loss = smoothed(history.scalar(G_LOSS))
    since = loss.since(kept.images[0])
    severity: Severity = "failing"
    if len(since) >= limit("patience_moments"):
        num = int(limit("patience_moments"))
        first, last = since.values[:num], since.values[-num:]
        evidence |= {"generator's loss": loss.last, "the same when it began": median(first)}
        if median(last) < limit("progress_loss") * median(first) and median(first) > 0:
            severity = "watch"
    else:
        severity = "watch"
    if getting_better(history):
        severity = "watch"
    return Finding(severity, kept.images[0], evidence)


def _perfect(history: History) -> tuple[Series, dict[str, float]]:
    """Since when the discriminator is never wrong, and its numbers; an empty series where it is."""
    loss = smoothed(history.scalar(D_LOSS))
    kept = lasting(loss, lambda v: abs(v) <= limit("perfect_loss"))
    if _lasted(loss, kept) and loss.low >= -limit("perfect_loss"):
        return kept, {"discriminator's loss": loss.last}
    real, fake = (smoothed(history.scalar(f"discriminator/{side}_probability")) for side in ("real", "fake"))
    sure = lasting(real, lambda v: v >= limit("perfect_output"))
    never = lasting(fake, lambda v: v <= 1 - limit("perfect_output"))
    if _lasted(real, sure) and _lasted(fake, never):
        return max(sure, never, key=lambda s: s.images[0]), {"D(x)": real.last, "D(G(z))": fake.last}
    return Series(), {}


def too_weak(history: History) -> Finding | None:
    """Samples pass for real and real items do not; or, to be watched, both losses stay at those of guessing."""
    d, g = (smoothed(history.scalar(name)) for name in (D_LOSS, G_LOSS))
    beaten = lasting(d, lambda v: v >= limit("fooled_loss"))
    passes = lasting(g, lambda v: abs(v) <= limit("fooled_generator"))
    if _lasted(d, beaten) and _lasted(g, passes) and d.low >= 0:
        since = max(beaten.images[0], passes.images[0])
        return Finding("failing", since, {"discriminator's loss": d.last, "generator's loss": g.last})
    real, fake = (smoothed(history.scalar(f"discriminator/{side}_probability")) for side in ("real", "fake"))
    if len(real) == len(fake):
        gap = Series(real.images, tuple(f - r for r, f in zip(real.values, fake.values, strict=True)))
        fooled = lasting(gap, lambda v: v >= limit("fooled_outputs"))
        if _lasted(gap, fooled):
            return Finding("failing", fooled.images[0], {"D(x)": real.last, "D(G(z))": fake.last})
    return _guessing(d, g)


def _guessing(d: Series, g: Series) -> Finding | None:
    for chance in (_CHANCE, 2 * _CHANCE):
        at_chance = lasting(d, lambda v, chance=chance: abs(v / chance - 1) <= limit("chance_band"))
        level = lasting(g, lambda v: abs(v / _CHANCE - 1) <= 3 * limit("chance_band"))
        if _lasted(d, at_chance) and _lasted(g, level):
            since = max(at_chance.images[0], level.images[0])
            return Finding("watch", since, {"discriminator's loss": d.last, "guessing": chance})
    return None


def stalled(history: History) -> Finding | None:
    """All losses repeat the same number."""
    since = 0
    evidence: dict[str, float] = {}
    for name in (D_LOSS, G_LOSS):
        loss = history.scalar(name)
        if not len(loss):
            continue
        last = loss.last
        kept = lasting(loss, lambda v, last=last: abs(v - last) <= limit("still_band") * max(abs(last), 1e-12))
        if not _lasted(loss, kept) or len(kept) < limit("warm_up_moments"):
            return None
        since = max(since, kept.images[0])
        evidence[f"{name.split('/')[0]}'s loss, all along"] = last
    return Finding("failing", since, evidence) if evidence else None


LOSSES_ONLY: dict[str, Detector] = {
    "unbounded-critic": Detector("the critic's loss is far below zero and stays", (D_LOSS,), unbounded_critic),
    "discriminator-too-weak": Detector("samples pass for real, real items do not", (D_LOSS, G_LOSS), too_weak),
    "discriminator-too-strong": Detector("its loss is 0, the generator's does not fall", (D_LOSS,), too_strong),
    "divergence": Detector("the discriminator's loss is far above that of guessing", (D_LOSS,), divergence),
    "stalled": Detector("the losses repeat the same numbers", (D_LOSS,), stalled),
}
"""In the order of likelier causes; each speaks where the detector of its ailment cannot."""
