"""The machine-wide execution lock, shared with every Juju agent on the machine (spec worker, D.7)."""

from meterstatus.adapters.machine_lock.holder import of as holder_of
from meterstatus.adapters.machine_lock.lock import FlockMachineLock
from meterstatus.adapters.machine_lock.place import LockDirectory, choose_directory, has_juju_agent

__all__ = ["FlockMachineLock", "LockDirectory", "choose_directory", "has_juju_agent", "holder_of"]
