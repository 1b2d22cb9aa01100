"""Explore: a generator under one's hands."""
