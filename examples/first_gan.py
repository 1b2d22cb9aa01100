"""Train the first GAN of most lessons on real handwritten digits, and look at what came of it.

python examples/first_gan.py        (about three minutes; EXAMPLES_FAST=1 shortens it to a few seconds)
"""

import os

import ganwright as gw

fast = bool(os.environ.get("EXAMPLES_FAST"))
run = gw.train("mlp", "digits", images=3_000 if fast else 800_000, out="runs/first")

images = run.sample(16, seed=7)  # the same seed draws the same samples
print(f"samples: {tuple(images.shape)} from {images.min():.2f} to {images.max():.2f}")

(grid,) = run.save_samples("first_gan.png", 64, seed=7)
print(f"picture: {grid}")
print(f"report: {run.path / 'report.html'}")
