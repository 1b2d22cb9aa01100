"""Shared fixtures. One thread a process: with two threads on a loaded machine some operations run many times slower."""

import os
from pathlib import Path

import pytest
import torch

torch.set_num_threads(1)
os.environ["OMP_NUM_THREADS"] = "1"  # the same for the processes that tests start
os.environ["GANWRIGHT_FEATURE_CACHE"] = "off"  # nothing is left in the user's cache


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data sets: GANWRIGHT_DATA, or shared/data beside the checkout."""
    named = os.environ.get("GANWRIGHT_DATA")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no real data: set GANWRIGHT_DATA to a folder with mnist/, cifar10/, ...")
    return folder
