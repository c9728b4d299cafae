"""``Repository`` on SQLite: what is read and written in each transaction."""

import functools
import pathlib
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from meterstatus import errors
from meterstatus.adapters.sqlite import database, policies, rows, writer
from meterstatus.domain import delivery_report, fleet, names, policy, ruling, status, unit_state
from meterstatus.ports import repository

_Parameters = dict[str, Any]
_NO_REVISION = 2**63 - 1
"""Above every revision: SQLite's largest integer."""


class SQLiteRepository:
    """``Repository`` in one database file; see the port for every method's contract.

    Raises:
        StoreUnavailableError: the file cannot be used, as ``database.open_database`` says.
    """

    def __init__(self, path: pathlib.Path) -> None:
        self._follower: repository.Follower | None = None
        self._last_seen = 0
        self._writer = writer.Writer(database.open_database(path), self._read_updates, self._publish)

    def _publish(self, updates: Sequence[fleet.Update]) -> None:
        if self._follower is not None:
            self._follower(updates)

    def _read_updates(self, connection: sqlite3.Connection) -> Sequence[fleet.Update]:
        if self._follower is None:
            return ()
        found = connection.execute(database.statement("read_updates"), {"after": self._last_seen})
        updates = [rows.update(row) for row in found]
        if updates:
            self._last_seen = updates[-1].change.revision
        return updates

    async def follow(self, follower: repository.Follower) -> fleet.Fleet:
        """Return everything, and tell of every later change."""
        return await self._writer.do(functools.partial(self._start_following, follower))

    def _start_following(self, follower: repository.Follower, connection: sqlite3.Connection) -> fleet.Fleet:
        (revision,) = connection.execute(database.statement("read_last_revision")).fetchone()
        self._last_seen = revision
        self._follower = follower
        return fleet.Fleet(
            identity=database.read_identity(connection),
            users=tuple(rows.user(row) for row in connection.execute(database.statement("read_users"))),
            units=tuple(rows.unit(row) for row in connection.execute(database.statement("read_units"))),
            rulings=tuple(
                rows.held_policy(row) for row in connection.execute(database.statement("read_policies"))
            ),
            revision=revision,
        )

    async def add_unit(
        self, name: str, password_hash: str, initial: status.MeterStatus, author: fleet.Author
    ) -> None:
        """Add a unit."""

        def work(connection: sqlite3.Connection) -> None:
            if _find(connection, name) is not None:
                raise errors.ConflictError(f'unit "{name}" already exists')
            change = _record(connection, fleet.ChangeKind.ADD, name, author, new=initial)
            change["password_hash"] = password_hash
            connection.execute(database.statement("add_unit"), change)

        await self._writer.do(work)

    async def remove_unit(self, name: str, author: fleet.Author) -> None:
        """Remove a unit."""

        def work(connection: sqlite3.Connection) -> None:
            code, info, _ = _get(connection, name)
            old = status.MeterStatus(code, info)
            change = _record(connection, fleet.ChangeKind.REMOVE, name, author, old=old)
            connection.execute(database.statement("remove_unit"), change)
            parameters = {"scope": str(ruling.unit_scope(name))}
            connection.execute(database.statement("remove_policy"), parameters)

        await self._writer.do(work)

    async def set_unit_status(self, name: str, wanted: status.MeterStatus, author: fleet.Author) -> None:
        """Set a unit's status."""

        def work(connection: sqlite3.Connection) -> None:
            _get(connection, name)
            _set_status(connection, wanted, author, unit=name)

        await self._writer.do(work)

    async def set_application_status(
        self, application: str, wanted: status.MeterStatus, author: fleet.Author
    ) -> None:
        """Set the status of all units of an application."""

        def work(connection: sqlite3.Connection) -> None:
            found = connection.execute(
                database.statement("read_application"), {"application": application}
            ).fetchone()
            if found is None:
                raise errors.NotFoundError(f'application "{application}"')
            _set_status(connection, wanted, author, application=application)

        await self._writer.do(work)

    async def set_policy(self, scope: names.Tag, wanted: policy.Policy | None, author: fleet.Author) -> None:
        """Set the policy of a scope, or take it away."""

        def work(connection: sqlite3.Connection) -> None:
            old = _read_policy(connection, scope)
            _check_scope(connection, scope, is_set=old is not None)
            if old == wanted:
                return
            change = ruling.PolicyChange(scope, old, wanted)
            parameters = _record(connection, fleet.ChangeKind.POLICY, change.unit, author, policy=change)
            kind = "remove_policy" if wanted is None else "set_policy"
            connection.execute(database.statement(kind), parameters)

        await self._writer.do(work)

    async def set_password_hash(self, name: str, password_hash: str, author: fleet.Author) -> None:
        """Set the hash of a unit's password."""

        def work(connection: sqlite3.Connection) -> None:
            if _get(connection, name)[2] == password_hash:
                return
            change = _record(connection, fleet.ChangeKind.PASSWORD, name, author)
            connection.execute(
                database.statement("set_password_hash"), change | {"password_hash": password_hash}
            )

        await self._writer.do(work)

    async def unit_state(self, name: str) -> Mapping[str, str]:
        """Return what is stored of a unit."""
        return await self._writer.do(functools.partial(_read_state, name))

    async def change_unit_state(self, name: str, changes: Mapping[str, str]) -> None:
        """Store fields of a unit's state."""

        def work(connection: sqlite3.Connection) -> None:
            stored = _read_state(name, connection)
            merged = unit_state.merge(stored, changes)
            for field in stored.keys() - merged.keys():
                connection.execute(database.statement("remove_state_field"), {"unit": name, "field": field})
            for field, text in merged.items() - stored.items():
                parameters = {"unit": name, "field": field, "text": text}
                connection.execute(database.statement("set_state_field"), parameters)

        await self._writer.do(work)

    async def record_delivery(self, received: delivery_report.ReceivedReport) -> None:
        """Keep what an agent reported."""

        def work(connection: sqlite3.Connection) -> None:
            _get(connection, received.unit)
            connection.execute(database.statement("record_delivery"), rows.delivery_parameters(received))
            connection.execute(
                database.statement("drop_deliveries"),
                {"unit": received.unit, "kept": repository.DELIVERIES_KEPT},
            )

        await self._writer.do(work)

    async def deliveries(
        self, unit: str = "", application: str = "", limit: int = 100
    ) -> Sequence[delivery_report.ReceivedReport]:
        """Return what was reported, newest first."""
        kind = "unit_deliveries" if unit else "application_deliveries" if application else "deliveries"
        parameters = {"name": unit or application, "limit": limit}

        def work(connection: sqlite3.Connection) -> Sequence[delivery_report.ReceivedReport]:
            found = connection.execute(database.statement(f"read_{kind}"), parameters)
            return [rows.delivery(row) for row in found]

        return await self._writer.do(work)

    async def history(
        self, unit: str = "", application: str = "", before: int | None = None, limit: int = 100
    ) -> Sequence[fleet.Change]:
        """Return the latest changes, newest first."""
        kind = "unit_history" if unit else "application_history" if application else "history"
        parameters = {
            "name": unit or application,
            "before": _NO_REVISION if before is None else min(before, _NO_REVISION),
            "limit": limit,
        }

        def work(connection: sqlite3.Connection) -> Sequence[fleet.Change]:
            found = connection.execute(database.statement(f"read_{kind}"), parameters)
            return [rows.change(row) for row in found]

        return await self._writer.do(work)

    async def close(self) -> None:
        """Let go of the database."""
        await self._writer.close()


