"""Floor 1: what several rooms above compute alike."""
