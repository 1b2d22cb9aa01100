"""What a job may take of the machine, and what is said where it took more, or would."""

from ganwright.core.limits import Limits, Passed
from ganwright.core.processes import machine_memory
from ganwright.core.wording import duration

MAX_HOURS = 24.0
SHARE_OF_MEMORY = 0.75
_NEAR = 0.8
"""Of the memory: what a trial of a few iterations may take without a warning; a run looks at itself, too."""


def limits_of(max_hours: float | None = None, max_memory: float | None = None) -> Limits:
    """The limits of each job. max_hours: of one start; None: 24. max_memory: in GB; None: three quarters of all."""
    seconds = 3600 * (MAX_HOURS if max_hours is None else max_hours)
    return Limits(round(SHARE_OF_MEMORY * machine_memory() if max_memory is None else 1e9 * max_memory), seconds)


def sentence(passed: Passed, limits: Limits, has_saved: bool) -> str:
    """Why a job was ended, and how it goes on."""
    if passed.limit == "memory":
        why = f"it took {_gb(passed.taken)} of memory, and a job may take {_gb(limits.memory_bytes)}"
        how = "start the studio with a higher --max-memory, or train with a smaller batch_size"
    else:
        why = f"its {_time(limits.seconds)} are over"
        how = "resume it for as long again, or start the studio with a higher --max-hours"
    if passed.killed and passed.limit == "time":
        why += ", and it did not end when it was asked to"
    ended = "it was saved and paused" if has_saved else "it was killed, and has what was saved before"
    return f"{why}: {ended}; {how}"


def warnings(limits: Limits, seconds: float | None, memory_bytes: float | None) -> list[str]:
    """What is to be known before a job is started. seconds: that it is estimated to take; memory_bytes: of a trial."""
    told = []
    if seconds is not None and seconds > limits.seconds:
        told.append(
            f"It would take about {duration(seconds)}, and a job may take {_time(limits.seconds)}: "
            "it is saved and paused then, and goes on when it is resumed."
        )
    if memory_bytes is not None and memory_bytes > _NEAR * limits.memory_bytes:
        told.append(
            f"A trial took {_gb(memory_bytes)} of memory, and a job may take {_gb(limits.memory_bytes)}, or it is "
            "saved and paused; a smaller batch_size takes less."
        )
    return told


def _time(seconds: float) -> str:
    return f"{seconds / 3600:.3g} h" if seconds >= 3600 else duration(seconds)


def _gb(num_bytes: float) -> str:
    return f"{num_bytes / 1e9:.3g} GB"
