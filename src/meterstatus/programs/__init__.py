"""Composition roots: the only layer that chooses adapters."""
