"""adapters.machine_lock: what the package offers."""

from meterstatus.adapters import machine_lock
from meterstatus.adapters.machine_lock import holder, lock, place


def test_the_package_offers_the_lock_and_the_choice_of_its_directory() -> None:
    """Programs need no module of the package by name."""
    assert machine_lock.FlockMachineLock is lock.FlockMachineLock
    assert machine_lock.choose_directory is place.choose_directory
    assert machine_lock.LockDirectory is place.LockDirectory
    assert machine_lock.has_juju_agent is place.has_juju_agent
    assert machine_lock.holder_of is holder.of
