"""The trace term of the Frechet distance: ganwright's ways against scipy.linalg.sqrtm, in turns, one thread.

    python benchmarks/frechet.py [--size 2048] [--rounds 3]

Covariances are those of 2 x size and 5 x size rows of mixed Gaussians with widths that fall by a factor of 30, as the
features of a trained network have them. Prints medians in seconds, how many times faster than sqrtm, and the relative
difference from it. --size 512 is over in seconds.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import scipy.linalg
import threadpoolctl
import torch
from torch import Tensor

from ganwright.metrics.frechet import root_by_factors, root_trace


def covariance(size: int, num: int, seed: int) -> Tensor:
    """Covariance (size, size) of `num` rows."""
    generator = torch.Generator().manual_seed(seed)
    widths = torch.logspace(0, -1.5, size, dtype=torch.float64)
    mixing = torch.linalg.qr(torch.randn(size, size, generator=generator, dtype=torch.float64))[0]
    return (torch.randn(num, size, generator=generator, dtype=torch.float64) * widths @ mixing).T.cov()


def main() -> None:
    """Compare the ways."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=2048, help="dimensions of the features")
    parser.add_argument("--rounds", type=int, default=3, help="times each way is run")
    options = parser.parse_args()
    torch.set_num_threads(1)
    size: int = options.size
    a, b = covariance(size, 2 * size, 0), covariance(size, 5 * size, 1)
    a_array, b_array = a.numpy(), b.numpy()
    ways: dict[str, Callable[[], float]] = {
        "scipy.linalg.sqrtm": lambda: float(np.trace(np.real(scipy.linalg.sqrtm(a_array @ b_array)))),
        "root_trace": lambda: float(root_trace(a, b)),
        "root_by_factors": lambda: float(root_by_factors(a, b)),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    found: dict[str, float] = {}
    with threadpoolctl.threadpool_limits(1):
        for _ in range(options.rounds):
            for name, way in ways.items():
                start = time.perf_counter()
                found[name] = way()
                seconds[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    plain = "scipy.linalg.sqrtm"
    print(f"{size} dimensions, {options.rounds} rounds in turns, one thread")
    for name, median in medians.items():
        difference = abs(found[name] / found[plain] - 1)
        print(f"{name:20} {median:8.3f} s   {medians[plain] / median:5.2f} times as fast   differs by {difference:.1e}")


if __name__ == "__main__":
    main()
