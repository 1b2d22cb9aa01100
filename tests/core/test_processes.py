"""A process is known by its number and by when it began; its memory is counted with that of all that it started."""

import os
import subprocess
import sys
import time

from ganwright.core import processes
from ganwright.core.processes import family_of, machine_memory, peak_memory, started_at


def test_when_a_process_began_and_that_it_is_gone() -> None:
    before = time.time()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        began = started_at(child.pid)
        assert began is not None
        assert before - 1 < began < time.time() + 1
        assert abs(began - (processes._from_ps(child.pid) or 0)) < 3
        child.communicate(b"\n")
    assert started_at(child.pid) is None
    assert processes._from_ps(child.pid) is None


def test_numbers_that_are_no_process() -> None:
    assert started_at(0) is None
    assert started_at(-1) is None
    assert started_at(2**22 + 5) is None
    assert started_at(os.getpid()) is not None


def test_a_family_is_a_process_and_all_below_it() -> None:
    code = "import subprocess, sys; subprocess.run([sys.executable, '-S', '-c', \"x = b'x' * (3 * 10**7); input()\"])"
    with subprocess.Popen([sys.executable, "-S", "-c", code], stdin=subprocess.PIPE) as child:
        deadline = time.monotonic() + 30
        while sum(family_of(child.pid).values()) < 4e7 or len(family_of(child.pid)) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        ours, all_ = family_of(os.getpid()), family_of(child.pid)
        assert set(all_) < set(ours)
        told = processes._table_from_ps()
        assert all(abs(told[number][1] - size) < 4e6 for number, size in all_.items())
        assert {number: told[number][0] for number in all_} == {
            number: processes._table_from_proc()[number][0] for number in all_
        }
        child.communicate(b"\n")
    assert family_of(child.pid) == {}
    assert 2e7 < peak_memory() < machine_memory()
