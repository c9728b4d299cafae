"""An engine on SQLite: one file, one thread, nothing to install.

``database`` makes, opens and migrates the file; ``transaction`` runs statements, ``threaded`` whole
transactions on a thread of its own, ``inline`` on the caller's; ``snapshot`` reads beside a controller.
"""

from meterstatus.adapters.sql.sqlite.database import create, fill, open_database, open_repository
from meterstatus.adapters.sql.sqlite.snapshot import read

__all__ = ["create", "fill", "open_database", "open_repository", "read"]
