"""Judge a run, and any other pictures, by the same protocol.

python examples/evaluate.py         (three minutes; EXAMPLES_FAST=1 shortens it to a few seconds)
"""

import os

import torch

import ganwright as gw
from ganwright.metrics.evaluate import evaluate

fast = bool(os.environ.get("EXAMPLES_FAST"))
run = gw.train("mlp", "digits", images=3_000 if fast else 800_000, out="runs/judged")

evaluation = run.evaluate()  # the figures are also added to the run's events
print("\n".join(evaluation.lines()))
fid = evaluation["fid"]
print(f"FID {fid.value:.2f}; real digits against other real digits have {fid.floor:.2f}")

# The same figures of something else: noise, as a floor of another kind. Any tensor of images can stand here.
data = run.config.data.build("train")
noise = torch.rand(len(data) // 2, *data.spec.shape) * 2 - 1
worst = evaluate([noise], data)
print(f"mean distance of two: noise {worst['pairwise_distance'].value:.2f}, real {worst['pairwise_distance'].real:.2f}")
