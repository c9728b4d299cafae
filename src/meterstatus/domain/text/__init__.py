"""Texts that people and files use: spans of time, and YAML read as Juju reads it or written plainly."""
