"""``Repository`` in memory, held to the same contract suite as the real ones.

``database`` is what is stored, with ``reports`` and ``presences``; ``putting_back`` is how statuses end and
are undone in it; ``memory`` is a controller's way to it.
"""

from harness.repository.database import IDENTITY, USERS, MemoryDatabase
from harness.repository.memory import MemoryRepository

__all__ = ["IDENTITY", "USERS", "MemoryDatabase", "MemoryRepository"]
