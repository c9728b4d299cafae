"""Keep a fleet's meter status true on every unit, also when the network is gone.

The public names of the package: one for each name of Juju's Go package ``meterstatus``, the ports they lean
on, and the errors they raise. ``docs/reference/go-names.md`` maps them.

Names are imported when they are first used, because a program that needs one part, such as a hook, must not
pay for the rest. ``__init__.pyi`` is the same list for type checkers; a test keeps the two equal.
"""

import importlib
from typing import Any

_HOMES = {
    "adapters.hook_runner": ("CharmHookRunner", "HookRunnerConfig"),
    "adapters.files.state": ("ControllerBackedState", "DiskBackedState"),
    "runtime.clock": ("SystemClock",),
    "domain.agent_config": ("AgentConfig",),
    "domain.hook.outcome": ("HookOutcome", "HookResult"),
    "domain.unit.state": ("Disconnected", "State", "WorkerState"),
    "domain.status": ("MeterStatus", "StatusCode"),
    "engine.configuration": ("EngineConfig",),
    "engine.engine": ("Engine",),
    "engine.interface": ("Context", "Manifold"),
    "errors": (
        "BounceError",
        "ConfigError",
        "ConnectionLostError",
        "DependencyMissingError",
        "LockUnavailableError",
        "MeterStatusError",
        "NotFoundError",
        "NotValidError",
        "RequestError",
        "StateCorruptError",
        "StateWriteError",
        "UnauthorizedError",
        "UninstallError",
        "UnsupportedError",
    ),
    "ports.agent": ("Agent",),
    "ports.hooks": ("HookRunner", "MachineLock"),
    "ports.status": ("MeterStatusClient", "NotifyWatcher", "StateReadWriter", "UnitStateAPI"),
    "ports.time": ("Clock", "Interrupt", "Timer"),
    "ports.worker": ("Worker",),
    "programs.agent.status_manifold": ("ManifoldConfig", "manifold"),
    "workers.configuration": ("ConnectedConfig", "IsolatedConfig"),
    "workers.connected": ("ConnectedStatusHandler", "ConnectedStatusWorker"),
    "workers.driver": ("TRACE", "Logger"),
    "workers.isolated": ("IsolatedStatusWorker",),
    "workers.triggers": ("TriggerCreator", "Triggers", "get_triggers"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME_OF)  # pyright: ignore[reportUnsupportedDunderAll] - __init__.pyi names them


def __getattr__(name: str) -> Any:
    """Import a public name from its module and keep it."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return sorted({*globals(), *_HOME_OF})
