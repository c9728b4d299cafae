"""An engine on SQLite: one file, one thread, nothing to install.

``database`` makes, opens and migrates the file; ``writer`` owns the thread and the transactions.
"""

from meterstatus.adapters.sql.sqlite.database import create, open_database, open_repository

__all__ = ["create", "open_database", "open_repository"]
