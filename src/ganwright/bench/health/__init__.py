"""The health harness: runs broken on purpose, judged by their samples, and what the detectors say of them."""

from ganwright.bench.health.proof import HALVES, JSON, PICTURE, Proof, prove

__all__ = ["HALVES", "JSON", "PICTURE", "Proof", "prove"]
