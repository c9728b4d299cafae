"""The laboratory, for tests and benches, not installed: simulation, chaos, load, stand-ins for the world."""
