"""The agent: composed from adapters, workers and decisions, and run on one machine for its units."""
