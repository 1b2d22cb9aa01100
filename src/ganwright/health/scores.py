"""What the discriminator says of real items, samples, and real items that it was not trained on."""

from typing import cast

from torch import Tensor

from ganwright.health.signal import Signal
from ganwright.health.snapshot import Snapshot, share

HELD_OUT = ("held-out items",)


def rank_accuracy(above: Tensor, below: Tensor) -> Tensor:
    """P(a > b) over all pairs of scores a (N,) and b (M,), ties counted half: 1/2 cannot tell. No offset changes it."""
    first, second = above[:, None], below[None]
    return share(first > second, first - second) + 0.5 * share(first == second, first - second)


def _held_out(s: Snapshot) -> Tensor:
    return cast("Tensor", s.held_out_scores)


SCORES: dict[str, Signal] = {
    "score_real": Signal(
        "mean score that D gives to fixed training items",
        "logit",
        (None, None),
        "keeps its size; only differences mean something where the loss leaves the offset free",
        lambda s: s.real_scores.mean(),
    ),
    "score_fake": Signal(
        "mean score that D gives to samples of the live generator",
        "logit",
        (None, None),
        "below score_real, by a distance that does not grow without bound",
        lambda s: s.fake_scores.mean(),
    ),
    "score_held_out": Signal(
        "mean score that D gives to real items of the test split",
        "logit",
        (None, None),
        "like score_real; near score_fake where D knows its training items by heart",
        lambda s: _held_out(s).mean(),
        HELD_OUT,
    ),
    "rank_real_fake": Signal(
        "rank accuracy: how often D scores a training item above a sample, ties half",
        "share of pairs",
        (0, 1),
        "above 0.5 and below 1: at 0.5 D is blind or beaten, at 1 for long nothing passes it, below 0.5 it is fooled",
        lambda s: rank_accuracy(s.real_scores, s.fake_scores),
    ),
    "rank_held_out_fake": Signal(
        "how often D scores a held-out real item above a sample",
        "share of pairs",
        (0, 1),
        "like rank_real_fake",
        lambda s: rank_accuracy(_held_out(s), s.fake_scores),
        HELD_OUT,
    ),
    "rank_train_held_out": Signal(
        "how often D scores a training item above a held-out real one",
        "share of pairs",
        (0, 1),
        "near 0.5; towards 1 D knows its training items by heart",
        lambda s: rank_accuracy(s.real_scores, _held_out(s)),
        HELD_OUT,
    ),
}
