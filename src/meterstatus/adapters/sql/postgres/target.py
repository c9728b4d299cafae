"""Where a database is: its URL, as libpq writes it, with one host or several, and its password kept apart.

Every option of libpq works, or is refused by name: one that is passed over is a promise that nobody keeps.
"""

import dataclasses
import urllib.parse
from collections.abc import Callable, Mapping

from meterstatus import errors

PORT = 5432
SCHEMES = ("postgresql", "postgres")

FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl")
"""Options that name a file, which must be there."""

_OURS = frozenset(
    {"host", "port", "user", "password", "dbname", "target_session_attrs", "application_name"}
    | {"connect_timeout", "channel_binding", "client_encoding"}
)
_LIBRARYS = frozenset(
    {*FILES, "passfile", "options", "sslmode", "sslpassword", "sslnegotiation", "ssl_min_protocol_version"}
    | {"ssl_max_protocol_version", "krbsrvname", "gsslib"}
)
_SHORTEST_CONNECT = 2
"""Seconds."""


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """A database, on the first of the hosts that has it and can be written.

    Attributes:
        url: without hosts and password; what else it says is for the library.
        hosts: names, addresses, or directories of a socket, each with its port.
        name: the database's.
        application: what it is to be called in the server's list of sessions, beside our own name for each.
        connect_seconds: the limit for a connection to a host; None is ours.
        files: the files that its options name, by option.
        find_password: finds the password as it is now, wherever it may be changed; None takes ``password``.
    """

    url: str
    hosts: tuple[tuple[str, int], ...]
    name: str
    user: str
    password: str = dataclasses.field(default="", repr=False)
    application: str = ""
    connect_seconds: float | None = None
    files: Mapping[str, str] = dataclasses.field(default_factory=dict[str, str])
    find_password: Callable[[], str] | None = dataclasses.field(default=None, repr=False, compare=False)

    def secret(self) -> str:
        """Return the password as it is now; the one that is known where that cannot be found."""
        if self.find_password is None:
            return self.password
        try:
            return self.find_password()
        except errors.ConfigError:
            return self.password

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
    _check_options(given)
    hosts = _hosts_of_query(given) if given.get("host") else _hosts(places, given.get("port", ""))
    name = urllib.parse.unquote(parts.path.lstrip("/")) or given.get("dbname", "")
    if not name:
        raise errors.ConfigError("the database's URL names no database: postgresql://user@host/NAME")
    user = urllib.parse.unquote(user) or given.get("user", "")
    rest = urllib.parse.urlencode([(key, value) for key, value in options if key in _LIBRARYS])
    as_user = f"{urllib.parse.quote(user, safe='')}@" if user else ""
    bare = f"postgresql://{as_user}/{urllib.parse.quote(name, safe='')}" + (f"?{rest}" if rest else "")
    return Target(
        bare,
        hosts,
        name,
        user,
        urllib.parse.unquote(password) or given.get("password", ""),
        given.get("application_name", ""),
        _seconds(given.get("connect_timeout", "")),
        {key: given[key] for key in FILES if given.get(key)},
    )


def _check_options(given: Mapping[str, str]) -> None:
    """Check that every option works here.

    Raises:
        ConfigError: one does not; the text names it and says what to do.
    """
    for option in given:
        if option not in _OURS | _LIBRARYS:
            raise errors.ConfigError(
                f'the database\'s URL has the option "{option}", which meterstatus does not take;'
                " leave it out"
            )
    for option, works in (
        ("channel_binding", ("", "prefer", "disable")),
        ("client_encoding", ("", "utf8", "utf-8", "auto")),
        ("target_session_attrs", ("", "read-write", "primary", "any")),
    ):
        if (value := given.get(option, "")).lower() not in works:
            raise errors.ConfigError(
                f"the database's URL has {option}={value}, which cannot be had here; it may be"
                f" {', '.join(filter(None, works))}"
            )


def _seconds(text: str) -> float | None:
    """Read ``connect_timeout``: whole seconds, at least 2 as libpq has it; 0 and less leave ours."""
    try:
        seconds = int(text or "0")
    except ValueError as error:
        raise errors.ConfigError(
            f"the database's URL has connect_timeout={text}, which is no number of seconds"
        ) from error
    return float(max(seconds, _SHORTEST_CONNECT)) if seconds > 0 else None


def _hosts_of_query(given: Mapping[str, str]) -> tuple[tuple[str, int], ...]:
    """Read ``host=`` with ``port=``: there a host is a host, whatever is in it."""
    hosts = given["host"].split(",")
    return tuple((host, _port("", given.get("port", ""), number)) for number, host in enumerate(hosts))


def _hosts(places: str, ports: str) -> tuple[tuple[str, int], ...]:
    """Read what stands between // and the path: hosts with their ports, each percent-encoded by itself."""
    found: list[tuple[str, int]] = []
    for number, place in enumerate(places.split(",") if places else ["localhost"]):
        host, port = _host_and_port(place)
        found.append((urllib.parse.unquote(host), _port(port, ports, number)))
    return tuple(found)


def _port(own: str, ports: str, number: int) -> int:
    listed = ports.split(",") if ports else [""]
    port = own or listed[min(number, len(listed) - 1)] or str(PORT)
    if not port.isdecimal():
        raise errors.ConfigError(f'the database\'s URL has "{port}" for a port')
    return int(port)


def _host_and_port(place: str) -> tuple[str, str]:
    if place.startswith("["):
        host, _, rest = place[1:].partition("]")
        return host, rest.removeprefix(":")
    host, _, port = place.partition(":")
    return host, port
