"""Every example runs as a program, in a folder of its own, and prints what it promises."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
EXPECTED = {
    "first_gan": (r"samples: \(16, 1, 8, 8\) from -[01]\.\d+ to [01]\.\d+", r"report: runs/first/report.html"),
    "own_images": (r"classes: disc, square", r"picture: discs.png"),
    "compose": (r"points: \(1000, 2\), mean distance from the centre \d\.\d+ \(real: 1\.000\)",),
    "callbacks": (
        r"2,048 images: samples/fresh-000000002048.png",
        r"4,032 images: samples/fresh-000000004032.png",
        r"table: losses.csv",
    ),
    "resume": (r"interrupted by SIGINT at 3,200 images", r"equal tensors: (\d+) of \1"),
    "evaluate": (
        r"split train, n real 750",
        r"FID [\d.]+; real digits .* have 0\.\d+",
        r"noise 6",
    ),
}
LEFT = {
    "first_gan": ("first_gan.png", "runs/first/run.toml", "runs/first/report.html"),
    "own_images": ("shapes/disc/0.png", "discs.png", "runs/shapes/events.jsonl"),
    "compose": ("wgan-gp.toml", "runs/ring/samples/real.png"),
    "callbacks": ("losses.csv", "runs/listened/samples/fresh-000000004032.png"),
    "resume": ("runs/whole/checkpoints/000000006400.safetensors", "runs/halves/checkpoints/000000006400.safetensors"),
    "evaluate": ("runs/judged/report.html",),
}


def check_losses(folder: Path) -> None:
    """At the start D knows nothing: without label smoothing its loss would be 2 ln 2 = 1.386; G's is ln 2 = 0.693."""
    header, first, *_ = (folder / "losses.csv").read_text().splitlines()
    assert header == "images,discriminator,generator"
    images, discriminator, generator = map(float, first.split(","))
    assert images == 448
    assert 1.1 < discriminator < 1.4
    assert 0.6 < generator < 0.8


AFTERWARDS = {"callbacks": check_losses}


def test_every_example_is_tested_and_short() -> None:
    assert {file.stem for file in EXAMPLES.glob("*.py")} == set(EXPECTED) == set(LEFT)
    for file in EXAMPLES.glob("*.py"):
        assert len(file.read_text(encoding="utf-8").splitlines()) < 40, file.name


@pytest.mark.parametrize("name", EXPECTED)
def test_example(name: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / f"{name}.py")],
        cwd=tmp_path,
        env=os.environ | {"EXAMPLES_FAST": "1", "OMP_NUM_THREADS": "1", "XDG_CACHE_HOME": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for pattern in EXPECTED[name]:
        assert re.search(pattern, done.stdout), f"{pattern!r} is not in:\n{done.stdout}"
    for file in LEFT[name]:
        assert (tmp_path / file).stat().st_size > 0
    AFTERWARDS.get(name, lambda folder: None)(tmp_path)
