"""An engine on PostgreSQL: several controllers side by side, on one database.

``target`` reads where the database is; ``connection`` connects, ``schema`` makes and migrates; ``writer``
commits, one controller at a time, so that changes become visible in the order of their revisions;
``tailing`` tells what any controller committed; ``failures`` says what an error means; ``wording`` how a
statement is said.

Differs from SQLite's on purpose: a text that agents or charms write may hold a NUL, which PostgreSQL's text
cannot, so such columns are ``bytea``, read and written as UTF-8.
"""

from meterstatus.adapters.sql.postgres.database import create, open_repository
from meterstatus.adapters.sql.postgres.target import Target, parse

__all__ = ["Target", "create", "open_repository", "parse"]
