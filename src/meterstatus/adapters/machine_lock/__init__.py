"""The machine-wide execution lock, shared with every Juju agent on the machine (spec worker, D.7)."""

from meterstatus.adapters.machine_lock.lock import FlockMachineLock, LockDirectory, choose_directory

__all__ = ["FlockMachineLock", "LockDirectory", "choose_directory"]
