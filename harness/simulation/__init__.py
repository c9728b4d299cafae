"""A whole fleet in one process and in virtual time, out of a seed: real agents, a real controller, faults."""
