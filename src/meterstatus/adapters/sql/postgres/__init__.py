"""An engine on PostgreSQL: several controllers side by side, on one database.

``target`` reads where the database is; ``connection`` connects, ``schema`` makes and migrates; ``writer``
commits, one controller at a time, so that changes become visible in the order of their revisions;
``tailing`` tells what any controller committed; ``neighbours`` knows who they are; ``failures`` says what an
error means; ``wording`` how a statement is said.

Differs from SQLite's on purpose: a text that agents or charms write may hold a NUL, which PostgreSQL's text
cannot, so such columns are ``bytea``, read and written as UTF-8.
"""

from meterstatus.adapters.sql.postgres.database import (
    Store,
    create,
    fill,
    open_repository,
    open_store,
    read,
)
from meterstatus.adapters.sql.postgres.neighbours import Neighbour, Neighbours
from meterstatus.adapters.sql.postgres.target import Target, parse

__all__ = [
    "Neighbour",
    "Neighbours",
    "Store",
    "Target",
    "create",
    "fill",
    "open_repository",
    "open_store",
    "parse",
    "read",
]
