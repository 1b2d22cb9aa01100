"""The part of the studio that shows runs: the list, one run, its curves, several side by side, live."""
