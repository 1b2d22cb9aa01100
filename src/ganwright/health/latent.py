"""How samples follow their latents."""

from torch import Tensor

from ganwright.health.signal import Signal
from ganwright.health.snapshot import STEP, Snapshot


def _ways(s: Snapshot) -> tuple[Tensor, Tensor]:
    """Mean way of samples over a short step towards another latent, scaled up to the whole; and that of the whole."""
    num = len(s.stepped)
    start, goal = s.live.features[:num], s.live.features.roll(-1, 0)[:num]
    return (s.stepped - start).norm(dim=1).mean() / STEP, (goal - start).norm(dim=1).mean()


def sensitivity(s: Snapshot) -> Tensor:
    """Speed of samples along the way to another latent, in distances of two real items."""
    return _ways(s)[0] / s.real.scale


def evenness(s: Snapshot) -> Tensor:
    """That speed over what a straight and even way would have; 0 where samples do not move at all."""
    near, far = _ways(s)
    return near / far.clamp_min(1e-12)


LATENT: dict[str, Signal] = {
    "latent_sensitivity": Signal(
        "how fast the live generator's samples change along the way from one latent to another, in distances of two "
        "real items for the whole way",
        "ratio",
        (0, None),
        "between 0.5 and a few; 0 where the generator ignores its latents",
        sensitivity,
    ),
    "latent_evenness": Signal(
        "the same over the distance that the whole way comes to",
        "ratio",
        (0, None),
        "1 or more; far below 1 samples sit on plateaus with jumps between them, as those of few stored pictures do",
        evenness,
    ),
}
