"""A hook tool: what a charm's script calls as ``juju-log`` and so on (spec worker, D.9).

Standalone: the agent writes this file out, once for all names, and no other module of the package is there
when it runs. It starts for every call, so it imports only what is in the interpreter, reads no site, and
leaves without tidying up. The name that it is called by says which tool it is; the agent does the rest.
"""

import _socket
import posix
import sys

SECONDS = 30
"""For each word to the agent and from it: an agent that is alive answers in milliseconds."""

_LONG = 8 if sys.maxsize > 2**32 else 4
TIME_LIMIT = SECONDS.to_bytes(_LONG, sys.byteorder) + bytes(_LONG)
"""The same as the kernel takes it: seconds and microseconds."""

LIMIT = 1024 * 1024
"""Of a request, in bytes; the agent refuses a longer one."""

LONGEST_ADDRESS = 107
"""Bytes that the kernel takes for a socket's path."""

_CHUNK = 65536


class CallError(Exception):
    """What the caller is to be told."""


def main() -> int:
    """Call the tool and return its exit status."""
    try:
        context = variable("JUJU_CONTEXT_ID")
        address = variable("JUJU_AGENT_SOCKET_ADDRESS")
        check_network(variable("JUJU_AGENT_SOCKET_NETWORK"))
        name, *arguments = map(to_bytes, sys.argv)
        head = [b"1", context, name.rpartition(b"/")[2]]
        code, stdout, stderr, path = call(address, [*head, b"", b"", *arguments])
        if not code:
            code, stdout, stderr, path = call(address, [*head, b"1", read_stdin(), *arguments])
        write(2, stderr)
        if path:
            write_file(path, stdout)
        else:
            write(1, stdout)
        return int(code)
    except CallError as failure:
        text = "ERROR " + str(failure) + "\n"
    except OSError as error:
        text = "ERROR the tool's answer cannot be passed on: " + str(error.strerror) + "\n"
    except KeyboardInterrupt:
        return 130
    try:  # noqa: SIM105 # contextlib takes longer to import than the call
        write(2, text.encode(errors="surrogateescape"))
    except OSError:
        pass
    return 1


def variable(name: str) -> bytes:
    """Return a variable that must be there."""
    value = posix.environ.get(name.encode(), b"")
    if not value:
        raise CallError(name + " not set")
    return value


def check_network(network: bytes) -> None:
    """Refuse a network that the agent has no socket on."""
    if network != b"unix":
        raise CallError("JUJU_AGENT_SOCKET_NETWORK is " + network.decode(errors="replace") + ", not unix")


def to_bytes(text: str) -> bytes:
    """Return an argument as it was given."""
    return text.encode(sys.getfilesystemencoding(), sys.getfilesystemencodeerrors())


def call(address: bytes, fields: list[bytes]) -> list[bytes]:
    """Ask the agent; returns the fields of its answer."""
    request = pack(fields)
    if len(request) > LIMIT:
        raise CallError("bad request: more than " + str(LIMIT // 1024) + " KiB")
    try:
        connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        # Not settimeout: a socket with one does not wait where the agent has many callers.
        for which in (_socket.SO_SNDTIMEO, _socket.SO_RCVTIMEO):
            connection.setsockopt(_socket.SOL_SOCKET, which, TIME_LIMIT)
        connect(connection, address)
        try:
            while request:
                request = request[connection.send(request) :]
        except ConnectionError:
            pass  # it may have answered before it hung up
        answer = b""
        while chunk := connection.recv(_CHUNK):
            answer += chunk
        connection.close()
    except BlockingIOError:
        raise CallError("the agent did not answer within " + str(SECONDS) + " seconds") from None
    except OSError:
        answer = b""
    if len(answer) < 4 or len(answer) != 4 + int.from_bytes(answer[:4], "big"):
        raise CallError("the agent hung up without an answer: the hook has ended, or the agent has")
    return unpack(answer[4:])


def connect(connection: _socket.socket, address: bytes) -> None:
    """Reach the agent, or say why not."""
    shown = address.decode(errors="surrogateescape")
    try:
        if len(address) > LONGEST_ADDRESS:
            here = posix.open(".", posix.O_PATH)
            directory, _, address = address.rpartition(b"/")
            posix.chdir(directory)
            connection.connect(address)
            posix.fchdir(here)
        else:
            connection.connect(address)
    except BlockingIOError:
        raise
    except (FileNotFoundError, ConnectionRefusedError):
        raise CallError(
            "no hook is running: nobody listens at "
            + shown
            + "; hook tools work only while the hook that they are called from runs"
        ) from None
    except OSError as error:
        raise CallError("cannot reach the agent at " + shown + ": " + str(error.strerror)) from None


def read_stdin() -> bytes:
    """Read all of standard input, or more than may be sent."""
    content = b""
    while len(content) <= LIMIT:
        chunk = posix.read(0, _CHUNK)
        if not chunk:
            break
        content += chunk
    return content


def write_file(path: bytes, content: bytes) -> None:
    """Write the output to a file, as the shell's redirection would."""
    try:
        descriptor = posix.open(path, posix.O_WRONLY | posix.O_CREAT | posix.O_TRUNC, 0o666)
        write(descriptor, content)
    except OSError as error:
        name = path.decode(errors="surrogateescape")
        raise CallError("cannot write " + name + ": " + str(error.strerror)) from None


def write(descriptor: int, content: bytes) -> None:
    """Write all of it."""
    while content:
        content = content[posix.write(descriptor, content) :]


def pack(fields: list[bytes]) -> bytes:
    """Make a message."""
    body = b"".join([len(field).to_bytes(4, "big") + field for field in fields])
    return len(body).to_bytes(4, "big") + body


def unpack(body: bytes) -> list[bytes]:
    """Return the fields of a message."""
    fields: list[bytes] = []
    while body:
        end = 4 + int.from_bytes(body[:4], "big")
        fields.append(body[4:end])
        body = body[end:]
    return fields


if __name__ == "__main__":
    # The one way out without tidying up.
    posix._exit(main())  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
