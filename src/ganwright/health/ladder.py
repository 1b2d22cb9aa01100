"""Which checkpoints of a healthy run are kept, so that there is always one from before a failure began."""

from collections.abc import Collection, Sequence

MOST = 5
"""Checkpoints kept beside that of the start: what a failure costs is then at most about half of the way back to it."""


def thinned(kept: Sequence[int], most: int = MOST) -> list[int]:
    """Of checkpoints by their images, rising, the first, the newest, and others ever closer together towards it.

    Where there are too many, the one is dropped whose neighbours lie closest together for its age.
    """
    left = list(kept)
    while len(left) > most + 1:
        inner = range(1, len(left) - 1)
        left.pop(min(inner, key=lambda i: (left[i + 1] - left[i - 1]) / (left[-1] - left[i])))
    return left


def before(kept: Sequence[int], onset: int, margin: int, tried: Collection[int] = (), most_tries: int = 2) -> list[int]:
    """The checkpoints from which a run may begin again, the best first: the newest that is older than the onset by a
    margin, then older ones.

    tried: checkpoints that the run went back to already, as often as it did. One that it went back to `most_tries`
    times and failed again was no healthy one, so it comes last, after what is older.
    """
    there = sorted((n for n in kept if n <= max(onset - margin, 0)), reverse=True)
    counts = {n: list(tried).count(n) for n in there}
    oldest = there[-1:]
    fresh = [n for n in there if counts[n] < most_tries or [n] == oldest]
    return [*fresh, *(n for n in there if n not in fresh)]
