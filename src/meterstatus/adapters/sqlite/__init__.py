"""``Repository`` on SQLite: one file, one thread, nothing to install (architecture, 5).

``database`` makes, opens and migrates the file; ``writer`` owns the thread and the transactions;
``repository`` says what is read and written, ``rows`` and ``policies`` what columns mean. Statements are the
files in ``sql``.
"""

from meterstatus.adapters.sqlite.database import create, open_database
from meterstatus.adapters.sqlite.repository import SQLiteRepository

__all__ = ["SQLiteRepository", "create", "open_database"]
