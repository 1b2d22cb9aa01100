"""Floor 8: what can be learnt by running it."""
