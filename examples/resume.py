"""Stop a run in the middle and go on: the end is the same, bit for bit, as that of a run that was never stopped.

python examples/resume.py           (half a minute; EXAMPLES_FAST=1 shortens it to a few seconds)
"""

import os
import signal

import torch

import ganwright as gw
from ganwright.training import Callback, Interrupted

images = 6_400 if os.environ.get("EXAMPLES_FAST") else 64_000


class PullThePlug(Callback):
    """Sends this program what Ctrl-C sends, in the middle of the run."""

    def on_iteration(self, num_images: int) -> None:
        if num_images == images // 2:
            signal.raise_signal(signal.SIGINT)


whole = gw.train("mlp", "digits", images=images, seed=3, out="runs/whole")
try:
    gw.train("mlp", "digits", images=images, seed=3, out="runs/halves", callbacks=[PullThePlug()])
except Interrupted as stop:
    print(stop)
halves = gw.train("mlp", "digits", images=images, seed=3, out="runs/halves")  # the same call again goes on

mine, theirs = whole.checkpoint.load()[0], halves.checkpoint.load()[0]
print(f"equal tensors: {sum(torch.equal(mine[name], theirs[name]) for name in theirs)} of {len(mine)}")
