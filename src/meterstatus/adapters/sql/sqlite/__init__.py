"""An engine on SQLite: one file, one thread, nothing to install.

``database`` makes, opens and migrates the file; ``writer`` owns the thread and the transactions;
``snapshot`` reads beside it.
"""

from meterstatus.adapters.sql.sqlite.database import create, fill, open_database, open_repository
from meterstatus.adapters.sql.sqlite.snapshot import read

__all__ = ["create", "fill", "open_database", "open_repository", "read"]