def _find(connection: sqlite3.Connection, name: str) -> tuple[str, str, str] | None:
    return connection.execute(database.statement("read_unit"), {"unit": name}).fetchone()


def _get(connection: sqlite3.Connection, name: str) -> tuple[str, str, str]:
    row = _find(connection, name)
    if row is None:
        raise errors.NotFoundError(f'unit "{name}"')
    return row


def _read_state(name: str, connection: sqlite3.Connection) -> dict[str, str]:
    _get(connection, name)
    return dict(connection.execute(database.statement("read_unit_state"), {"unit": name}))


def _read_policy(connection: sqlite3.Connection, scope: names.Tag) -> policy.Policy | None:
    row = connection.execute(database.statement("read_policy"), {"scope": str(scope)}).fetchone()
    return None if row is None else policies.from_text(row[0])


def _check_scope(connection: sqlite3.Connection, scope: names.Tag, *, is_set: bool) -> None:
    if scope.kind is names.Kind.UNIT:
        _get(connection, scope.name)
    elif scope.kind is names.Kind.APPLICATION:
        parameters = {"application": scope.name}
        found = connection.execute(database.statement("read_application"), parameters).fetchone()
        if found is None and not is_set:
            raise errors.NotFoundError(f'application "{scope.name}"')
    elif scope.name != database.read_identity(connection).model_uuid:
        raise errors.NotFoundError(f'model "{scope.name}"')


def _author_parameters(author: fleet.Author) -> _Parameters:
    return {"who": author.who, "at": author.at.isoformat(), "why": author.why}


def _record(
    connection: sqlite3.Connection,
    kind: fleet.ChangeKind,
    unit: str,
    author: fleet.Author,
    *,
    old: status.MeterStatus | None = None,
    new: status.MeterStatus | None = None,
    policy: ruling.PolicyChange | None = None,
) -> _Parameters:
    parameters = {
        "kind": kind.value,
        "unit": unit,
        "application": names.application_of(unit) if policy is None else policy.application,
        "old_code": old and old.code,
        "old_info": old and old.info,
        "new_code": new and new.code,
        "new_info": new and new.info,
        "scope": policy and str(policy.scope),
        "old_policy": policy and policies.to_text(policy.old),
        "new_policy": policy and policies.to_text(policy.new),
    } | _author_parameters(author)
    cursor = connection.execute(database.statement("record_change"), parameters)
    return parameters | {"revision": cursor.lastrowid}


def _set_status(
    connection: sqlite3.Connection,
    wanted: status.MeterStatus,
    author: fleet.Author,
    *,
    unit: str | None = None,
    application: str | None = None,
) -> None:
    parameters = {
        "unit": unit,
        "application": application,
        "code": str(wanted.code),
        "info": wanted.info,
    } | _author_parameters(author)
    connection.execute(database.statement("record_status_changes"), parameters)
    connection.execute(database.statement("set_status"), parameters)
