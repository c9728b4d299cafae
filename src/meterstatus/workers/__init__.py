"""The agent's workers: shells that run the domain's decisions through ports."""
