"""What a backup holds of a database: every table, every column, in an order in which they can be written.

The queries are made from it: ``dump_<table>``, in pages behind a key, and ``load_<table>``.
"""

import dataclasses
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """A table."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    """What its rows are read in the order of: unique, and of texts unless said otherwise."""

    counts: bool = False
    """Whether the key is one number."""

    defaults: Mapping[str, object] = dataclasses.field(default_factory=dict[str, object])
    """Of columns that backups of earlier releases do not have, where that is not NULL."""

    @property
    def before_all(self) -> dict[str, object]:
        """What the first page is read behind; parameters of ``dump_<table>``."""
        return {f"after_{column}": -1 if self.counts else "" for column in self.key}


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
        defaults={"former": 0},
    ),
)
"""Those that others refer to come before them."""

SEEN = frozenset({"controllers", "presence"})
"""Those that no backup has: what is seen of the fleet at the moment, and nobody set."""


def queries() -> dict[str, str]:
    """Return the queries of a backup by their names."""
    return {f"dump_{table.name}": _dump(table) for table in TABLES} | loads()


def loads(overriding: str = "") -> dict[str, str]:
    """Return the queries that write rows as they were, with the numbers that they had.

    Args:
        overriding: a clause that a database needs to be given those numbers.
    """
    return {f"load_{table.name}": _load(table, overriding) for table in TABLES}


def _dump(table: Table) -> str:
    key, behind = ", ".join(table.key), ", ".join(f":after_{column}" for column in table.key)
    return (
        f"SELECT {', '.join(table.columns)} FROM {table.name}"  # noqa: S608 - names of our own
        f" WHERE ({key}) > ({behind}) ORDER BY {key} LIMIT :limit"
    )


def _load(table: Table, overriding: str) -> str:
    values = ", ".join(f":{column}" for column in table.columns)
    return f"INSERT INTO {table.name} ({', '.join(table.columns)}) {overriding}VALUES ({values})"
