"""The asker's end, against real sockets: an answer, or one line that says what is wrong and what to do."""

import contextlib
import json
import os
import pathlib
import socket
import threading
from collections.abc import Generator

import pytest

from meterstatus import errors
from meterstatus.adapters import introspection
from meterstatus.adapters.introspection import client
from meterstatus.runtime import peer


@contextlib.contextmanager
def answering(address: introspection.Address, *answers: bytes, hold: bool = False) -> Generator[None]:
    """Send each visitor the next answer and end, or hold the connection; without an answer, let it wait."""
    ending = threading.Event()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(address.name)
        listening.listen()

        def serve() -> None:
            for answer in answers:
                visitor, _ = listening.accept()
                with visitor, contextlib.suppress(OSError):
                    visitor.sendall(answer)
                    if hold:
                        ending.wait()
            ending.wait()

        serving = threading.Thread(target=serve)
        serving.start()
        try:
            yield
        finally:
            ending.set()
            serving.join()


def test_the_answer_is_returned(address: introspection.Address) -> None:
    """What the agent tells comes back as it was told, in however many pieces."""
    told = {"version": 1, "units": {"shop/0": {"info": "x" * 1_000_000}}}
    with answering(address, json.dumps(told).encode()):
        assert introspection.ask(address) == told


def test_without_an_agent_it_says_how_to_start_one(
    address: introspection.Address, tmp_path: pathlib.Path
) -> None:
    """Nobody listens: the line says where, and what to do."""
    with pytest.raises(errors.ConnectFailedError) as caught:
        introspection.ask(address)
    assert str(caught.value) == (
        f"no agent runs for {tmp_path} on this machine;"
        f" start it with 'meterstatus agent run --data-dir {tmp_path}'"
    )


def test_an_agent_that_is_silent_is_not_waited_for(address: introspection.Address) -> None:
    """One that is stopped is there, and does not answer."""
    with (
        answering(address),
        pytest.raises(errors.RequestTimeoutError, match=r"does not answer within 0\.1 s"),
    ):
        introspection.ask(address, seconds=0.1)


def test_a_full_queue_is_waited_out(address: introspection.Address) -> None:
    """Where so many ask that the kernel turns us away, we ask again until the time is up."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening, contextlib.ExitStack() as others:
        listening.bind(address.name)
        listening.listen(0)
        with contextlib.suppress(BlockingIOError):
            while True:
                other = others.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
                other.setblocking(False)
                other.connect(address.name)
        with pytest.raises(errors.RequestTimeoutError, match="does not answer"):
            introspection.ask(address, seconds=0.2)


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (b"", "ended the connection without an answer; see its log"),
        (b'{"version": 1, "un', "answers what is no JSON: "),
        (b"\xff\xfe", "answers what is no JSON: "),
        (b"[]", "answers what is no JSON object"),
    ],
)
def test_what_is_no_answer_is_refused(address: introspection.Address, answer: bytes, line: str) -> None:
    """An answer that was cut, or is something else, says so and who gave it."""
    with answering(address, answer), pytest.raises(errors.RemoteProtocolError) as caught:
        introspection.ask(address)
    assert f"process {os.getpid()}, {line}" in str(caught.value)


def test_an_answer_without_end_is_not_read_to_its_end(
    address: introspection.Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than any agent has to tell is refused."""
    monkeypatch.setattr(client, "MOST_BYTES", 1000)
    with (
        answering(address, b" " * 1001, hold=True),
        pytest.raises(errors.RemoteProtocolError, match="without end"),
    ):
        introspection.ask(address)


@pytest.mark.parametrize(
    ("server", "ours", "owner", "line"),
    [
        (4711, 0, 0, "process 99 of user 4711 answers in place of the agent for "),
        (4711, 1000, 1000, "process 99 of user 4711 answers in place of the agent for "),
        (0, 1000, 1000, "runs as root, and only root may ask it"),
        (4711, 1000, 4711, "runs as user 4711, and only that user and root may ask it"),
    ],
)
def test_who_may_not_be_believed_or_asked(
    address: introspection.Address,
    monkeypatch: pytest.MonkeyPatch,
    server: int,
    ours: int,
    owner: int,
    line: str,
) -> None:
    """A stranger in the agent's place is not believed, and a stranger's agent is not ours to ask."""
    _pretend(monkeypatch, server, ours, owner)
    with answering(address, b"{}"), pytest.raises(errors.UnauthorizedError) as caught:
        introspection.ask(address)
    assert line in str(caught.value)


@pytest.mark.parametrize(
    ("server", "ours", "owner"),
    [(0, 0, 0), (1000, 1000, 0), (4711, 0, 4711)],
    ids=["root's, asked by root", "our own", "the owner's, asked by root"],
)
def test_who_is_believed(
    address: introspection.Address, monkeypatch: pytest.MonkeyPatch, server: int, ours: int, owner: int
) -> None:
    """Root, we ourselves, and for root whoever owns the directory."""
    _pretend(monkeypatch, server, ours, owner)
    with answering(address, b"{}"):
        assert introspection.ask(address) == {}


def test_nobody_owns_a_directory_that_is_gone(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then only root and we ourselves are believed."""
    gone = introspection.Address.of(tmp_path / "gone")
    _pretend(monkeypatch, server=4711, ours=0)
    with answering(gone, b"{}"), pytest.raises(errors.UnauthorizedError, match="is not believed"):
        introspection.ask(gone)


def _pretend(monkeypatch: pytest.MonkeyPatch, server: int, ours: int, owner: int | None = None) -> None:
    def peer_of(_: socket.socket) -> peer.Peer:
        return peer.Peer(99, server)

    def owner_of(_: introspection.Address) -> int | None:
        return owner

    monkeypatch.setattr(peer, "of", peer_of)
    monkeypatch.setattr(os, "geteuid", lambda: ours)
    if owner is not None:
        monkeypatch.setattr(client, "_owner", owner_of)
