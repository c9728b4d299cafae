"""The use cases: what may be asked of a controller, whoever carries the question."""
