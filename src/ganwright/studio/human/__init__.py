"""Real or fake? The human test: pictures one at a time or in pairs, results kept with the run."""
