"""The dependency engine: runs workers, and restarts them as their inputs come and go."""
