"""The human test: how often people are wrong about what is real (Zhou et al. 2019, HYPE, arXiv:1904.01121).

HYPE-infinity is the share of wrong answers about pictures, half of them real and half fake, that are looked at without
a limit of time. 1/2 is what guessing gives: no one can tell. Above 1/2 fakes pass for real more often than real ones
do. The paper pools many people and takes its intervals by bootstrap over them; here they are Wilson's, over answers,
and so say nothing of how much people differ. Of pairs, one real and one fake, it is the share of wrong choices.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ganwright.core.errors import UserError
from ganwright.metrics.two_sample import wilson_interval


@dataclass(frozen=True)
class ErrorRate:
    """Wrong answers among `num`. rate, low, high: their share and its 95% interval (Wilson); None where num is 0."""

    errors: int
    num: int
    rate: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, wrong: Sequence[bool]) -> "ErrorRate":
        """Count them. wrong: of each answer."""
        errors, num = sum(wrong), len(wrong)
        if not num:
            return cls(0, 0, None, None, None)
        return cls(errors, num, errors / num, *wilson_interval(errors / num, num))


@dataclass(frozen=True)
class HumanError:
    """What a test found.

    all: of all answers, HYPE-infinity where there was no limit of time. fakes: fakes taken for real. reals: real ones
    taken for fake. Of pairs each answer counts once, in `all`, and the others are empty.
    """

    all: ErrorRate
    fakes: ErrorRate
    reals: ErrorRate

    def plain(self) -> dict[str, Any]:
        """As data for JSON."""
        return asdict(self)


def human_error(truths: Sequence[bool], answers: Sequence[bool]) -> HumanError:
    """Judge answers about single pictures. truths, answers: of each picture, True where it is, or was called, real.

    Raises UserError where their numbers differ.
    """
    if len(truths) != len(answers):
        raise UserError(f"{len(truths)} pictures need as many answers, not {len(answers)}")
    wrong = [truth != answer for truth, answer in zip(truths, answers, strict=True)]
    fakes = [w for w, truth in zip(wrong, truths, strict=True) if not truth]
    reals = [w for w, truth in zip(wrong, truths, strict=True) if truth]
    return HumanError(ErrorRate.of(wrong), ErrorRate.of(fakes), ErrorRate.of(reals))


def human_error_of_pairs(wrong: Sequence[bool]) -> HumanError:
    """Judge choices between a real and a fake picture. wrong: of each pair, True where the fake was taken for real."""
    return HumanError(ErrorRate.of(wrong), ErrorRate.of(()), ErrorRate.of(()))
