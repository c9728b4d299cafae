"""The agent: one process per machine, any number of units."""
