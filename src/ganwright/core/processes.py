"""Processes of this machine: whether one is still the one that was meant, and how much memory they take."""

import os
import resource
import subprocess
import sys
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


def family_of(process: int) -> dict[int, int]:
    """A process, what it started, what those started, and so on: the bytes of main memory in which each resides.

    Pages that several share count for each. Empty where the process is gone.
    """
    table = _table()
    found = {process: table[process][1]} if process in table else {}
    grown = True
    while grown:
        more = {number: size for number, (parent, size) in table.items() if parent in found and number not in found}
        found |= more
        grown = bool(more)
    return found


def machine_memory() -> int:
    """Bytes of main memory of this machine, or of the container that it is."""
    try:
        most = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        most = 2**34
    for file in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            most = min(most, int(Path(file).read_text(encoding="utf-8")))
        except (OSError, ValueError):
            continue  # "max"
    return most


def peak_memory() -> int:
    """Bytes of main memory in which this process resided at most."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def _table() -> dict[int, tuple[int, int]]:
    """Every process: who started it, and the bytes that it resides in."""
    return _table_from_proc() if Path("/proc/self/stat").exists() else _table_from_ps()


def _table_from_ps() -> dict[int, tuple[int, int]]:
    told = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,rss="], capture_output=True, text=True, check=False).stdout
    rows = (line.split() for line in told.splitlines())
    return {int(row[0]): (int(row[1]), 1024 * int(row[2])) for row in rows if len(row) == 3}


def _table_from_proc() -> dict[int, tuple[int, int]]:
    page = os.sysconf("SC_PAGE_SIZE")
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    fields = file.read().rpartition(b")")[2].split()
                found[int(name)] = int(fields[1]), page * int(fields[21])
            except (OSError, ValueError, IndexError):
                continue  # it has just ended
    return found


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
