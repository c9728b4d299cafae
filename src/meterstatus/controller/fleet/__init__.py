"""The fleet in memory: what everything that is asked often is answered from."""
