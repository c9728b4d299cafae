"""The asker's end: one question on this machine, without a loop; believes nobody but who may be the agent."""

import contextlib
import json
import os
import pathlib
import socket
import time
from typing import Any

from meterstatus import errors
from meterstatus.adapters.introspection import address as addresses
from meterstatus.adapters.introspection.server import ANSWER_SECONDS
from meterstatus.runtime import peer

MOST_BYTES = 2**24
"""Of an answer; a unit takes about two thousand."""

_TRY_AGAIN_SECONDS = 0.05


def ask(address: addresses.Address, seconds: float = ANSWER_SECONDS) -> dict[str, Any]:
    """Ask the agent of a data directory how it is.

    Raises:
        ConnectFailedError: no agent listens there.
        UnauthorizedError: it is not for us to ask, or whoever answers cannot be believed: anybody
            may take a name that is free, so only root, ourselves and the directory's owner count.
        RequestTimeoutError: an agent is there, and does not answer in time.
        RemoteProtocolError: what it answers is no JSON object.
    """
    end = time.monotonic() + seconds
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        try:
            _connect(asking, address, end)
            answering = peer.of(asking)
            _check(answering, address)
            answer = _read(asking, end)
        except TimeoutError as error:
            raise errors.RequestTimeoutError(
                f"the agent for {address.data_dir} does not answer within {seconds:g} s;"
                " it is stopped or busy: see its log"
            ) from error
        except OSError as error:
            raise errors.ConnectionLostError(
                f"the agent for {address.data_dir} left while it was asked: {error.strerror}; ask again"
            ) from error
    return _document(answer, address, answering)


def _connect(asking: socket.socket, address: addresses.Address, end: float) -> None:
    while True:
        asking.settimeout(_left(end))
        try:
            asking.connect(address.name)
        except ConnectionRefusedError as error:
            raise errors.ConnectFailedError(
                f"no agent runs for {address.data_dir} on this machine;"
                f" start it with 'meterstatus agent run --data-dir {address.data_dir}'"
            ) from error
        except BlockingIOError:
            # The kernel's queue is full: others ask too, and a local socket does not wait by itself.
            time.sleep(_TRY_AGAIN_SECONDS)
        else:
            return


def _check(answering: peer.Peer, address: addresses.Address) -> None:
    ours = os.geteuid()
    if answering.uid not in {peer.ROOT, ours, _owner(address)}:
        raise errors.UnauthorizedError(
            f"process {answering.pid} of user {answering.uid} answers in place of the agent"
            f" for {address.data_dir},"
            f" at {address}, and is not believed; an agent runs as root, or as the directory's owner"
        )
    if ours not in {peer.ROOT, answering.uid}:
        who = "root" if answering.uid == peer.ROOT else f"user {answering.uid}"
        only = "only root may ask it" if answering.uid == peer.ROOT else "only that user and root may ask it"
        raise errors.UnauthorizedError(f"the agent for {address.data_dir} runs as {who}, and {only}")


def _owner(address: addresses.Address) -> int:
    """Return who owns the data directory, and so can say anything of its units; root where it is gone."""
    with contextlib.suppress(OSError):
        return pathlib.Path(address.data_dir).stat().st_uid
    return peer.ROOT


def _read(asking: socket.socket, end: float) -> bytes:
    answer = bytearray()
    while len(answer) <= MOST_BYTES:
        asking.settimeout(_left(end))
        piece = asking.recv(2**16)
        if not piece:
            break
        answer += piece
    return bytes(answer)


def _left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _document(answer: bytes, address: addresses.Address, answering: peer.Peer) -> dict[str, Any]:
    who = f"the agent for {address.data_dir}, process {answering.pid},"
    if not answer:
        raise errors.RemoteProtocolError(f"{who} ended the connection without an answer; see its log")
    if len(answer) > MOST_BYTES:
        raise errors.RemoteProtocolError(f"{who} answers without end")
    try:
        document = json.loads(answer)
    except ValueError as error:
        raise errors.RemoteProtocolError(f"{who} answers what is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise errors.RemoteProtocolError(f"{who} answers what is no JSON object")
    return document  # pyright: ignore[reportUnknownVariableType] # its keys are strings
