"""The invariants as checks of what happened, for every run that is judged."""
