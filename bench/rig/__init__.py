"""A controller and an agent as real processes, for the measurements in this folder."""
