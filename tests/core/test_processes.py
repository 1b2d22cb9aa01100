"""A process is known by its number and by when it began."""

import os
import subprocess
import sys
import time

from ganwright.core import processes
from ganwright.core.processes import started_at


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
