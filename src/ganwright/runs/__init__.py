"""Floor 7: what people call: train, load, and the run they give."""

from ganwright.runs.plan import Estimate, Plan, plan
from ganwright.runs.run import Run, load
from ganwright.runs.train import train, train_plan

__all__ = ["Estimate", "Plan", "Run", "load", "plan", "train", "train_plan"]
