"""The controller: made, joined, backed up, composed and run."""
