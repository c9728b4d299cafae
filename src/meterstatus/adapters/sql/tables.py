"""What a backup holds of a database: every table, every column, in an order in which they can be written.

The statements are ``dump_<table>.sql``, in pages behind a key, and ``load_<table>.sql``.
"""

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """A table."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    """What its rows are read in the order of: unique, and of texts unless said otherwise."""

    counts: bool = False
    """Whether the key is one number."""


TABLES = (
    Table("meta", ("key", "value"), ("key",)),
    Table("users", ("name", "salt", "password_hash", "access", "enabled"), ("name",)),
    Table(
        "changes",
        (
            "revision",
            "kind",
            "unit",
            "application",
            "who",
            "at",
            "why",
            "old_code",
            "old_info",
            "new_code",
            "new_info",
            "scope",
            "old_policy",
            "new_policy",
            "detail",
            "batch",
            "until",
            "old_until",
            "beneath_code",
            "beneath_info",
            "ended",
        ),
        ("revision",),
        counts=True,
    ),
    Table(
        "units",
        ("name", "application", "password_hash", "code", "info", "since", "revision", "added"),
        ("name",),
    ),
    Table("levels", ("scope", "code", "info", "since", "revision"), ("scope",)),
    Table("time_limits", ("revision", "until", "beneath_code", "beneath_info"), ("revision",), counts=True),
    Table("policies", ("scope", "policy", "revision"), ("scope",)),
    Table("unit_state", ("unit", "field", "text"), ("unit", "field")),
    Table(
        "deliveries",
        (
            "number",
            "unit",
            "application",
            "received",
            "id",
            "attempt",
            "hook",
            "code",
            "info",
            "origin",
            "result",
            "exit_status",
            "detail",
            "log",
            "ended",
            "former",
        ),
        ("number",),
        counts=True,
    ),
)
"""Those that others refer to come before them."""

SEEN = frozenset({"controllers", "presence"})
"""Those that no backup has: what is seen of the fleet at the moment, and nobody set."""
