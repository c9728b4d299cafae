"""Where a database is: its URL, as libpq writes it, with one host or several, and its password kept apart."""

import dataclasses
import urllib.parse

from meterstatus import errors

PORT = 5432
SCHEMES = ("postgresql", "postgres")


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """A database, on the first of the hosts that has it and can be written.

    Attributes:
        url: without hosts and password; what else it says is for the library.
        hosts: names, addresses, or directories of a socket, each with its port.
        name: the database's.
    """

    url: str
    hosts: tuple[tuple[str, int], ...]
    name: str
    user: str
    password: str = dataclasses.field(default="", repr=False)

    def __str__(self) -> str:
        """Say which it is, without its password."""
        hosts = ",".join(f"{host}:{port}" for host, port in self.hosts)
        return f'database "{self.name}" on {hosts}'


def parse(url: str) -> Target:
    """Read ``postgresql://user:password@host:port,host:port/name?option=value``.

    Raises:
        ConfigError: it is no such URL; the text never has the password.
    """
    try:
        parts = urllib.parse.urlsplit(url)
    except ValueError as error:
        raise errors.ConfigError("the database's URL cannot be read") from error
    if parts.scheme not in SCHEMES:
        raise errors.ConfigError("the database's URL does not begin with postgresql://")
    login, _, places = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    options = urllib.parse.parse_qsl(parts.query, keep_blank_values=True)
    given = dict(options)
    hosts = _hosts(given.get("host") or places, given.get("port", ""))
    name = urllib.parse.unquote(parts.path.lstrip("/")) or given.get("dbname", "")
    if not name:
        raise errors.ConfigError("the database's URL names no database: postgresql://user@host/NAME")
    user = urllib.parse.unquote(user) or given.get("user", "")
    ours = {"host", "port", "user", "password", "dbname", "target_session_attrs"}
    rest = urllib.parse.urlencode([(key, value) for key, value in options if key not in ours])
    as_user = f"{urllib.parse.quote(user, safe='')}@" if user else ""
    bare = f"postgresql://{as_user}/{urllib.parse.quote(name, safe='')}" + (f"?{rest}" if rest else "")
    return Target(bare, hosts, name, user, urllib.parse.unquote(password) or given.get("password", ""))


def _hosts(places: str, ports: str) -> tuple[tuple[str, int], ...]:
    listed = ports.split(",") if ports else [""]
    found: list[tuple[str, int]] = []
    for number, place in enumerate(places.split(",") if places else ["localhost"]):
        host, port = _host_and_port(urllib.parse.unquote(place))
        port = port or listed[min(number, len(listed) - 1)] or str(PORT)
        if not port.isdecimal():
            raise errors.ConfigError(f'the database\'s URL has "{port}" for a port')
        found.append((host, int(port)))
    return tuple(found)


def _host_and_port(place: str) -> tuple[str, str]:
    if place.startswith("["):
        host, _, rest = place[1:].partition("]")
        return host, rest.removeprefix(":")
    if place.startswith("/"):
        return place, ""
    host, _, port = place.partition(":")
    return host, port
