"""Runs a unit's ``meter-status-changed`` hook as a real process (spec worker, A.13 and D)."""

from meterstatus.adapters.hook_runner.runner import TIME_LIMIT, CharmHookRunner, HookRunnerConfig

__all__ = ["TIME_LIMIT", "CharmHookRunner", "HookRunnerConfig"]
