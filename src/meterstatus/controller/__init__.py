"""The controller's use cases, watchers and sessions, over the repository and transport ports."""
