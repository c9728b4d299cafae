"""The whole story on one machine, each step checked: real programs, a real charm, nothing simulated."""
