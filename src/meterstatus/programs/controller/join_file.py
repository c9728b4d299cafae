"""How a further machine becomes a controller of the same fleet: a file that one writes and the other takes.

It has a server certificate of the fleet's own authority with its key, and where the database is. The
authority's key stays where the controller was made.
"""

import asyncio
import dataclasses
import pathlib

from meterstatus import errors
from meterstatus.adapters.files import certificates, database_file
from meterstatus.programs.controller import controller_files
from meterstatus.runtime import clock, durable_file, regular_file


def invite(data_dir: pathlib.Path, hosts: tuple[str, ...], port: int, to: pathlib.Path) -> None:
    """Write the file with which another machine becomes a controller of the same fleet.

    Args:
        data_dir: of a controller that ``init`` made, which has the authority's key.
        hosts: the host names and IP addresses that agents reach the other machine by.
        port: the port it will serve.
        to: the file to write; one that is there is refused.

    Raises:
        ConfigError: a value cannot be, there is no controller on PostgreSQL, or the file is there.
        OSError: it could not be written.
    """
    controller_files.InitOptions(data_dir, hosts, port)
    place = data_dir / database_file.NAME
    if not place.exists():
        why = (
            "its database is a file"
            if (data_dir / controller_files.DATABASE).exists()
            else "there is no controller"
        )
        raise errors.ConfigError(f"only a controller on PostgreSQL has others beside it; in {data_dir} {why}")
    if to.exists():
        raise errors.ConfigError(f"{to} is there already")
    of = database_file.read(place)
    try:
        key = regular_file.read(data_dir / controller_files.AUTHORITY_KEY).decode("ascii")
        certificate = regular_file.read(data_dir / controller_files.AUTHORITY_CERTIFICATE).decode("ascii")
        authority = certificates.Authority(certificate, key)
    except FileNotFoundError as error:
        raise errors.ConfigError(
            f"{data_dir} has no authority's key; invite from the machine where the controller was made"
        ) from error
    made = certificates.make_server_certificate(authority, hosts, clock.SystemClock().now())
    theirs = dataclasses.replace(of, hosts=hosts, port=port)
    database_file.JoinFile(theirs, made.chain, made.key).write(to)


def join(data_dir: pathlib.Path, invitation: pathlib.Path) -> database_file.DatabaseFile:
    """Make the directory of a further controller from an invitation, and return where its database is.

    Raises:
        ConfigError: there is something already, or the file is no invitation.
        StoreUnavailableError: the database cannot be reached from here, or is another controller's.
        OSError: a file could not be written; nothing is left behind.
    """
    given = database_file.read_invitation(invitation)
    asyncio.run(_check_database(given.database))

    def build(building: pathlib.Path) -> database_file.DatabaseFile:
        durable_file.write(building / controller_files.SERVER_CERTIFICATE, given.certificate.encode())
        durable_file.write(building / controller_files.SERVER_KEY, given.key.encode())
        given.database.write(building / database_file.NAME)
        return given.database

    return controller_files.make(data_dir, build)


async def _check_database(of: database_file.DatabaseFile) -> None:
    from meterstatus.adapters.sql import postgres  # only who has such a database has the library

    store = await postgres.open_repository(postgres.parse(of.url), of.controller)
    await store.close()
