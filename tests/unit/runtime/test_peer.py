"""Who is at the other end of a local socket."""

import os
import socket

import pytest

from meterstatus.runtime import peer


def test_the_kernel_says_who_is_there() -> None:
    """Both ends of a pair are this process and its user."""
    one, other = socket.socketpair()
    with one, other:
        assert peer.of(one) == peer.of(other) == peer.Peer(os.getpid(), os.geteuid())


@pytest.mark.parametrize(("uid", "is_ours"), [(0, True), (1000, True), (1001, False)])
def test_root_and_the_own_user_are_ours(uid: int, is_ours: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else is."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert peer.Peer(1, uid).is_ours is is_ours
