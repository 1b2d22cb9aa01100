"""Floor 7: what people call: train, load, compare, and the run they give."""

from ganwright.runs.checkup import Checkup
from ganwright.runs.compare import compare
from ganwright.runs.compare_result import Comparison
from ganwright.runs.diagnosing import diagnose
from ganwright.runs.judging import evaluate_samples
from ganwright.runs.plan import Estimate, Plan, plan
from ganwright.runs.run import Run, load
from ganwright.runs.train import check, train, train_plan

__all__ = [
    "Checkup",
    "Comparison",
    "Estimate",
    "Plan",
    "Run",
    "check",
    "compare",
    "diagnose",
    "evaluate_samples",
    "load",
    "plan",
    "train",
    "train_plan",
]
