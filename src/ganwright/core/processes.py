"""Other processes of this machine: whether one is still the one that was meant."""

import os
import subprocess
import time
from pathlib import Path


def started_at(process: int) -> float | None:
    """When a process began, in seconds since the epoch; None where there is none, or only its remains.

    A number alone says little, since it is given to another process after the first has ended.
    """
    if process <= 0:
        return None
    if Path("/proc/self/stat").exists():
        return _from_proc(process)
    return _from_ps(process)


def _from_proc(process: int) -> float | None:
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
        state, *fields = text.rpartition(")")[2].split()
        if state in "ZX":
            return None
        since_boot = int(fields[18]) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return None
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + since_boot


def _from_ps(process: int) -> float | None:
    try:
        told = subprocess.run(
            ["ps", "-o", "etime=", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=True
        ).stdout.split()
        days, _, clock = told[0].rpartition("-")
        seconds = 0
        for part in clock.split(":"):
            seconds = 60 * seconds + int(part)
    except (OSError, subprocess.CalledProcessError, ValueError, IndexError):
        return None
    return None if "Z" in told[-1] else time.time() - seconds - 86_400 * int(days or 0)
